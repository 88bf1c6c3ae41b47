package dev.mooring.peers;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** What the operating system lets this process and the brokers it starts have open. */
final class OpenFiles {
    private OpenFiles() {}

    static long limit() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
                ? system.getMaxFileDescriptorCount()
                : Long.MAX_VALUE;
    }

    static void require(long files) {
        if (limit() < files) {
            throw new IllegalStateException("needs %,d open files, but ulimit -n is %,d".formatted(files, limit()));
        }
    }
}
