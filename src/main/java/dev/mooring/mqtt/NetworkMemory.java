package dev.mooring.mqtt;

import io.netty.util.internal.PlatformDependent;

/** What Netty's buffers take outside the heap, of which the JVM itself does not know. */
public final class NetworkMemory {
    private NetworkMemory() {}

    /** Bytes; 0 where Netty does not count them. */
    public static long directBytes() {
        return Math.max(0, PlatformDependent.usedDirectMemory());
    }
}
