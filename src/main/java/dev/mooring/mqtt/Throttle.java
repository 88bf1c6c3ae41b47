package dev.mooring.mqtt;

import dev.mooring.config.Limits;

/** Message and byte rate of one connection: two token buckets of one second each. Confined to the connection's loop. */
final class Throttle {
    /** Without limits there is nothing to remember. */
    private static final Throttle NONE = new Throttle(0, 0);

    private final long messagesPerSecond;
    private final long bytesPerSecond;
    private long messages; // thousandths
    private long bytes; // thousandths
    private long lastMs;

    static Throttle of(Limits limits) {
        boolean isLimited = limits.messageRateMax() != 0 || limits.byteRateMax() != 0;
        return isLimited ? new Throttle(limits.messageRateMax(), limits.byteRateMax()) : NONE;
    }

    /** Zero: without limit. */
    private Throttle(long messagesPerSecond, long bytesPerSecond) {
        this.messagesPerSecond = messagesPerSecond;
        this.bytesPerSecond = bytesPerSecond;
        messages = messagesPerSecond * 1000;
        bytes = bytesPerSecond * 1000;
    }

    /** Counts a PUBLISH; false when the socket must not be read until {@link #mayRead}. */
    boolean take(int payloadBytes, long nowMs) {
        if (messagesPerSecond == 0 && bytesPerSecond == 0) {
            return true;
        }
        fill(nowMs);
        messages -= 1000;
        bytes -= 1000L * payloadBytes;
        return isPositive();
    }

    boolean mayRead(long nowMs) {
        if (messagesPerSecond == 0 && bytesPerSecond == 0) {
            return true;
        }
        fill(nowMs);
        return isPositive();
    }

    private boolean isPositive() {
        return (messagesPerSecond == 0 || messages > 0) && (bytesPerSecond == 0 || bytes > 0);
    }

    private void fill(long nowMs) {
        long passedMs = Math.max(0, Math.min(nowMs - lastMs, 1000));
        lastMs = nowMs;
        messages = Math.min(messages + passedMs * messagesPerSecond, messagesPerSecond * 1000);
        bytes = Math.min(bytes + passedMs * bytesPerSecond, bytesPerSecond * 1000);
    }
}
