package dev.mooring;

import dev.mooring.config.Config;
import dev.mooring.config.ConfigReader;
import dev.mooring.config.ConfigResult;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code java -jar mooring.jar [-conf FILE]}: reads the configuration, starts the broker, stops it in order on SIGTERM
 * or SIGINT. Exit codes: 0 after an orderly stop, 1 when the broker could not start, 2 for wrong arguments or
 * configuration.
 */
public final class Main {
    /** How long an orderly stop may take. */
    private static final long STOP_SECONDS = 30;

    private static final String DEFAULT_FILE = "conf.json";

    private Main() {}

    public static void main(String[] args) {
        Path file = file(args);
        ConfigReader reader = new ConfigReader();
        ConfigResult result = file == null ? reader.parse("{}") : reader.read(file);
        if (!(result instanceof ConfigResult.Valid valid)) {
            System.err.println(result);
            System.exit(2);
            return;
        }
        Config config = valid.config();
        log(config.log());
        VertxOptions options = new VertxOptions();
        options.setPreferNativeTransport(true);
        options.setEventLoopPoolSize(config.loops());
        Vertx vertx = Vertx.vertx(options);
        Broker.start(vertx, config).onComplete(started -> {
            if (started.failed()) {
                System.err.println("Mooring can't start: " + started.cause().getMessage());
                vertx.close().onComplete(v -> Runtime.getRuntime().halt(1));
                return;
            }
            Broker broker = started.result();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(vertx, broker), "mooring-stop"));
            long startMs = System.currentTimeMillis()
                    - ManagementFactory.getRuntimeMXBean().getStartTime();
            System.out.println(Banner.text(config, broker.ports(), broker.storeMetrics(), file, startMs));
        });
    }

    /** Before the first logger is made; environment and system properties win over the file. */
    private static void log(Config.Log log) {
        setUnlessSet("MOORING_LOG_LEVEL", log.level().name());
        setUnlessSet("MOORING_LOG_FORMAT", log.format().name().toLowerCase(Locale.ROOT));
    }

    private static void setUnlessSet(String name, String value) {
        if (System.getProperty(name) == null && System.getenv(name) == null) {
            System.setProperty(name, value);
        }
    }

    /** The file named, else conf.json in the working directory, else null for the built-in defaults. */
    private static @org.jspecify.annotations.Nullable Path file(String[] args) {
        Path file = null;
        for (int i = 0; i < args.length; i++) {
            switch (args[i]) {
                case "-conf", "--conf" -> {
                    if (i + 1 == args.length) {
                        usage("-conf needs a file", 2);
                    }
                    file = Path.of(args[++i]);
                }
                case "-h", "--help" -> usage("", 0);
                case "--version" -> {
                    System.out.println("mooring " + Version.text());
                    System.exit(0);
                }
                default -> usage("unknown argument " + args[i], 2);
            }
        }
        Path byDefault = Path.of(DEFAULT_FILE);
        return file == null && Files.exists(byDefault) ? byDefault : file;
    }

    private static void usage(String error, int exitCode) {
        (exitCode == 0 ? System.out : System.err)
                .println((error.isEmpty() ? "" : error + "\n\n")
                        + "usage: java -jar mooring.jar [-conf FILE]\n\n"
                        + "  -conf FILE   configuration; default: " + DEFAULT_FILE
                        + " in this directory if there is one, else built-in defaults\n"
                        + "  --version    prints the version\n");
        System.exit(exitCode);
    }

    private static void stop(Vertx vertx, Broker broker) {
        Logger log = LoggerFactory.getLogger(Main.class);
        log.info("stopping");
        CountDownLatch done = new CountDownLatch(1);
        broker.stop().transform(x -> vertx.close()).onComplete(x -> done.countDown());
        try {
            if (done.await(STOP_SECONDS, TimeUnit.SECONDS)) {
                log.info("stopped");
            } else {
                log.error("not stopped after {} s; what was acknowledged is stored all the same", STOP_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
