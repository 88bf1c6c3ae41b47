package dev.mooring.hazard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Hazard 12 and CVE-2024-48077: more comes in than the store can take. */
class FloodingPublisherTest {
    @RegisterExtension
    static final Victim BROKER = new Victim("{\"pools\": {\"local\": {\"sync\": \"always\"}},"
            + " \"limits\": {\"store_queue\": {\"ops_max\": 400, \"bytes_max\": 1048576}}}");

    private static final int PUBLISHERS = 8;
    private static final int CHECK_EVERY_MS = 200;
    private static final int MESSAGES = 400; // of each, fewer than the receive maximum: that does not hold them back

    @ParameterizedTest
    @CsvSource({"4, 1", "5, 2"})
    @DisplayName(
            "128 MB for an offline session as fast as it goes: the sockets wait, memory does not grow, all is stored")
    void storeIsSlower(int version, int qos) throws Exception {
        String topic = "flooding/" + version + qos;
        Bytes.Connect reader = Bytes.Connect.lasting(4, "flooding-reader-" + version + qos);
        try (Peer p = Peer.online(BROKER.port(), reader)) {
            p.subscribe(1, topic);
            p.disconnect();
        }
        flood(Bytes.Connect.of(version, "flooding-warm-up"), "flooding/nobody", qos); // Netty takes what it keeps
        Memory memory = new Memory();
        Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
        List<Thread> publishers = new ArrayList<>();
        for (int i = 0; i < PUBLISHERS; i++) {
            String id = topic + "/" + i;
            Thread publisher = new Thread(() -> flood(Bytes.Connect.of(version, id), topic, qos));
            publisher.setUncaughtExceptionHandler((t, e) -> failures.add(e));
            publishers.add(publisher);
            publisher.start();
        }
        for (Thread publisher : publishers) {
            while (publisher.isAlive()) {
                BROKER.checkWitness();
                memory.assertGrownByLessThan(25 * Memory.MB);
                publisher.join(CHECK_EVERY_MS); // a look at memory stops everything for a while
            }
        }
        assertThat(failures).isEmpty();
        try (Peer p = Peer.online(BROKER.port(), reader)) {
            for (int i = 0; i < PUBLISHERS * MESSAGES; i++) {
                Frame f = p.expect(Frame.PUBLISH);
                p.send(Bytes.ack(Frame.PUBACK, f.packetId()));
            }
            p.ping();
        }
    }

    private static void flood(Bytes.Connect connect, String topic, int qos) {
        String payload = "x".repeat(40_000);
        try (Peer p = Peer.online(BROKER.port(), connect)) {
            for (int i = 1; i <= MESSAGES; i++) {
                p.send(Bytes.publish(connect.version(), topic, payload, qos, i));
            }
            for (int i = 1; i <= MESSAGES; i++) {
                p.expect(qos == 1 ? Frame.PUBACK : Frame.PUBREC, i);
            }
        }
    }
}
