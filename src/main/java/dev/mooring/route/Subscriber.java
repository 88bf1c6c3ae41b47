package dev.mooring.route;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The routing side of a session: what a publisher's loop needs to know of it. One object per session for as long as the
 * session exists, on line or not; also of each durable session of other nodes. And one object for each other node,
 * which has the filters of all its transient sessions.
 *
 * <p>{@link #loop} and the counters are read by every loop; {@link #inbox} is confined to the loop that owns the
 * session.
 */
public final class Subscriber {
    /** {@link #loop} of a session without a connection. */
    public static final int OFFLINE = -1;

    /** Places of other nodes are below this one: see {@link #at}. */
    private static final int FIRST_NODE = -2;

    private final long sessionId;
    private final String clientId;
    private final boolean durable;
    private volatile int loop = OFFLINE;
    private @Nullable Inbox inbox;
    private volatile long epoch;

    /** Messages and bytes queued or in flight for a durable session; grown by publishers, shrunk by the owner. */
    public final AtomicInteger queuedCount = new AtomicInteger();

    public final AtomicLong queuedBytes = new AtomicLong();

    /** What was stored for it, or is gone from there; of what is live on another node that node counts it. */
    public void count(int messages, long bytes) {
        if (loop >= OFFLINE) {
            queuedCount.addAndGet(messages);
            queuedBytes.addAndGet(bytes);
        }
    }

    /** @param durable whether QoS 1 and 2 messages for it must be stored before they are acknowledged */
    public Subscriber(long sessionId, String clientId, boolean durable) {
        this.sessionId = sessionId;
        this.clientId = clientId;
        this.durable = durable;
    }

    public long sessionId() {
        return sessionId;
    }

    public String clientId() {
        return clientId;
    }

    public boolean durable() {
        return durable;
    }

    /**
     * Number of the loop that owns the live session, {@link #OFFLINE}, or, when it is live on another node, a number
     * that {@link #node} understands.
     */
    public int loop() {
        return loop;
    }

    /** Whether it is live on a loop of this node. */
    public boolean isHere() {
        return loop >= 0;
    }

    /** The {@link #loop} of what is live on another node. @param node number of that node, from 0 */
    public static int at(int node) {
        return FIRST_NODE - node;
    }

    /** The number of the other node, or a negative one when {@code loop} is none of another node. */
    public static int node(int loop) {
        return FIRST_NODE - loop;
    }

    /** Only for {@link SubscriptionIndex#move}. */
    void loop(int newLoop) {
        loop = newLoop;
    }

    /**
     * Under which this node owns the durable session, where several nodes share its store; else 0. Written by the
     * session's authority.
     */
    public long epoch() {
        return epoch;
    }

    public void epoch(long newEpoch) {
        epoch = newEpoch;
    }

    /** Only on the owning loop. */
    public @Nullable Inbox inbox() {
        return inbox;
    }

    /** Only on the owning loop. */
    public void inbox(@Nullable Inbox newInbox) {
        inbox = newInbox;
    }
}
