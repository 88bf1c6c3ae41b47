package dev.mooring;

import dev.mooring.auth.Audit;
import dev.mooring.cli.CommandLines;
import dev.mooring.cli.ExitCode;
import dev.mooring.cli.Host;
import dev.mooring.cluster.Membership;
import dev.mooring.config.Config;
import dev.mooring.config.ConfigResult;
import dev.mooring.config.ConfigSources;
import dev.mooring.config.Surroundings;
import dev.mooring.http.Registry;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import java.io.Console;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sun.misc.Signal;

/**
 * {@code java -jar mooring.jar [COMMAND]}: gives the words to {@link CommandLines}, and starts the broker when it is
 * asked to, which it stops in order on SIGTERM or SIGINT.
 */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        log("WARN", "text", "System.err"); // a command's output is its own
        Host host = new Host(Version.text(), Surroundings.ofProcess(), System.in, hidden(), Main::run, Stores::open);
        PrintWriter out = new PrintWriter(System.out, true);
        PrintWriter err = new PrintWriter(System.err, true);
        System.exit(CommandLines.execute(host, out, err, arguments));
    }

    private static @Nullable Function<String, char[]> hidden() {
        Console console = System.console();
        if (console == null) {
            return null;
        }
        return question -> {
            char[] answer = console.readPassword("%s", question);
            return answer == null ? new char[0] : answer;
        };
    }

    /** Comes back only when the broker does not start. */
    private static int run(ConfigSources sources, ConfigResult.Valid read) {
        Config config = read.config();
        Config.Log log = config.log();
        log(log.level().name(), log.format().name().toLowerCase(Locale.ROOT), "System.out");
        LogLevels.startAgain();
        VertxOptions options = new VertxOptions();
        options.setPreferNativeTransport(true);
        options.setEventLoopPoolSize(config.loops());
        PrometheusMeterRegistry registry = Registry.create();
        VertxBuilder builder = Vertx.builder();
        if (config.http().enable()) {
            builder.withMetrics(Registry.of(registry, options));
        }
        Vertx vertx = null;
        Broker broker;
        try {
            if (config.cluster().enable()) {
                Membership membership = Clustering.membership(config, Clustering.born(config));
                vertx = await(membership.join(builder, options));
                Joining joining = Clustering.joining(config, membership);
                broker = await(Broker.start(vertx, sources, read, registry, UnaryOperator.identity(), joining));
            } else {
                vertx = builder.with(options).build();
                broker = await(Broker.start(vertx, sources, read, registry));
            }
        } catch (CompletionException e) {
            Throwable why = e.getCause() == null ? e : e.getCause();
            System.err.println("Mooring can't start: " + why.getMessage());
            if (vertx != null) {
                await(vertx.close());
            }
            return ExitCode.UNAVAILABLE;
        }
        Vertx running = vertx;
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(running, broker), "mooring-stop"));
        reloadOnHangUp(broker);
        long startMs = System.currentTimeMillis()
                - ManagementFactory.getRuntimeMXBean().getStartTime();
        System.out.println(
                Banner.text(config, broker.ports(), broker.httpPort(), broker.storeMetrics(), sources.name(), startMs));
        try {
            new CountDownLatch(1).await(); // a signal ends the process, with the JVM's exit code for it
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return ExitCode.OK;
    }

    private static <T> T await(Future<T> future) {
        return future.toCompletionStage().toCompletableFuture().join();
    }

    /** A terminal that is closed does not end the broker; Windows knows no such signal. */
    private static void reloadOnHangUp(Broker broker) {
        try {
            Signal.handle(new Signal("HUP"), signal -> broker.reload("SIGHUP"));
        } catch (IllegalArgumentException e) {
            LoggerFactory.getLogger(Main.class).debug("no SIGHUP here: {}", e.getMessage());
        }
    }

    /** For the next start of logging; logback.xml has the names. */
    private static void log(String level, String format, String target) {
        System.setProperty("logging.level", level);
        System.setProperty("logging.format", format);
        System.setProperty("logging.target", target);
    }

    private static void stop(Vertx vertx, Broker broker) {
        long seconds = broker.drainS() + Broker.STOP_S;
        Logger log = LoggerFactory.getLogger(Main.class);
        log.info("stopping");
        Audit.log("a signal", "stop", broker.config.node().name(), "begun");
        CountDownLatch done = new CountDownLatch(1);
        broker.stop().transform(x -> vertx.close()).onComplete(x -> done.countDown());
        try {
            if (done.await(seconds, TimeUnit.SECONDS)) {
                log.info("stopped");
            } else {
                log.error("not stopped after {} s; what was acknowledged is stored all the same", seconds);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
