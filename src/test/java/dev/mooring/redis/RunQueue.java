package dev.mooring.redis;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * How long threads of this JVM were ready to run and had no processor. The kernel of Linux counts it for each; on other
 * systems nothing is known, and it is 0.
 */
final class RunQueue {
    private static final Path TASKS = Path.of("/proc/self/task");

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

    /** Of each of them, ns since it started. */
    long[] waitedNs() {
        long[] waited = new long[threads.size()];
        for (int i = 0; i < waited.length; i++) {
            String[] parts = read(threads.get(i)).split(" "); // has run, has waited, how often
            waited[i] = parts.length > 1 ? Long.parseLong(parts[1]) : 0;
        }
        return waited;
    }

    /** What the one that waited longest has waited since. */
    long longestSinceNs(long[] before) {
        long longest = 0;
        long[] now = waitedNs();
        for (int i = 0; i < now.length; i++) {
            longest = Math.max(longest, now[i] - before[i]);
        }
        return longest;
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
