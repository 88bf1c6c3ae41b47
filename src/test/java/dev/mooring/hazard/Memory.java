package dev.mooring.hazard;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.UnixOperatingSystemMXBean;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What this process, broker and test together, holds: live heap and Netty's direct buffers. The bounds that tests set
 * are far above noise and far below the harm.
 */
final class Memory {
    static final long MB = 1L << 20;

    private final long before = used();
    private final long directBefore = PlatformDependent.usedDirectMemory();

    /** What the last collection left, whatever has been allocated since, and direct memory. Bytes. */
    static long used() {
        System.gc();
        long used = PlatformDependent.usedDirectMemory();
        for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
            if (pool.getType() == MemoryType.HEAP && pool.getCollectionUsage() != null) {
                used += pool.getCollectionUsage().getUsed();
            }
        }
        return used;
    }

    /** Compared with when this object was made. */
    void assertGrownByLessThan(long bytes) {
        long grown = (used() - before) / MB;
        long direct = PlatformDependent.usedDirectMemory();
        assertThat(grown)
                .as("MB that the process has grown by, %d of them Netty's", (direct - directBefore) / MB)
                .isLessThan(bytes / MB);
    }

    /** Bytes of all files in a folder and below it. */
    static long bytesUnder(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.mapToLong(f -> f.toFile().isFile() ? f.toFile().length() : 0)
                    .sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Open file descriptors of this process, sockets among them. */
    static long descriptors() {
        return ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getOpenFileDescriptorCount();
    }
}
