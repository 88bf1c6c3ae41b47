package dev.mooring.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** What it was measured on, without the machine's name. */
final class Machine {
    private Machine() {}

    static String text() {
        return String.format(
                Locale.ROOT,
                "%d cores (%s), %s GiB of memory, Linux %s, JDK %s, ulimit -n %,d",
                Runtime.getRuntime().availableProcessors(),
                line("/proc/cpuinfo", "model name"),
                memoryGib(),
                System.getProperty("os.version").replaceAll("[^0-9.].*", ""),
                Runtime.version().toString(),
                OpenFiles.limit());
    }

    /** Processes that want a core, on average over the last minute. */
    static String loadAverage() {
        try {
            return Files.readString(Path.of("/proc/loadavg")).split(" ")[0];
        } catch (IOException e) {
            return "unknown";
        }
    }

    private static String memoryGib() {
        String kib = line("/proc/meminfo", "MemTotal").replaceAll("\\D", "");
        return kib.isEmpty() ? "unknown" : "" + Math.round(Long.parseLong(kib) / 1048576.0);
    }

    private static String line(String file, String begin) {
        try {
            for (String line : Files.readAllLines(Path.of(file))) {
                if (line.startsWith(begin)) {
                    return line.substring(line.indexOf(':') + 1).trim();
                }
            }
        } catch (IOException e) {
            return "unknown";
        }
        return "unknown";
    }
}
