package dev.mooring.route;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The routing side of a session: what a publisher's loop needs to know of it. One object per session for as long as the
 * session exists, on line or not.
 *
 * <p>{@link #loop} and the counters are read by every loop; {@link #inbox} is confined to the loop that owns the
 * session.
 */
public final class Subscriber {
    /** {@link #loop} of a session without a connection. */
    public static final int OFFLINE = -1;

    private final long sessionId;
    private final String clientId;
    private final boolean durable;
    private volatile int loop = OFFLINE;
    private @Nullable Inbox inbox;

    /** Messages and bytes queued or in flight for a durable session; grown by publishers, shrunk by the owner. */
    public final AtomicInteger queuedCount = new AtomicInteger();

    public final AtomicLong queuedBytes = new AtomicLong();

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

    /** Number of the loop that owns the live session, or {@link #OFFLINE}. */
    public int loop() {
        return loop;
    }

    /** Only for {@link SubscriptionIndex#move}. */
    void loop(int newLoop) {
        loop = newLoop;
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
