package dev.mooring.spec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.TestCluster;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A node that stops in order has told the others all before it goes. */
class ClusterLeaveTest {
    private static TestCluster cluster;
    private int leaving;

    @BeforeAll
    static void start() {
        cluster = TestCluster.start(1, "{}");
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @BeforeEach
    void add() {
        cluster.add();
        leaving = cluster.size() - 1;
    }

    private static RawClient watcher(String filter) {
        RawClient watcher = RawClient.online(cluster.node(0).port(), 5, RawClient.unique("watcher"));
        watcher.subscribe(filter, 1);
        return watcher;
    }

    @Test
    @DisplayName("[MQTT-3.1.2-8] Wills of those that a stop sends away reach sessions without state on another node")
    void wills() {
        String name = RawClient.unique("w");
        int port = cluster.node(leaving).port();
        try (RawClient watcher = watcher(name + "/+")) {
            List<String> wills = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                wills.add("will " + i);
                Packets.Connect connect = Packets.connect(5, name + i).will(name + "/" + i, "will " + i, 1, false);
                RawClient.online(port, i % 2 == 0 ? connect : connect.sessionExpiryInterval(60));
            }
            cluster.stop(leaving);
            assertThat(ClusterForwardTest.received(watcher, 40)).containsExactlyInAnyOrderElementsOf(wills);
            watcher.ping();
        }
    }

    @Test
    @DisplayName("what a stop has acknowledged is forwarded; what it has not may be published again elsewhere")
    void forwards() throws Exception {
        String topic = RawClient.unique("f");
        try (RawClient watcher = watcher(topic);
                RawClient absent = RawClient.online(
                        cluster.node(0).port(), Packets.connect(5, topic + "a").sessionExpiryInterval(60))) {
            absent.subscribe(topic, 1); // so that each message has to be stored before it is forwarded
            absent.disconnect();
            RawClient publisher = RawClient.online(cluster.node(leaving).port(), 5, topic + "p");
            for (int i = 1; i <= 1_000; i++) {
                publisher.send(Packets.publish(5, topic, "" + i).qos(1, i));
            }
            Frame first = publisher.read(10_000);
            cluster.stop(leaving);
            List<String> acknowledged = new ArrayList<>();
            for (Frame f = first; f != null && f.type == Frame.PUBACK; f = publisher.read(1_000)) {
                acknowledged.add("" + f.packetId);
            }
            assertThat(acknowledged).isNotEmpty();
            List<String> received = ClusterForwardTest.received(watcher, acknowledged.size());
            assertThat(received).startsWith(acknowledged.toArray(new String[0]));
            publisher.close();
        }
    }
}
