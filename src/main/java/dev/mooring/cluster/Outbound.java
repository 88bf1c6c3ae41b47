package dev.mooring.cluster;

import dev.mooring.cluster.Handshake.Challenge;
import dev.mooring.cluster.Handshake.Hello;
import dev.mooring.cluster.Handshake.Reason;
import dev.mooring.cluster.Handshake.Refusal;
import dev.mooring.cluster.SendWindow.Batch;
import dev.mooring.metrics.LinkMetrics;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetSocket;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection from here to a peer, which carries batches there and acknowledgements back: dials, and dials again,
 * until it is ended.
 */
final class Outbound {
    private static final Logger LOG = LoggerFactory.getLogger(Outbound.class);
    private static final int WRITE_QUEUE_BYTES = 512 * 1024;
    private static final long BACKOFF_MIN_MS = 50;
    private static final long BACKOFF_MAX_MS = 2_000;
    /** A node is a member a while before its links are answered, and after its end. */
    private static final long GRACE_MS = 10_000;

    private enum State {
        WAITING,
        DIALLING,
        GREETING,
        UP,
        ENDED
    }

    private final PeerLink link;
    private final SendWindow window;
    private final Links links;
    private final LinkMetrics metrics;
    private final ArrayDeque<Batch> unsent = new ArrayDeque<>();

    private State state = State.WAITING;
    private @Nullable NetSocket socket;
    private Frames frames = new Frames();
    private byte[] hello = {};
    private long heardAtMs;
    private long saidAtMs;
    private long upAtMs; // when a connection last stood, or the link was made
    private long dialAtMs;
    private long backoffMs = BACKOFF_MIN_MS;
    private String complaint = "";

    Outbound(PeerLink link, SendWindow window, Links links) {
        this.link = link;
        this.window = window;
        this.links = links;
        this.metrics = link.metrics();
        this.upAtMs = links.awakeMs();
    }

    /** Connects, if there is nothing of that kind under way. */
    void dial() {
        if (state != State.WAITING) {
            return;
        }
        state(State.DIALLING);
        heardAtMs = links.awakeMs();
        links.client().connect(link.member().port(), link.member().host()).onComplete(result -> {
            if (state != State.DIALLING) {
                if (result.succeeded()) {
                    result.result().close();
                }
            } else if (result.failed()) {
                unreachable("can't be reached: " + result.cause().getMessage());
                waiting();
            } else {
                greet(result.result());
            }
        });
    }

    private void greet(NetSocket connected) {
        state(State.GREETING);
        socket = connected;
        frames = new Frames();
        heardAtMs = links.awakeMs();
        connected.setWriteQueueMaxSize(WRITE_QUEUE_BYTES);
        connected.drainHandler(v -> pump());
        connected.closeHandler(v -> closed(connected));
        connected.exceptionHandler(cause -> unreachable("broke the connection: " + cause.getMessage()));
        connected.handler(buffer -> read(connected, buffer));
        Wire wire = links.wire();
        hello = new Hello(
                        wire.versionMin(),
                        wire.version(),
                        links.settings().self(),
                        link.peer(),
                        window.session(),
                        window.isFresh(),
                        window.base(),
                        Handshake.nonce())
                .bytes();
        write(Frames.frame(Frames.HELLO, hello));
    }

    private void read(NetSocket from, Buffer buffer) {
        if (from != socket) {
            return;
        }
        heardAtMs = links.awakeMs();
        link.heard();
        try {
            frames.feed(buffer.getBytes(), (type, in) -> {
                if (from == socket) {
                    frame(type, in);
                }
            });
        } catch (Malformed e) {
            complain("does not speak the protocol: " + e.getMessage());
            from.close();
        }
    }

    private void frame(int type, BodyReader in) throws Malformed {
        if (type == Frames.CHALLENGE && state == State.GREETING) {
            challenged(Challenge.read(in));
        } else if (type == Frames.WELCOME && state == State.GREETING) {
            welcome(in.i64());
        } else if (type == Frames.REFUSED && state == State.GREETING) {
            refused(Refusal.read(in));
        } else if (type == Frames.ACK && state == State.UP) {
            link.acknowledge(in.i64());
        } else if (type == Frames.BYE) {
            links.bye(link, in.text());
        } else {
            throw new Malformed(Frames.typeName(type) + " while " + state);
        }
    }

    private void challenged(Challenge challenge) {
        byte[] answer = links.handshake().answer(hello, challenge.version(), challenge.nonce());
        if (!Handshake.isSame(answer, challenge.proof())) {
            links.metrics().handshakesRefused.increment();
            complain("does not know the secret: cluster.secret has to be the same on all nodes");
            backoffMs = BACKOFF_MAX_MS;
            close();
        } else if (challenge.version() != link.version()) {
            links.metrics().handshakesRefused.increment();
            complain("wants to speak version " + challenge.version() + " where both know " + link.version());
            backoffMs = BACKOFF_MAX_MS;
            close();
        } else {
            byte[] proof = links.handshake().proof(hello, challenge.version(), challenge.nonce());
            write(Frames.frame(Frames.PROOF, proof));
        }
    }

    private void refused(Refusal refusal) {
        if (refusal.is(Reason.UNKNOWN_SESSION)) {
            LOG.warn("{} had given this node up; what was on its way there may be lost", link.peer());
            link.restart();
            backoffMs = BACKOFF_MIN_MS;
        } else if (refusal.is(Reason.NO_MEMBER) || refusal.is(Reason.BUSY)) {
            LOG.debug("{} does not take the link yet: {}", link.peer(), refusal.text());
        } else {
            complain("refuses the link: " + refusal.text());
            backoffMs = BACKOFF_MAX_MS;
        }
        close();
    }

    private void welcome(long last) throws Malformed {
        link.acknowledge(last);
        state(State.UP);
        frames.trusted();
        metrics.connects.increment();
        LOG.info(
                "link to {} at {}:{}",
                link.peer(),
                link.member().host(),
                link.member().port());
        complaint = "";
        upAtMs = links.awakeMs();
        backoffMs = BACKOFF_MIN_MS;
        unsent.clear();
        unsent.addAll(window.unacknowledged());
        pump();
    }

    /** Of the window. */
    void send(Batch batch) {
        if (state == State.UP) {
            unsent.add(batch);
            pump();
        }
    }

    private void pump() {
        NetSocket to = socket;
        while (state == State.UP && to != null && !unsent.isEmpty() && !to.writeQueueFull()) {
            Batch batch = unsent.remove();
            (window.sent(batch) ? metrics.batchesResent : metrics.batchesSent).increment();
            write(batch.frame());
        }
    }

    private void write(byte[] frame) {
        NetSocket to = socket;
        if (to != null) {
            saidAtMs = links.awakeMs();
            metrics.bytesSent.add(frame.length);
            to.write(Buffer.buffer(frame));
        }
    }

    void tick(long awakeMs) {
        long silenceMs = links.settings().silenceMs();
        if (state == State.WAITING && awakeMs >= dialAtMs) {
            dial();
        } else if (state == State.UP && awakeMs - saidAtMs >= silenceMs / 4) {
            write(Frames.ping());
        }
        if ((state == State.UP || state == State.GREETING) && awakeMs - heardAtMs >= silenceMs) {
            complain("has been silent for " + silenceMs + " ms");
            close();
        }
    }

    boolean isAlive(long awakeMs) {
        return state == State.UP && awakeMs - heardAtMs < links.settings().silenceMs();
    }

    private void close() {
        NetSocket old = socket;
        if (old != null) {
            socket = null; // nothing that it still brings counts
            waiting();
            old.close();
        }
    }

    private void closed(NetSocket old) {
        if (old == socket) {
            upAtMs = state == State.UP ? links.awakeMs() : upAtMs;
            socket = null;
            waiting();
        }
    }

    private void waiting() {
        if (state != State.ENDED) {
            state(State.WAITING);
            dialAtMs = links.awakeMs() + backoffMs;
            backoffMs = Math.min(BACKOFF_MAX_MS, backoffMs * 2);
        }
    }

    private void state(State next) {
        state = next;
        link.connected(next == State.UP);
    }

    /** Tells the peer why, and stays closed. */
    void end(String reason) {
        NetSocket old = socket;
        if (old != null && state == State.UP) {
            write(Frames.bye(reason));
        }
        state(State.ENDED);
        socket = null;
        if (old != null) {
            old.close();
        }
    }

    private void unreachable(String what) {
        if (links.awakeMs() - upAtMs >= GRACE_MS) {
            complain(what);
        } else {
            LOG.debug("{} {}", link.peer(), what);
        }
    }

    /** Once for each thing that is wrong, until a connection stands. */
    private void complain(String what) {
        if (!what.equals(complaint)) {
            complaint = what;
            LOG.warn(
                    "{} at {}:{} {}",
                    link.peer(),
                    link.member().host(),
                    link.member().port(),
                    what);
        }
    }
}
