package dev.mooring.hazard;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.mooring.TestBroker;
import io.netty.util.ResourceLeakDetector;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * That the event loops make for each message what the page of {@code dev.mooring.mqtt} names, and no more: by the bytes
 * that they have allocated, which no other load of the machine changes. Bursts of many messages, so that what is made
 * for each turn counts little. A quarter more than what is named there is allowed, for that and for what the compiler
 * has not spared yet.
 */
class GarbageTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int BURST = 100;
    private static final int WARM_UP = 150;
    private static final int BURSTS = 100;
    private static final String PAYLOAD = "x".repeat(256);

    private static ResourceLeakDetector.Level leaks;
    private static TestBroker broker;

    @BeforeAll
    static void start() {
        leaks = ResourceLeakDetector.getLevel();
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED); // it notes where buffers come from
        broker = TestBroker.start("{}");
    }

    @AfterAll
    static void stop() {
        broker.close();
        ResourceLeakDetector.setLevel(leaks);
    }

    @Test
    @DisplayName("QoS 0, several publishers to one subscriber")
    void fanIn() {
        assertThat(perDelivery(4, 1, 0, false)).isLessThan(520);
    }

    @Test
    @DisplayName("QoS 1, a publisher and a subscriber")
    void pairs() {
        assertThat(perDelivery(1, 1, 1, false)).isLessThan(630);
    }

    @Test
    @DisplayName("QoS 1, one publisher to twenty subscribers")
    void fanOut() {
        assertThat(perDelivery(1, 20, 1, false)).isLessThan(89);
    }

    @Test
    @DisplayName("QoS 1, a lasting session")
    void lasting() {
        assertThat(perDelivery(1, 1, 1, true)).isLessThan(1_100);
    }

    /** Bytes that the event loops allocate for a message that one subscriber gets. */
    private static double perDelivery(int publishers, int subscribers, int qos, boolean lasting) {
        String topic = "garbage/" + publishers + "/" + subscribers + "/" + qos + "/" + lasting;
        List<Peer> all = new ArrayList<>();
        for (int i = 0; i < publishers + subscribers; i++) {
            boolean lasts = lasting && i >= publishers;
            String id = topic + "/" + i;
            all.add(Peer.online(broker.port(), lasts ? Bytes.Connect.lasting(4, id) : Bytes.Connect.of(4, id)));
        }
        List<Peer> senders = all.subList(0, publishers);
        List<Peer> receivers = all.subList(publishers, all.size());
        receivers.forEach(r -> r.subscribe(qos, topic));
        byte[][] burst = new byte[BURST][];
        for (int i = 0; i < BURST; i++) {
            burst[i] = Bytes.publish(4, topic, PAYLOAD, qos, i + 1);
        }
        try {
            for (int i = 0; i < WARM_UP; i++) {
                deliver(senders, receivers, qos, burst);
            }
            long before = allocatedByLoops();
            for (int i = 0; i < BURSTS; i++) {
                deliver(senders, receivers, qos, burst);
            }
            long allocated = allocatedByLoops() - before;
            return (double) allocated / BURSTS / BURST / publishers / subscribers;
        } finally {
            all.forEach(Peer::close);
        }
    }

    /** One burst from each, delivered and acknowledged. */
    private static void deliver(List<Peer> senders, List<Peer> receivers, int qos, byte[][] burst) {
        senders.forEach(s -> s.send(burst));
        for (Peer receiver : receivers) {
            List<byte[]> acks = new ArrayList<>();
            for (int i = 0; i < senders.size() * BURST; i++) {
                Frame publish = receiver.expect(Frame.PUBLISH);
                if (qos > 0) {
                    acks.add(Bytes.ack(Frame.PUBACK, publish.packetId()));
                }
            }
            receiver.send(acks.toArray(byte[][]::new));
        }
        for (int i = 0; qos > 0 && i < senders.size() * BURST; i++) {
            senders.get(i / BURST).expect(Frame.PUBACK);
        }
    }

    private static long allocatedByLoops() {
        return Arrays.stream(THREADS.getThreadInfo(THREADS.getAllThreadIds()))
                .filter(t -> t != null && t.getThreadName().startsWith("vert.x-eventloop-thread"))
                .mapToLong(t -> THREADS.getThreadAllocatedBytes(t.getThreadId()))
                .sum();
    }
}
