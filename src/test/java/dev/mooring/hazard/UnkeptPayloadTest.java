package dev.mooring.hazard;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the broker allocates for payloads, by what its event loops have allocated in all. */
class UnkeptPayloadTest {
    @RegisterExtension
    static final Victim BROKER = new Victim("{\"auth\": {\"acl\": {\"no_match\": \"allow\", \"rules\": ["
            + "{\"permission\": \"deny\", \"action\": \"publish\", \"topics\": [\"unkept/denied\"]}]}}}");

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int MESSAGES = 500;
    private static final String TINY = "x";
    private static final String PAYLOAD = "x".repeat(16_000); // one segment, one read
    private static final long BYTES = (long) MESSAGES * PAYLOAD.length();

    @Test
    @DisplayName("a payload is copied when somebody is to have it, and else is not")
    void copiedOnlyWhenKept() throws Exception {
        try (Peer publisher = Peer.online(BROKER.port(), Bytes.Connect.of(5, "unkept-publisher"));
                Peer subscriber = Peer.online(BROKER.port(), Bytes.Connect.of(5, "unkept-subscriber"))) {
            subscriber.subscribe(1, "unkept/kept");
            publish(publisher, "unkept/nobody", PAYLOAD, 0x10); // what is made once; and reads become large enough
            long packets = allocatedFor(publisher, "unkept/nobody", TINY, 0x10);
            assertThat(allocatedFor(publisher, "unkept/nobody", PAYLOAD, 0x10) - packets)
                    .isLessThan(BYTES / 2);
            assertThat(allocatedFor(publisher, "unkept/denied", PAYLOAD, 0x87) - packets)
                    .isLessThan(BYTES / 2);
            assertThat(allocatedFor(publisher, "unkept/kept", PAYLOAD, 0) - packets)
                    .isGreaterThan(BYTES);
        }
    }

    private static long allocatedFor(Peer publisher, String topic, String payload, int answer) throws Exception {
        long before = allocatedByLoops();
        publish(publisher, topic, payload, answer);
        return allocatedByLoops() - before;
    }

    private static void publish(Peer publisher, String topic, String payload, int answer) throws Exception {
        for (int i = 1; i <= MESSAGES; i++) {
            publisher.send(Bytes.publish(5, topic, payload, 1, i));
            Frame ack = publisher.expect(Frame.PUBACK, i);
            assertThat(ack.reason()).isEqualTo(answer);
        }
    }

    private static long allocatedByLoops() {
        return Arrays.stream(THREADS.getThreadInfo(THREADS.getAllThreadIds()))
                .filter(t -> t != null && t.getThreadName().startsWith("vert.x-eventloop-thread"))
                .mapToLong(t -> THREADS.getThreadAllocatedBytes(t.getThreadId()))
                .sum();
    }
}
