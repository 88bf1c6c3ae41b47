package dev.mooring.cluster;

import dev.mooring.metrics.LinkMetrics;
import org.jspecify.annotations.Nullable;

/**
 * The way to one life of another node. What is sent arrives in order and once, whatever becomes of connections, for as
 * long as both nodes live and take each other for alive; then it is given up, and {@link ClusterListener} told.
 *
 * <p>What is sent in one turn of the event loop travels as one batch. Batches are kept until the peer has acknowledged
 * them, which it does when its owner has got them. What may wait is bounded: {@link #offer} refuses more, and
 * {@link ClusterListener#writable} says when half of it is free again.
 *
 * <p>Owned by the context of the {@link ClusterVerticle}; methods for all threads say so.
 */
public final class PeerLink {
    /** Instead of a ticket: there is no room. */
    public static final long REFUSED = 0;

    /** Instead of a ticket: the peer is of an older version, and would not know this body. */
    public static final long NOT_KNOWN = -1;

    /** The largest MQTT packet fits, with what describes it. */
    public static final int BODY_BYTES_MAX = Frames.PEER_BYTES_MAX - SendWindow.BATCH_BYTES - 1024;

    private final Member member;
    private final int version;
    private final Wire wire;
    private final long bytesMax;
    private final LinkMetrics metrics;
    private final SendWindow window;
    private final ReceiveWindow received = new ReceiveWindow();
    private final Links links;
    private final Outbound outbound;

    private @Nullable Inbound inbound;
    private long heardAtMs;
    private boolean paused;
    private boolean flushing;
    private boolean ended;
    private volatile boolean writable = true;
    private volatile boolean connected;
    private volatile long acknowledged;

    /** @param version of the wire, that both know */
    PeerLink(Member member, int version, Links links, SendWindow window) {
        this.member = member;
        this.version = version;
        this.links = links;
        this.wire = links.wire();
        this.bytesMax = links.settings().linkBytesMax();
        this.metrics = links.metrics().link(member.id().name());
        this.window = window;
        this.heardAtMs = links.awakeMs();
        this.outbound = new Outbound(this, window, links);
    }

    /** For all threads. */
    public NodeId peer() {
        return member.id();
    }

    Member member() {
        return member;
    }

    /** Of the wire, as both know it. For all threads. */
    public int version() {
        return version;
    }

    /** Whether {@link #offer} would take a body. For all threads; the answer may be a moment old. */
    public boolean writable() {
        return writable;
    }

    /** Of what was sent last; or 0, if the peer has acknowledged all that it was sent. */
    public long unacknowledged() {
        return window.queuedBytes() == 0 ? 0 : window.lastNumber();
    }

    /** The last ticket that was acknowledged; 0 for none. For all threads. */
    public long acknowledged() {
        return acknowledged;
    }

    /** For all threads. */
    public LinkMetrics metrics() {
        return metrics;
    }

    /** Whether the peer answers now. For all threads. */
    public boolean connected() {
        return connected;
    }

    /**
     * Sends messages, and whatever may be refused when too much waits already.
     *
     * @return a ticket, for {@link ClusterListener#acknowledged}; tickets never become smaller, and bodies of one batch
     *     have the same; or {@link #REFUSED} or {@link #NOT_KNOWN}
     */
    public long offer(LinkBody body) {
        if (!writable) {
            metrics.refused.increment();
            return REFUSED;
        }
        return add(body);
    }

    /**
     * The same for what must not wait behind messages that nobody takes, as questions, answers and changes of routes:
     * has an eighth of the bound for itself.
     */
    public long send(LinkBody body) {
        if (window.queuedBytes() >= bytesMax + bytesMax / 8) {
            metrics.refused.increment();
            return REFUSED;
        }
        return add(body);
    }

    private long add(LinkBody body) {
        BodyWriter open = window.open();
        int before = open.size();
        boolean written = false;
        try {
            written = wire.write(body, version, open) && fits(open.size() - before);
        } finally {
            if (!written) {
                open.cut(before); // half a body would spoil the whole batch
            }
        }
        if (!written) {
            return NOT_KNOWN;
        }
        long ticket = window.openNumber();
        queued();
        if (window.isOpenFull()) {
            flush();
        } else if (!flushing) {
            flushing = true;
            links.later(this::flush);
        }
        return ticket;
    }

    private static boolean fits(int bytes) {
        if (bytes > BODY_BYTES_MAX) {
            throw new IllegalArgumentException("a body of " + bytes + " bytes; its sender has to divide it");
        }
        return true;
    }

    /**
     * Stops reading from the peer, whose queue fills then. For an owner that can't take more; what was read already
     * still comes.
     */
    public void pauseReading() {
        paused = true;
        if (inbound != null) {
            inbound.pause();
        }
    }

    public void resumeReading() {
        paused = false;
        if (inbound != null) {
            inbound.resume();
        }
    }

    // ---- this package's

    /** The connection to the peer says whether it stands. */
    void connected(boolean now) {
        connected = now;
        metrics.connected = now;
    }

    void open() {
        outbound.dial();
    }

    private void flush() {
        flushing = false;
        if (window.isOpenUsed() && !ended) {
            outbound.send(window.close());
        }
    }

    /** Of all that the peer has to acknowledge. */
    long queuedBytes() {
        return window.queuedBytes();
    }

    /** After the window has changed. */
    private void queued() {
        long bytes = window.queuedBytes();
        metrics.queuedBytes.set(bytes);
        if (writable && bytes >= bytesMax) {
            writable = false;
            metrics.full.increment();
        } else if (!writable && bytes <= bytesMax / 2) {
            writable = true;
            links.listener().writable(peer());
        }
    }

    /** The peer says that it has all up to this number. */
    void acknowledge(long number) throws Malformed {
        if (window.acknowledged(number)) {
            acknowledged = number;
            queued();
            links.listener().acknowledged(peer(), number);
        }
    }

    /** The peer had taken this node for dead: what it has not acknowledged is given up. */
    void restart() {
        metrics.batchesGivenUp.add(window.restart());
        queued();
        links.interrupted(peer());
    }

    /** A connection of the peer wants to begin or to go on; another one gives way to it. */
    ReceiveWindow.Answer offered(Handshake.Hello hello, Inbound connection) {
        ReceiveWindow.Answer answer = received.offered(hello.session(), hello.fresh(), hello.base());
        if (answer == ReceiveWindow.Answer.UNKNOWN) {
            return answer;
        }
        if (inbound != null) {
            inbound.close("the peer has connected again");
        }
        inbound = connection;
        if (paused) {
            connection.pause();
        }
        if (answer == ReceiveWindow.Answer.BEGUN_ANEW) {
            links.interrupted(peer());
        }
        return answer;
    }

    void lost(Inbound connection) {
        if (inbound == connection) {
            inbound = null;
        }
    }

    long lastReceived() {
        return received.last();
    }

    /** A batch of the peer: its bodies go to the listener, unless they have before. */
    void batch(BodyReader in) throws Malformed {
        long number = in.i64();
        switch (received.arrived(number)) {
            case TAKE -> {
                metrics.batchesReceived.increment();
                metrics.skipped.add(
                        wire.read(in, version, body -> links.listener().received(peer(), body)));
            }
            case REPEATED -> metrics.batchesRepeated.increment();
            case GAP -> throw new Malformed("batch " + number + " after " + received.last());
        }
    }

    /** Several times a second. */
    void tick(long awakeMs) {
        outbound.tick(awakeMs);
        if (inbound != null) {
            inbound.tick(awakeMs, paused);
        }
    }

    /** Something has come from the peer. */
    void heard() {
        heardAtMs = links.awakeMs();
    }

    /** How long nothing has come from the peer; to a tick. */
    public long silentMs() {
        return links.awakeMs() - heardAtMs;
    }

    /** Whether it has been heard of lately, or is still heard. */
    boolean isAlive(long awakeMs) {
        return outbound.isAlive(awakeMs) || inbound != null && inbound.isAlive(awakeMs);
    }

    /**
     * Closes connections, and gives up what was not acknowledged.
     *
     * @param reason told to the peer
     * @return how many batches were given up
     */
    int end(String reason) {
        ended = true;
        writable = false;
        outbound.end(reason);
        if (inbound != null) {
            inbound.end(reason);
        }
        int given = window.restart();
        metrics.batchesGivenUp.add(given);
        metrics.queuedBytes.set(0);
        return given;
    }
}
