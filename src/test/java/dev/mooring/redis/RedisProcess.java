package dev.mooring.redis;

import dev.mooring.FreePorts;
import dev.mooring.TestHost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.SocketFactory;

/**
 * {@code redis-server} on a free loopback port, in a folder of its own; {@link RedisBinary} says which. Ends with
 * {@link #close}, at the latest with this JVM. Not for several threads, except for what ends, stops or continues it.
 */
public final class RedisProcess implements AutoCloseable {
    private final String binary;
    private final Path folder;
    /** The one of clients first, then that of a cluster's bus, if it has one. */
    private final int[] ports;

    private final List<String> arguments;
    private final SocketFactory sockets;
    private final TestHost host;
    private Process process;

    private RedisProcess(
            String binary, Path folder, int[] ports, List<String> arguments, SocketFactory sockets, TestHost host) {
        this.binary = binary;
        this.folder = folder;
        this.ports = ports;
        this.arguments = arguments;
        this.sockets = sockets;
        this.host = host;
    }

    /**
     * Returns when the server answers. It keeps nothing over a restart unless a line says so.
     *
     * @param lines of its configuration file, as {@code "appendonly yes"}
     */
    public static RedisProcess start(String... lines) {
        return start(RedisBinary.path(), List.of(lines), List.of(), SocketFactory.getDefault(), "port");
    }

    /** The same on a host of a {@link dev.mooring.TestNetwork}, where whoever reaches it may do anything. */
    public static RedisProcess startOn(TestHost host) {
        return start(
                RedisBinary.path(), List.of("protected-mode no"), List.of(), SocketFactory.getDefault(), "port", host);
    }

    /** The same with the server that {@link Needs.Kind#VALKEY} finds. */
    public static RedisProcess startValkey(String... lines) {
        return start(RedisBinary.valkey(), List.of(lines), List.of(), SocketFactory.getDefault(), "port");
    }

    /** The same with TLS only, and a certificate for 127.0.0.1 and localhost; clients need one too. */
    public static RedisProcess startTls(TestCertificates certificates, String... lines) {
        return start(
                RedisBinary.path(),
                tls(certificates, List.of(lines)),
                List.of(),
                certificates.socketFactory(),
                "tls-port");
    }

    public static RedisProcess startSentinel(List<String> lines) {
        return start(RedisBinary.path(), lines, List.of("--sentinel"), SocketFactory.getDefault(), "port");
    }

    static RedisProcess startSentinelTls(TestCertificates certificates, List<String> lines) {
        return start(
                RedisBinary.path(),
                tls(certificates, lines),
                List.of("--sentinel"),
                certificates.socketFactory(),
                "tls-port");
    }

    /** Between servers too: replicas, Sentinels and nodes of a cluster are each other's clients. */
    private static List<String> tls(TestCertificates certificates, List<String> lines) {
        List<String> all = new ArrayList<>(List.of(
                "tls-cert-file " + certificates.serverCertificate(),
                "tls-key-file " + certificates.serverKey(),
                "tls-ca-cert-file " + certificates.authority(),
                "tls-replication yes",
                "port 0"));
        all.addAll(lines);
        return all;
    }

    private static RedisProcess start(
            String binary, List<String> lines, List<String> arguments, SocketFactory sockets, String portKey) {
        return start(binary, lines, arguments, sockets, portKey, TestHost.LOOPBACK);
    }

    private static RedisProcess start(
            String binary,
            List<String> lines,
            List<String> arguments,
            SocketFactory sockets,
            String portKey,
            TestHost host) {
        int[] ports = FreePorts.of(2);
        try {
            Path folder = TestProcesses.folder("mooring-redis");
            List<String> all = new ArrayList<>(
                    List.of(portKey + " " + ports[0], "bind " + host.address(), "dir " + folder, "daemonize no"));
            if (arguments.isEmpty()) {
                all.add("save \"\"");
            }
            if (lines.contains("cluster-enabled yes")) { // the default, 10,000 above the other, may not exist
                all.add("cluster-port " + ports[1]);
            }
            all.addAll(lines);
            Files.write(folder.resolve("redis.conf"), all);
            RedisProcess redis = new RedisProcess(binary, folder, ports, arguments, sockets, host);
            redis.run();
            return redis;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void run() {
        List<String> command = new ArrayList<>(host.under());
        command.addAll(List.of(binary, "redis.conf"));
        command.addAll(arguments);
        try {
            process = TestProcesses.start(new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile())));
        } catch (IOException e) {
            TestProcesses.delete(folder);
            throw new IllegalStateException(binary + " does not run", e);
        }
        try {
            TestProcesses.eventually(binary + " answers", () -> !process.isAlive() || answers());
        } catch (RuntimeException e) {
            throw failed(e);
        }
        if (!process.isAlive()) {
            throw failed(null);
        }
    }

    private AssertionError failed(Throwable cause) {
        String log = log("");
        close();
        return new AssertionError(binary + " does not work: " + log, cause);
    }

    private boolean answers() {
        try (RedisCli cli = cli(1_000)) {
            return cli.text("PING").equals("PONG");
        } catch (RedisCli.RedisError e) {
            return e.getMessage().startsWith("NOAUTH");
        }
    }

    public int port() {
        return ports[0];
    }

    /** For the configuration of a pool. */
    public String server() {
        return host.address() + ":" + port();
    }

    public Path folder() {
        return folder;
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** A new connection, to be closed by the caller. */
    public RedisCli cli() {
        return cli((int) TestProcesses.PATIENCE.toMillis());
    }

    public RedisCli cli(int timeoutMs) {
        return RedisCli.connect(sockets, new InetSocketAddress(host.address(), port()), timeoutMs);
    }

    /** One command on a connection of its own; see {@link RedisCli#call}. */
    public Object call(Object... args) {
        try (RedisCli cli = cli()) {
            return cli.call(args);
        }
    }

    /** Lines of the server's log with {@code part} in them. */
    public String log(String part) {
        try {
            StringBuilder found = new StringBuilder();
            for (String line : Files.readAllLines(log())) {
                found.append(line.contains(part) ? line + "\n" : "");
            }
            return found.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path log() {
        return folder.resolve("log");
    }

    // ---- what may happen to it

    /** Loses what is not on disk. */
    public void kill9() {
        TestProcesses.kill(process);
    }

    /** In order, as {@code systemctl stop}. */
    public void stop() {
        TestProcesses.stop(process);
    }

    /** On the same port and data, whether it runs or not. */
    public void restart() {
        stop();
        run();
    }

    /** It answers nobody any more, and connections stay open; returns when it has come to a halt. */
    public void sigstop() {
        signal("-STOP");
        Path stat = Path.of("/proc/" + pid() + "/stat");
        if (Files.exists(stat)) {
            TestProcesses.eventually(
                    "the process is stopped", () -> Files.readString(stat).contains(") T "));
        }
    }

    public void sigcont() {
        signal("-CONT");
    }

    private void signal(String signal) {
        try {
            Process kill = new ProcessBuilder("kill", signal, String.valueOf(pid()))
                    .inheritIO()
                    .start();
            if (!kill.waitFor(10, TimeUnit.SECONDS) || kill.exitValue() != 0) {
                throw new AssertionError("kill " + signal + " " + pid());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        TestProcesses.kill(process);
        TestProcesses.delete(folder);
        FreePorts.giveBack(ports);
    }
}
