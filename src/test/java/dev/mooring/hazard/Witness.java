package dev.mooring.hazard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.TestBroker;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Two honest clients, connected one after the other so that each loop has one. They are what a hazard must not reach: a
 * {@link #check} sends a PINGREQ and a message from one to the other, and all must come back.
 */
final class Witness implements AutoCloseable {
    /** Generous, for slow machines: a blocked loop is blocked for longer, or for good. */
    private static final long BOUND_MS = 10_000;

    private static final AtomicInteger NUMBERS = new AtomicInteger();

    private final int number = NUMBERS.incrementAndGet();
    private final List<Peer> peers = new ArrayList<>();
    private int round;
    private volatile boolean stop;
    private volatile Throwable failure;
    private Thread watching;

    Witness(TestBroker broker) {
        for (int i = 0; i < 2; i++) {
            Peer peer = Peer.online(broker.port(), 4, "witness-" + number + "-" + i);
            peer.subscribe(1, topic(i));
            peers.add(peer);
        }
    }

    /** Both are served within the bound, with exactly what they are to get. */
    void check() {
        long start = System.nanoTime();
        round++;
        for (int i = 0; i < 2; i++) {
            peers.get(i).send(Bytes.PINGREQ, Bytes.publish(4, topic(1 - i), "round " + round, 1, 1));
        }
        for (int i = 0; i < 2; i++) {
            answers(peers.get(i));
        }
        assertThat((System.nanoTime() - start) / 1_000_000)
                .as("milliseconds that an honest client waited")
                .isLessThan(BOUND_MS);
    }

    /** PINGRESP, PUBACK and the other's message, in the order that they come. */
    private void answers(Peer peer) {
        int seen = 0;
        for (int k = 0; k < 3; k++) {
            Frame frame = peer.next();
            assertThat(frame).as("an honest client was disconnected").isNotNull();
            if (frame.type() == Frame.PUBLISH) {
                assertThat(frame.payload()).isEqualTo("round " + round);
                peer.send(Bytes.ack(Frame.PUBACK, frame.packetId()));
            }
            seen |= 1 << frame.type();
        }
        assertThat(seen).isEqualTo(1 << Frame.PINGRESP | 1 << Frame.PUBACK | 1 << Frame.PUBLISH);
    }

    /** Checks again and again in the background until {@link #close}, which tells of what failed. */
    Witness watch() {
        watching = new Thread(
                () -> {
                    try {
                        while (!stop) {
                            check();
                        }
                    } catch (Throwable t) {
                        failure = t;
                    }
                },
                "witness");
        watching.start();
        return this;
    }

    @Override
    public void close() {
        stop = true;
        try {
            if (watching != null) {
                watching.join(TimeUnit.SECONDS.toMillis(60));
                if (failure != null) {
                    throw new AssertionError("the honest clients suffered: " + failure.getMessage(), failure);
                }
            }
            check();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        } finally {
            peers.forEach(Peer::close);
        }
    }

    private String topic(int i) {
        return "witness/" + number + "/" + i;
    }
}
