package dev.mooring.route;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Bytes of deliveries sent to each loop and not taken yet, against a bound: the event bus has no back-pressure of its
 * own. Publishers' loops ask before they read more from their sockets. Safe for all threads.
 */
public final class UnderWay {
    /** Per loop, beyond which senders stop reading. */
    public static final long BYTES_MAX = 16 << 20;

    private static final int PADDING = 8; // one counter per cache line

    private final int loops;
    private final AtomicLongArray bytes;

    public UnderWay(int loops) {
        this.loops = loops;
        this.bytes = new AtomicLongArray((loops + 1) * PADDING);
    }

    /** To {@code peers}, which has the place behind the loops. */
    public void sentToPeers(long more) {
        sent(loops, more);
    }

    public void arrivedAtPeers(long fewer) {
        arrived(loops, fewer);
    }

    public void sent(int toLoop, long more) {
        bytes.addAndGet(toLoop * PADDING, more);
    }

    public void arrived(int atLoop, long fewer) {
        bytes.addAndGet(atLoop * PADDING, -fewer);
    }

    /** Whether some loop is behind by more than the bound. */
    public boolean isFull() {
        return max() >= BYTES_MAX;
    }

    /** Whether reading may go on after {@link #isFull}. */
    public boolean hasRoom() {
        return max() <= BYTES_MAX / 2;
    }

    private long max() {
        long max = 0;
        for (int i = 0; i <= loops; i++) {
            max = Math.max(max, bytes.get(i * PADDING));
        }
        return max;
    }
}
