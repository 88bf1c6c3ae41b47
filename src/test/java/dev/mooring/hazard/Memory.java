package dev.mooring.hazard;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.UnixOperatingSystemMXBean;
import io.netty.util.internal.PlatformDependent;
import java.lang.management.ManagementFactory;

/**
 * What this process, broker and test together, holds: live heap and Netty's direct buffers. The bounds that tests set
 * are far above noise and far below the harm.
 */
final class Memory {
    static final long MB = 1L << 20;

    private final long before = used();

    /** Live objects after a collection, and direct memory. Bytes. */
    static long used() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory() + PlatformDependent.usedDirectMemory();
    }

    /** Compared with when this object was made. */
    void assertGrownByLessThan(long bytes) {
        assertThat((used() - before) / MB)
                .as("MB that the process has grown by")
                .isLessThan(bytes / MB);
    }

    /** Open file descriptors of this process, sockets among them. */
    static long descriptors() {
        return ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getOpenFileDescriptorCount();
    }
}
