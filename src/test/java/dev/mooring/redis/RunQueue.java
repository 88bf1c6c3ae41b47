package dev.mooring.redis;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * How long threads of this JVM have run, and how long they were ready to run and had no processor. The kernel of Linux
 * counts it for each; on other systems nothing is known, and it is 0.
 */
final class RunQueue {
    private static final Path TASKS = Path.of("/proc/self/task");

    /** @param waitedNs for a processor */
    record Times(long ranNs, long waitedNs) {}

    private final List<Path> threads;

    private RunQueue(List<Path> threads) {
        this.threads = threads;
    }

    /** @param prefix of the threads' names, which have to run already; the kernel knows the first 15 characters */
    static RunQueue of(String prefix) {
        if (!Files.exists(TASKS)) {
            return new RunQueue(List.of());
        }
        try (Stream<Path> tasks = Files.list(TASKS)) {
            String shown = prefix.substring(0, Math.min(15, prefix.length()));
            return new RunQueue(tasks.filter(task -> read(task.resolve("comm")).startsWith(shown))
                    .map(task -> task.resolve("schedstat"))
                    .filter(Files::exists)
                    .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Since each of them started. */
    List<Times> times() {
        List<Times> times = new ArrayList<>(threads.size());
        for (Path thread : threads) {
            String[] parts = read(thread).split(" "); // has run, has waited, how often
            times.add(
                    parts.length > 1 ? new Times(Long.parseLong(parts[0]), Long.parseLong(parts[1])) : new Times(0, 0));
        }
        return times;
    }

    /** The most that one of them has run since, and the most that one has waited. */
    Times since(List<Times> before) {
        long ranNs = 0;
        long waitedNs = 0;
        List<Times> now = times();
        for (int i = 0; i < now.size(); i++) {
            ranNs = Math.max(ranNs, now.get(i).ranNs - before.get(i).ranNs);
            waitedNs = Math.max(waitedNs, now.get(i).waitedNs - before.get(i).waitedNs);
        }
        return new Times(ranNs, waitedNs);
    }

    /** Empty when the thread has ended. */
    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException gone) {
            return "";
        }
    }
}
