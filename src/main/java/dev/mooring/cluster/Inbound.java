package dev.mooring.cluster;

import dev.mooring.cluster.Handshake.Challenge;
import dev.mooring.cluster.Handshake.Hello;
import dev.mooring.cluster.Handshake.Reason;
import dev.mooring.cluster.Handshake.Refusal;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetSocket;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection that came here: of a stranger until it has shown which peer it is; then it brings the peer's batches,
 * and takes acknowledgements back.
 */
final class Inbound {
    private static final Logger LOG = LoggerFactory.getLogger(Inbound.class);

    private final Links links;
    private final NetSocket socket;
    private final Frames frames = new Frames();

    private byte[] helloBytes = {};
    private @Nullable Hello hello;
    private @Nullable Challenge challenge;
    private @Nullable PeerLink link;
    private long acknowledged;
    private long heardAtMs;
    private long saidAtMs;
    private boolean closed;

    Inbound(Links links, NetSocket socket) {
        this.links = links;
        this.socket = socket;
        heardAtMs = links.awakeMs();
        socket.handler(this::read);
        socket.closeHandler(v -> closed());
        socket.exceptionHandler(cause -> LOG.debug("{}: {}", socket.remoteAddress(), cause.getMessage()));
    }

    private void read(Buffer buffer) {
        if (closed) {
            return;
        }
        PeerLink known = link;
        if (known != null) {
            heardAtMs = links.awakeMs(); // a stranger has to come to the point
            known.heard();
        }
        try {
            frames.feed(buffer.getBytes(), (type, in) -> {
                if (!closed) {
                    frame(type, in);
                }
            });
        } catch (Malformed e) {
            complain("{} does not speak the protocol of links: {}", e.getMessage());
            spoilt();
            return;
        } catch (RuntimeException e) {
            LOG.error("what {} has sent can't be handled", name(), e);
            spoilt();
            return;
        }
        PeerLink of = link;
        if (of != null && !closed) {
            of.metrics().bytesReceived.add(buffer.length());
            if (of.lastReceived() != acknowledged) {
                acknowledge(of);
            }
        }
    }

    /** What followed in the batch is lost: it counts as arrived, or it would come again for ever. */
    private void spoilt() {
        PeerLink of = link;
        close("malformed");
        if (of == null) {
            links.metrics().handshakesRefused.increment();
        } else {
            links.interrupted(of.peer());
        }
    }

    private void frame(int type, BodyReader in) throws Malformed {
        PeerLink of = link;
        if (of != null && type == Frames.BATCH) {
            of.batch(in);
        } else if (of != null && type == Frames.PING) {
            acknowledge(of);
        } else if (of != null && type == Frames.BYE) {
            links.bye(of, in.text());
        } else if (type == Frames.HELLO && hello == null) {
            hello(in);
        } else if (type == Frames.PROOF && challenge != null && of == null) {
            proof(Handshake.readProof(in));
        } else {
            throw new Malformed(Frames.typeName(type) + " where it does not belong");
        }
    }

    private void hello(BodyReader in) throws Malformed {
        helloBytes = in.rest();
        Hello said = Hello.read(new BodyReader(helloBytes, 0, helloBytes.length));
        hello = said;
        Wire wire = links.wire();
        int version = wire.common(said.wireMin(), said.wire());
        if (version == 0) {
            refuse(new Refusal(Reason.VERSION, links.incompatible(said.wireMin(), said.wire())));
            return;
        }
        byte[] nonce = Handshake.nonce();
        Challenge asked = new Challenge(version, nonce, links.handshake().answer(helloBytes, version, nonce));
        challenge = asked;
        write(Frames.frame(Frames.CHALLENGE, asked.bytes()));
    }

    private void proof(byte[] proof) {
        Hello said = java.util.Objects.requireNonNull(hello);
        Challenge asked = java.util.Objects.requireNonNull(challenge);
        byte[] expected = links.handshake().proof(helloBytes, asked.version(), asked.nonce());
        PeerLink of = links.link(said.from());
        if (!Handshake.isSame(expected, proof)) {
            refuse(new Refusal(Reason.SECRET, "cluster.secret has to be the same on all nodes"));
        } else if (!said.to().equals(links.settings().self())) {
            refuse(new Refusal(Reason.OTHER_NODE, "here is " + links.settings().self() + ", not " + said.to()));
        } else if (of == null) {
            refuse(new Refusal(Reason.NO_MEMBER, said.from() + " is no member that is known here"));
        } else if (asked.version() != of.version()) {
            refuse(new Refusal(Reason.VERSION, "the cluster knows " + said.from() + " by other versions"));
        } else if (of.offered(said, this) == ReceiveWindow.Answer.UNKNOWN) {
            refuse(new Refusal(Reason.UNKNOWN_SESSION, said.from() + " had been given up here"));
        } else {
            link = of;
            heardAtMs = links.awakeMs();
            links.welcomed(this);
            frames.trusted();
            acknowledged = of.lastReceived();
            write(Frames.frame(
                    Frames.WELCOME, new BodyWriter(8).i64(acknowledged).toBytes()));
        }
    }

    private void refuse(Refusal refusal) {
        if (refusal.is(Reason.VERSION) || refusal.is(Reason.SECRET)) {
            links.metrics().handshakesRefused.increment();
            complain("refused a link of {}: {}", refusal.text());
        } else {
            LOG.debug("refused a link of {}: {}", name(), refusal.text());
        }
        write(refusal.frame());
        close(refusal.text());
    }

    private void acknowledge(PeerLink of) {
        acknowledged = of.lastReceived();
        write(Frames.ack(acknowledged));
    }

    private void write(byte[] frame) {
        saidAtMs = links.awakeMs();
        socket.write(Buffer.buffer(frame));
    }

    /** @param paused whether nothing is read because this node wants it so */
    void tick(long awakeMs, boolean paused) {
        long silenceMs = links.settings().silenceMs();
        PeerLink of = link;
        if (!paused && awakeMs - heardAtMs >= silenceMs) {
            close("silent for " + silenceMs + " ms");
        } else if (of != null && awakeMs - saidAtMs >= silenceMs / 4) {
            acknowledge(of);
        }
    }

    boolean isAlive(long awakeMs) {
        return link != null && awakeMs - heardAtMs < links.settings().silenceMs();
    }

    void pause() {
        socket.pause();
    }

    void resume() {
        heardAtMs = links.awakeMs();
        socket.resume();
    }

    /** Tells the peer why. */
    void end(String reason) {
        if (link != null && !closed) {
            write(Frames.bye(reason));
        }
        close(reason);
    }

    void close(String reason) {
        if (!closed) {
            LOG.debug("closed the connection of {}: {}", name(), reason);
            closed();
            socket.close();
        }
    }

    private void closed() {
        closed = true;
        links.gone(this);
        PeerLink of = link;
        if (of != null) {
            of.lost(this);
        }
    }

    private void complain(String what, @Nullable String why) {
        if (links.mayComplain()) {
            LOG.warn(what, name(), why);
        }
    }

    private String name() {
        Hello said = hello;
        return said == null ? socket.remoteAddress().toString() : said.from() + " at " + socket.remoteAddress();
    }
}
