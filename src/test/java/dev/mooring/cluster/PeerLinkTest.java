package dev.mooring.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.Vertx;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Links over real sockets, with a network that does what networks do. */
class PeerLinkTest {
    private static final int NOTE_BYTES = 100;

    private final Vertx vertx = Vertx.vertx();
    private final TestNode a = TestNode.start(vertx, "a");
    private final TestNode b = TestNode.start(vertx, "b");

    @AfterEach
    void close() {
        TestNode.get(vertx.close());
    }

    private void joinBoth() {
        a.view(b.member());
        b.view(a.member());
        a.awaitConnected(b);
        b.awaitConnected(a);
    }

    /** On the node's own context, as fast as there is room; comes back when all are sent. */
    private static void sendAll(TestNode from, TestNode to, int count) {
        PeerLink link = from.link(to);
        AtomicInteger next = new AtomicInteger();
        await().atMost(TestNode.PATIENCE)
                .until(() -> from.call(() -> {
                    for (int i = 0; i < 500 && next.get() < count; i++) {
                        if (link.offer(new Note(next.get(), NOTE_BYTES)) <= 0) {
                            break;
                        }
                        next.incrementAndGet();
                    }
                    return next.get() == count;
                }));
    }

    private static List<Integer> upTo(int count) {
        return IntStream.range(0, count).boxed().toList();
    }

    @Test
    @DisplayName("connections that break all the time lose, double and reorder nothing, in either direction")
    void cutConnections() throws InterruptedException {
        int count = 30_000;
        try (CutProxy toA = CutProxy.start(vertx, a.cluster.port());
                CutProxy toB = CutProxy.start(vertx, b.cluster.port())) {
            a.view(b.member(toB.port()));
            b.view(a.member(toA.port()));
            Thread back = new Thread(() -> sendAll(b, a, count), "b to a");
            back.start();
            Random random = new Random(7);
            long timer = vertx.setPeriodic(30, id -> (random.nextBoolean() ? toA : toB).cut());
            sendAll(a, b, count);
            back.join();
            vertx.cancelTimer(timer);
            b.awaitReceived(a, count);
            a.awaitReceived(b, count);
        }

        assertThat(b.notes(a)).isEqualTo(upTo(count));
        assertThat(a.notes(b)).isEqualTo(upTo(count));
        assertThat(a.metrics.link("b").connects.sum()).as("connections").isGreaterThan(2);
        assertThat(a.events).containsExactly("joined " + b.id, "complete " + b.id);
    }

    @Test
    @DisplayName("a peer that does not read fills its own queue and no other; when it reads again, all arrives")
    void slowReader() {
        TestNode c = TestNode.start(vertx, "c");
        a.view(b.member(), c.member());
        b.view(a.member(), c.member());
        c.view(a.member(), b.member());
        a.awaitConnected(b);
        a.awaitConnected(c);
        b.awaitConnected(a);
        b.call(() -> {
            b.link(a).pauseReading();
            return true;
        });
        PeerLink link = a.link(b);
        int[] sent = {0};
        await().atMost(TestNode.PATIENCE)
                .until(() -> a.call(() -> {
                    for (int i = 0; i < 100 && link.offer(new Note(sent[0], 10_000)) > 0; i++) {
                        sent[0]++;
                    }
                    return !link.writable();
                }));

        assertThat(a.call(() -> link.offer(new Note(-1, 1)))).isEqualTo(PeerLink.REFUSED);
        assertThat(a.call(() -> link.send(new Note(sent[0], 1))))
                .as("the reserve")
                .isPositive();
        assertThat(link.metrics().queuedBytes.get())
                .isBetween(TestNode.LINK_BYTES_MAX, TestNode.LINK_BYTES_MAX + 128 * 1024);
        assertThat(link.metrics().refused.sum()).isPositive();
        assertThat(link.metrics().full.sum()).isPositive();
        sendAll(a, c, 5_000);
        c.awaitReceived(a, 5_000);
        assertThat(b.notes(a).size()).isLessThanOrEqualTo(sent[0]);
        b.call(() -> {
            b.link(a).resumeReading();
            return true;
        });
        b.awaitReceived(a, sent[0] + 1);

        assertThat(b.notes(a)).isEqualTo(upTo(sent[0] + 1));
        a.awaitEvent("writable " + b.id);
        await().atMost(TestNode.PATIENCE).until(() -> link.metrics().queuedBytes.get() < 1_000);
        assertThat(a.events).doesNotContain("left " + b.id);
    }

    @Test
    @DisplayName("a pause longer than the time of silence does not end a connection")
    void longPause() {
        joinBoth();
        b.call(() -> {
            b.link(a).pauseReading();
            return true;
        });
        long connects = a.metrics.link("b").connects.sum();
        sendAll(a, b, 10);
        long[] waits = {0};
        vertx.setPeriodic(TestNode.SILENCE_MS / 4, id -> waits[0]++);
        await().atMost(TestNode.PATIENCE).until(() -> waits[0] >= 8);
        b.call(() -> {
            b.link(a).resumeReading();
            return true;
        });
        b.awaitReceived(a, 10);

        assertThat(a.metrics.link("b").connects.sum()).isEqualTo(connects);
    }

    @Test
    @DisplayName("a stopped peer that is still a member is waited for; one that is none any more is given up")
    void stoppedPeer() {
        try (CutProxy toB = CutProxy.start(vertx, b.cluster.port());
                CutProxy toA = CutProxy.start(vertx, a.cluster.port())) {
            a.view(b.member(toB.port()));
            b.view(a.member(toA.port()));
            a.awaitConnected(b);
            b.awaitConnected(a);
            toA.stall(true);
            toB.stall(true);
            PeerLink link = a.link(b);
            sendAll(a, b, 100);
            await().atMost(TestNode.PATIENCE).until(() -> !link.connected()); // the silence was noticed
            assertThat(a.events).doesNotContain("left " + b.id);
            toA.stall(false);
            toB.stall(false);
            b.awaitReceived(a, 100);
            assertThat(b.notes(a)).isEqualTo(upTo(100));

            toA.stall(true);
            toB.stall(true);
            a.view();
            a.awaitEvent("left " + b.id);
            assertThat(a.call(link::silentMs)).as("since when").isGreaterThanOrEqualTo(TestNode.SILENCE_MS);
            assertThat(link.writable()).isFalse();
            assertThat(a.call(() -> link.offer(new Note(0, 1)))).isEqualTo(PeerLink.REFUSED);
        }
    }

    @Test
    @DisplayName("a member that the view lacks for a moment, but that is heard, has not left")
    void upsetView() {
        joinBoth();
        a.view();
        b.view();
        sendAll(a, b, 1_000);
        b.awaitReceived(a, 1_000);
        a.view(b.member());
        b.view(a.member());
        sendAll(b, a, 1_000);
        a.awaitReceived(b, 1_000);

        assertThat(a.events).containsExactly("joined " + b.id, "complete " + b.id);
        assertThat(b.events).containsExactly("joined " + a.id, "complete " + a.id);
    }

    @Test
    @DisplayName("who was given up while it lived is told so when it is back, and goes on")
    void partition() {
        try (CutProxy toB = CutProxy.start(vertx, b.cluster.port());
                CutProxy toA = CutProxy.start(vertx, a.cluster.port())) {
            a.view(b.member(toB.port()));
            b.view(a.member(toA.port()));
            a.awaitConnected(b);
            b.awaitConnected(a);
            sendAll(a, b, 10);
            b.awaitReceived(a, 10);
            toA.down(true);
            toB.down(true);
            sendAll(a, b, 20); // of these some are lost: numbers begin at 0 again
            b.view();
            b.awaitEvent("left " + a.id);
            toA.down(false);
            toB.down(false);
            b.view(a.member(toA.port()));
            a.awaitEvent("interrupted " + b.id);
            a.awaitConnected(b);
            b.awaitConnected(a);
            sendAll(a, b, 1_000);
            b.awaitReceived(a, 10 + 1_000);
            sendAll(b, a, 1_000);
            a.awaitReceived(b, 1_000);
        }

        List<Integer> notes = b.notes(a);
        assertThat(notes.subList(0, 10)).isEqualTo(upTo(10));
        assertThat(notes.subList(10, notes.size())).isEqualTo(upTo(1_000));
        assertThat(a.notes(b)).isEqualTo(upTo(1_000));
        assertThat(a.metrics.link("b").batchesGivenUp.sum()).isPositive();
    }

    @Test
    @DisplayName("another life of a node ends the link to the one before, with all that waits for it")
    void restart() {
        joinBoth();
        b.stop();
        a.awaitEvent("left " + b.id); // it said so, whatever the view says
        TestNode again = TestNode.start(vertx, "b");
        a.view(b.member(), again.member()); // the older one counts where there are two
        again.view(a.member());
        assertThat(a.cluster.link(b.id)).isNull();
        a.awaitConnected(again);
        sendAll(a, again, 100);
        again.awaitReceived(a, 100);

        assertThat(again.notes(a)).isEqualTo(upTo(100));
        assertThat(a.events)
                .containsSubsequence("joined " + b.id, "left " + b.id, "joined " + again.id, "complete " + again.id);
    }

    @Test
    @DisplayName("of two members with one name the younger one is left alone while the older one is there")
    void twoOfOneName() {
        joinBoth();
        TestNode impostor = TestNode.start(vertx, "b");
        a.view(b.member(), impostor.member());
        impostor.view(a.member());
        sendAll(a, b, 100);
        b.awaitReceived(a, 100);

        assertThat(a.cluster.link(impostor.id)).isNull();
        assertThat(a.link(b).connected()).isTrue();
    }

    @Test
    @DisplayName("tickets are acknowledged when the peer's owner has got the bodies")
    void tickets() {
        joinBoth();
        long ticket = a.call(() -> a.link(b).offer(new Note(0, 1)));
        await().atMost(TestNode.PATIENCE).until(() -> a.acknowledged.getOrDefault(b.id, 0L) >= ticket);

        assertThat(b.notes(a)).containsExactly(0);
        assertThat(a.link(b).acknowledged()).isGreaterThanOrEqualTo(ticket);
    }
}
