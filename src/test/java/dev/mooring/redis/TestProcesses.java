package dev.mooring.redis;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Processes and folders that must not outlive this JVM. */
final class TestProcesses {
    /** Generous: the machine may be busy with other builds. */
    static final Duration PATIENCE = Duration.ofSeconds(90);

    private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();
    private static final Set<Path> FOLDERS = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(TestProcesses::cleanUp));
    }

    private TestProcesses() {}

    private static void cleanUp() {
        RUNNING.forEach(TestProcesses::kill);
        FOLDERS.forEach(TestProcesses::delete);
    }

    static Process start(ProcessBuilder builder) throws IOException {
        Process process = builder.start();
        RUNNING.add(process);
        return process;
    }

    /** With SIGKILL, of which no process hears; returns when it is gone. */
    static void kill(Process process) {
        process.destroyForcibly();
        waitFor(process, PATIENCE);
        RUNNING.remove(process);
    }

    /** Asks it to end, and kills it when it does not. */
    static void stop(Process process) {
        process.destroy();
        waitFor(process, Duration.ofSeconds(10));
        kill(process);
    }

    private static void waitFor(Process process, Duration patience) {
        try {
            process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    static Path folder(String prefix) throws IOException {
        Path folder = Files.createTempDirectory(prefix);
        FOLDERS.add(folder);
        return folder;
    }

    static void delete(Path folder) {
        FOLDERS.remove(folder);
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Until {@code holds} says yes; exceptions count as no. */
    static void eventually(String what, Callable<Boolean> holds) {
        await(what)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .pollDelay(Duration.ZERO)
                .ignoreExceptions()
                .until(holds);
    }
}
