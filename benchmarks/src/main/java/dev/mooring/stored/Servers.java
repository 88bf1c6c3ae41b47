package dev.mooring.stored;

import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A store that keeps everything in memory and the broker, both on free ports of loopback, for the life of this process.
 * Of the embedded store there is only the broker.
 */
final class Servers {
    /** The DynamoDB of the tests, where they bring it as well. */
    private static final Path DYNALITE = Path.of("target", "dynalite");

    private static final long NPM_MINUTES = 5;

    final Optional<Process> store;
    final Process broker;
    final int storePort;
    final int brokerPort;

    /** Of this run. */
    final Path dir = Files.createTempDirectory("mooring-benchmark");

    private interface Command {
        String[] of(Path dir, int port);
    }

    private interface Pool {
        String of(int port);
    }

    /**
     * @param jar of the broker
     * @param expiredTime of what it stores, seconds
     */
    static Servers redis(String jar, int expiredTime) throws IOException, InterruptedException {
        return new Servers(
                jar,
                (dir, port) ->
                        new String[] {"redis-server", "--port", "" + port, "--save", "", "--dir", dir.toString()},
                port -> "\"backend\": \"redis\", \"server\": \"127.0.0.1:" + port + "\"",
                expiredTime);
    }

    static Servers dynamoDb(String jar) throws IOException, InterruptedException {
        bringDynalite();
        return new Servers(
                jar,
                (dir, port) ->
                        new String[] {"node", DYNALITE.resolve("server.js").toString(), "" + port},
                port -> "\"backend\": \"dynamodb\", \"region\": \"us-west-2\", \"server\": \"http://127.0.0.1:" + port
                        + "\", \"aws_access_key_id\": \"any\", \"aws_secret_access_key\": \"any\","
                        + " \"attempt_timeout_ms\": 20000, \"call_timeout_ms\": 40000", // it is slow at first
                3_600);
    }

    static Servers embedded(String jar) throws IOException, InterruptedException {
        return new Servers(jar, 3_600);
    }

    /** From the npm registry, unless it is there. To be run where the project is. */
    private static void bringDynalite() throws IOException, InterruptedException {
        Path source = Path.of("src", "test", "dynalite");
        if (!Files.isDirectory(source)) {
            throw new IOException("run this in the folder of the project: there is no " + source + " here");
        }
        Files.createDirectories(DYNALITE);
        for (String file : List.of("package.json", "package-lock.json", "server.js")) {
            Files.copy(source.resolve(file), DYNALITE.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        }
        if (Files.exists(DYNALITE.resolve("node_modules").resolve(".package-lock.json"))) { // npm writes it at the end
            return;
        }
        System.err.println("npm brings Dynalite into " + DYNALITE);
        Process npm = new ProcessBuilder("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
                .directory(DYNALITE.toFile())
                .redirectErrorStream(true)
                .redirectOutput(DYNALITE.resolve("npm.txt").toFile())
                .start();
        if (!npm.waitFor(NPM_MINUTES, TimeUnit.MINUTES) || npm.exitValue() != 0) {
            npm.destroyForcibly();
            throw new IOException("npm cannot bring Dynalite; see " + DYNALITE.resolve("npm.txt"));
        }
    }

    private Servers(String jar, Command command, Pool pool, int expiredTime) throws IOException, InterruptedException {
        storePort = freePort();
        brokerPort = freePort();
        Runtime.getRuntime().addShutdownHook(new Thread(this::stop));
        store = Optional.of(start("store", command.of(dir, storePort)));
        await(storePort);
        broker = broker(jar, pool.of(storePort), expiredTime);
    }

    private Servers(String jar, int expiredTime) throws IOException, InterruptedException {
        storePort = 0;
        brokerPort = freePort();
        Runtime.getRuntime().addShutdownHook(new Thread(this::stop));
        store = Optional.empty();
        String path = dir.resolve("pool1").toString();
        broker = broker(jar, "\"backend\": \"embedded\", \"path\": \"" + path + "\"", expiredTime);
    }

    private Process broker(String jar, String pool, int expiredTime) throws IOException, InterruptedException {
        Path config = dir.resolve("conf.json");
        Files.writeString(config, configuration(pool, expiredTime));
        Process started = start(
                "mooring", java(), "-Xmx512m", "-jar", new File(jar).getAbsolutePath(), "-conf", config.toString());
        await(brokerPort);
        return started;
    }

    private static String java() {
        return System.getProperty("java.home") + "/bin/java";
    }

    private String configuration(String pool, int expiredTime) {
        return """
                {"http": {"enable": false},
                 "listeners": [{"type": "tcp", "host": "127.0.0.1", "port": %d}],
                 "pools": {"local": {"backend": "embedded", "path": "%s"},
                           "pool1": {%s}},
                 "session": {"pool": "local"},
                 "hooks": {"message.publish": [
                   {"topic": "#", "action": {"function": "on_message_publish"}, "expired_time": %d, "pool": "pool1"}]}}
                """.formatted(brokerPort, dir.resolve("data"), pool, expiredTime);
    }

    private Process start(String name, String... command) throws IOException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(dir.resolve(name + ".log").toFile())
                .start();
    }

    private void stop() {
        stop(broker);
        if (store != null) {
            store.ifPresent(Servers::stop);
        }
    }

    private static void stop(Process process) {
        if (process != null) { // else the start failed
            process.destroy();
            try {
                if (!process.waitFor(10, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            } catch (InterruptedException e) {
                process.destroyForcibly();
            }
        }
    }

    /** Of a Redis. */
    void flush() throws IOException {
        try (SocketChannel channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", storePort))) {
            channel.write(ByteBuffer.wrap("FLUSHALL\r\n".getBytes(StandardCharsets.US_ASCII)));
            channel.read(ByteBuffer.allocate(64));
        }
    }

    double brokerCpu() {
        return cpu(broker);
    }

    double storeCpu() {
        return store.map(Servers::cpu).orElse(0.0);
    }

    private static double cpu(Process process) {
        return process.toHandle()
                        .info()
                        .totalCpuDuration()
                        .orElse(Duration.ZERO)
                        .toNanos()
                / 1e9;
    }

    static long rssMib(Process process) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
            }
        }
        return 0;
    }

    static List<SocketChannel> connect(Selector selector, int port, int count) throws IOException {
        List<SocketChannel> channels = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            SocketChannel channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", port));
            channel.socket().setTcpNoDelay(true);
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ, i);
            channels.add(channel);
        }
        return channels;
    }

    private static void await(int port) throws IOException, InterruptedException {
        for (int i = 0; i < 1_000; i++) {
            try (SocketChannel channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", port))) {
                return;
            } catch (IOException notYet) {
                TimeUnit.MILLISECONDS.sleep(100);
            }
        }
        throw new IOException("nothing listens on port " + port + "; see the logs beside the configuration");
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
