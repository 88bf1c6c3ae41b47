package dev.mooring.hazard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.metrics.Metrics;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Hazard 11: clients that do not read what they asked for, or what they are answered. */
class SlowConsumerTest {
    @RegisterExtension
    static final Victim BROKER = new Victim("{\"pools\": {\"local\": {\"sync\": \"never\"}}}");

    private static final long FLOOD = 200 * Memory.MB;

    @Test
    @DisplayName(
            "200 MB at QoS 0 past five clients that never read: bounded memory, drops are counted, a reader is served")
    void unreadQos0() {
        Metrics metrics = BROKER.broker().metrics();
        long dropped = metrics.droppedSlowQos0.sum();
        List<Peer> mute = mute(5, 0, "slow/0");
        try (Peer publisher = Peer.online(BROKER.port(), 4, "slow-publisher-0")) {
            Memory memory = new Memory();
            byte[] publish = Bytes.publish(4, "slow/0", new byte[128 * 1024]);
            for (long sent = 0; sent < FLOOD; sent += publish.length) {
                publisher.send(publish);
            }
            publisher.ping();
            memory.assertGrownByLessThan(50 * Memory.MB); // 5 * (1 MB + one message), and what Netty keeps for reuse
            assertThat(metrics.droppedSlowQos0.sum() - dropped).isGreaterThan(1_000);
        }
        mute.forEach(Peer::close);
    }

    @Test
    @DisplayName("200 MB at QoS 1 past five clients that never read: bounded memory, drops are counted")
    void unreadQos1() {
        Metrics metrics = BROKER.broker().metrics();
        long dropped = metrics.droppedQueueFull.sum();
        List<Peer> mute = mute(5, 1, "slow/1");
        try (Peer publisher = Peer.online(BROKER.port(), 4, "slow-publisher-1")) {
            Memory memory = new Memory();
            byte[] publish = Bytes.publish(4, "slow/1", "x".repeat(128 * 1024), 1, 1);
            int sent = 0;
            for (; sent < FLOOD / publish.length; sent++) {
                publisher.send(publish);
                if (sent >= 20) {
                    publisher.expect(Frame.PUBACK, 1);
                }
            }
            for (int i = 0; i < 20; i++) {
                publisher.expect(Frame.PUBACK, 1);
            }
            memory.assertGrownByLessThan(60 * Memory.MB);
            assertThat(metrics.droppedQueueFull.sum() - dropped).isGreaterThan(1_000);
        }
        mute.forEach(Peer::close);
    }

    @Test
    @DisplayName("a lasting session that stalls and goes on gets its whole queue, in order")
    void stalledReaderResumes() {
        int count = 3_000;
        Bytes.Connect connect = Bytes.Connect.lasting(4, "stalled");
        try (Peer stalled = Peer.open(BROKER.port(), 8_192);
                Peer publisher = Peer.online(BROKER.port(), 4, "stalled-publisher")) {
            stalled.connect(connect);
            stalled.subscribe(1, "stalled");
            Memory memory = new Memory();
            String body = "x".repeat(4_000);
            for (int i = 1; i <= count; i++) {
                publisher.send(Bytes.publish(4, "stalled", i + " " + body, 1, i));
                if (i > 100) {
                    publisher.expect(Frame.PUBACK, i - 100);
                }
            }
            for (int i = count - 99; i <= count; i++) {
                publisher.expect(Frame.PUBACK, i);
            }
            memory.assertGrownByLessThan(40 * Memory.MB);
            for (int i = 1; i <= count; i++) {
                Frame f = stalled.expect(Frame.PUBLISH);
                assertThat(f.payload()).startsWith(i + " ");
                stalled.send(Bytes.ack(Frame.PUBACK, f.packetId()));
            }
            stalled.ping();
        }
    }

    @Test
    @DisplayName("a client that asks and asks and never reads the answers is no longer heard, not remembered")
    void unreadAnswers() throws Exception {
        byte[] pings = Bytes.repeat(Bytes.PINGREQ, 32_768);
        long all = 32 * Memory.MB;
        AtomicLong sent = new AtomicLong();
        try (Peer deaf = Peer.open(BROKER.port(), 8_192)) {
            deaf.connect(Bytes.Connect.of(4, "deaf"));
            Memory memory = new Memory();
            Thread attack = new Thread(() -> {
                while (sent.get() < all && deaf.trySend(pings)) {
                    sent.addAndGet(pings.length);
                }
            });
            attack.start();
            untilStuck(attack, sent);
            memory.assertGrownByLessThan(15 * Memory.MB); // as many bytes are answered as asked
            deaf.close();
            attack.join();
        }
    }

    /** Until all is sent, or nothing more is taken while honest clients are served a good while. */
    private static void untilStuck(Thread attack, AtomicLong sent) {
        long seen = -1;
        while (attack.isAlive() && seen != sent.get()) {
            seen = sent.get();
            long end = System.nanoTime() + 2_000_000_000L;
            while (System.nanoTime() < end && attack.isAlive()) {
                BROKER.checkWitness();
            }
        }
    }

    @Test
    @DisplayName("a client that does not read is cut off in the end, too: its socket does not stay for ever")
    void unreadClientsAreClosed() {
        int clients = 20;
        List<Peer> mute = new ArrayList<>();
        try (Peer publisher = Peer.online(BROKER.port(), 4, "cut-publisher")) {
            for (int i = 0; i < clients; i++) {
                Peer p = Peer.open(BROKER.port(), 8_192);
                p.connect(Bytes.Connect.of(5, "cut-" + i).keepAlive(1));
                p.subscribe(0, "cut/off");
                mute.add(p);
            }
            long descriptors = Memory.descriptors();
            byte[] publish = Bytes.publish(4, "cut/off", new byte[128 * 1024]);
            for (int i = 0; i < 50; i++) { // more than the kernel and the channel take
                publisher.send(publish);
            }
            publisher.ping();
            Wait.until(
                    () -> "the broker's ends are closed; open descriptors " + Memory.descriptors() + " of "
                            + descriptors,
                    () -> Memory.descriptors() <= descriptors - clients + 2);
        }
        mute.forEach(Peer::close);
    }

    private static List<Peer> mute(int count, int qos, String topic) {
        List<Peer> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Peer p = Peer.open(BROKER.port(), 8_192);
            p.connect(Bytes.Connect.of(4, "mute-" + qos + "-" + i));
            p.subscribe(qos, topic);
            all.add(p);
        }
        return all;
    }
}
