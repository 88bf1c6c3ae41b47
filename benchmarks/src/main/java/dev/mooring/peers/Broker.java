package dev.mooring.peers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/** A broker that runs as a process of its own on loopback, until it is closed or this process ends. */
final class Broker implements AutoCloseable {
    private static final int STOP_S = 15;

    private final Process process;
    private final List<Process> helpers;
    private final Path folder;
    private final int port;
    private final Path pidFile;
    private final URI metrics;
    /** By thread; what a thread had used that is gone stays. */
    private final Map<String, Long> cpuNs = new HashMap<>();

    private final Thread atEnd = new Thread(this::stop);

    private Broker(Process process, List<Process> helpers, Path folder, int port, Path pidFile, URI metrics) {
        this.process = process;
        this.helpers = helpers;
        this.folder = folder;
        this.port = port;
        this.pidFile = pidFile;
        this.metrics = metrics;
        try {
            Runtime.getRuntime().addShutdownHook(atEnd);
        } catch (IllegalStateException e) {
            stop();
            throw new UncheckedIOException(new IOException("this process is ending", e)); // and so does the suite
        }
    }

    static Broker start(Path folder, int port, List<String> command) throws IOException {
        return new Broker(process(folder, command, Map.of()), List.of(), folder, port, null, null);
    }

    /** @param metrics where a Mooring tells how its event loops run */
    static Broker start(Path folder, int port, List<String> command, URI metrics) throws IOException {
        return new Broker(process(folder, command, Map.of()), List.of(), folder, port, null, metrics);
    }

    /**
     * A broker that needs others.
     *
     * @param pidFile where it writes the id of the process that matters
     */
    static Broker start(
            Path folder, int port, List<String> command, Map<String, String> environment, Path pidFile, Process helper)
            throws IOException {
        return new Broker(process(folder, command, environment), List.of(helper), folder, port, pidFile, null);
    }

    static Process process(Path folder, List<String> command, Map<String, String> environment) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        folder.resolve("output.log").toFile()));
        builder.environment().putAll(environment);
        return builder.start();
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    int port() {
        return port;
    }

    boolean isAlive() {
        return process.isAlive();
    }

    long pid() throws IOException {
        return pidFile == null
                ? process.pid()
                : Long.parseLong(Files.readString(pidFile).trim());
    }

    /**
     * Of all its threads, user and system, in seconds; exact to the microsecond, but for what threads did that came and
     * went between two calls.
     */
    double cpuS() throws IOException {
        try (var threads = Files.newDirectoryStream(Path.of("/proc/" + pid() + "/task"))) {
            for (Path thread : threads) {
                try {
                    String stat = Files.readString(thread.resolve("schedstat"));
                    cpuNs.put(thread.getFileName().toString(), Long.parseLong(stat.substring(0, stat.indexOf(' '))));
                } catch (NoSuchFileException e) {
                    continue; // it has ended meanwhile
                }
            }
        }
        return cpuNs.values().stream().mapToLong(ns -> ns).sum() / 1e9;
    }

    /** Of {@link #cpuS}, what the JIT compilers of a broker on Java used. */
    double compilingS() throws IOException {
        long ns = 0;
        try (var threads = Files.newDirectoryStream(Path.of("/proc/" + pid() + "/task"))) {
            for (Path thread : threads) {
                try {
                    if (Files.readString(thread.resolve("comm")).matches("(?s)C[12] Compiler.*")) {
                        String stat = Files.readString(thread.resolve("schedstat"));
                        ns += Long.parseLong(stat.substring(0, stat.indexOf(' ')));
                    }
                } catch (NoSuchFileException e) {
                    continue; // it has ended meanwhile
                }
            }
        }
        return ns / 1e9;
    }

    /** How its event loops ran up to now; empty when nobody knows. */
    Optional<Loops> loops() throws IOException, InterruptedException {
        return metrics == null ? Optional.empty() : Optional.of(Loops.of(pid(), metrics));
    }

    double rssKib() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + pid() + "/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        throw new IOException("no VmRSS");
    }

    /** What is alive on the heap of a Java process, after a collection; bytes. Nothing for others. */
    OptionalLong liveHeap() throws IOException, InterruptedException {
        if (!Files.readString(Path.of("/proc/" + pid() + "/comm")).startsWith("java")) {
            return OptionalLong.empty();
        }
        Process jcmd = new ProcessBuilder(
                        System.getProperty("java.home") + "/bin/jcmd", "" + pid(), "GC.class_histogram")
                .redirectErrorStream(true)
                .start();
        OptionalLong bytes = OptionalLong.empty();
        for (String line : new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
            String[] words = line.trim().split("\\s+");
            if (words[0].equals("Total")) {
                bytes = OptionalLong.of(Long.parseLong(words[2]));
            }
        }
        jcmd.waitFor();
        return bytes;
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(atEnd);
        } catch (IllegalStateException e) {
            return; // this process ends, and the hook runs
        }
        stop();
        delete(folder);
    }

    private void stop() {
        stop(process);
        helpers.forEach(Broker::stop);
    }

    private static void stop(Process process) {
        process.destroy();
        try {
            if (!process.waitFor(STOP_S, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
        }
    }

    private static void delete(Path folder) {
        try (var files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            System.err.println("left behind: " + folder);
        }
    }
}
