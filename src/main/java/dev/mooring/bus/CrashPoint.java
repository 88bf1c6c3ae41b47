package dev.mooring.bus;

import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The moments at which a crash would hurt most. A test starts the broker with {@code -Dmooring.crash=NAME:n}, and the
 * n-th {@link #hit} of that point halts the process as kill -9 would, in a window that kill -9 nearly never meets. Not
 * armed, a hit is a comparison with a constant that the compiler removes.
 *
 * <p>{@code CrashPointsIT} has a scenario for each.
 */
public enum CrashPoint {
    /** A durable session's record is stored; CONNACK is not sent. */
    SESSION_STORED,
    /** A second connection takes the session: the first has given it back; nothing is stored. */
    SESSION_TAKEN_OVER,
    /** The connection has ended; the store still says that it is there. */
    SESSION_CLOSED,
    /** Subscriptions are stored; SUBACK is not sent. */
    SUBSCRIPTION_STORED,
    /** A QoS 2 PUBLISH has come; its packet id is not stored, nothing is delivered. */
    INBOUND_RECEIVED,
    /** Packet id, message and queue entries are stored; nothing is delivered, PUBREC is not sent. */
    INBOUND_STORED,
    /** The release of the packet id is stored; PUBCOMP is not sent. */
    INBOUND_RELEASED,
    /** A message at QoS 1, or a retained one, has come; it is neither stored nor delivered. */
    PUBLISH_RECEIVED,
    /** It is stored; PUBACK is not sent. */
    PUBLISH_STORED,
    /** The packet id of a QoS 2 delivery is stored; PUBLISH is not sent. */
    OUTBOUND_ID_STORED,
    /** PUBREC has come; the release is not stored. */
    OUTBOUND_RECEIVED,
    /** The release is stored; PUBREL is not sent. */
    OUTBOUND_RELEASE_STORED,
    /** PUBACK or PUBCOMP has come; the queue entry is still stored. */
    OUTBOUND_ACKED,
    /** A Will is due; neither its message nor its end is stored. */
    WILL_DUE,
    /** The Will's message and its end are stored. */
    WILL_STORED,
    /** Messages of a shared group's queue are in a member's queue; they are not delivered. */
    SHARED_MOVED,
    /** A batch of operations is collected; nothing of it is written. */
    COMMIT_BEGINS,
    /** A batch is written and fsynced; no operation of it is answered. */
    COMMIT_DONE;

    /** What the process returns that a crash point has ended. */
    public static final int EXIT_CODE = 70;

    private static final String ARMED_TEXT = System.getProperty("mooring.crash", "");
    private static final @Nullable CrashPoint ARMED = ARMED_TEXT.isEmpty() ? null : valueOf(part(0, ""));
    private static final AtomicInteger LEFT = new AtomicInteger(Integer.parseInt(part(1, "1")));

    /** Ends the process here if a test wants it so. */
    public void hit() {
        if (this == ARMED && LEFT.decrementAndGet() == 0) {
            Runtime.getRuntime().halt(EXIT_CODE);
        }
    }

    private static String part(int index, String otherwise) {
        String[] parts = ARMED_TEXT.toUpperCase(Locale.ROOT).split(":", 2);
        return index < parts.length ? parts[index] : otherwise;
    }
}
