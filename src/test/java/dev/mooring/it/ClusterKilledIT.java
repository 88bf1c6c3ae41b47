package dev.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.mooring.it.PacketClient.Received;
import io.netty.handler.codec.mqtt.MqttMessageType;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What survivors do for a node that is killed. */
class ClusterKilledIT {
    private static final String WHO_IS_ON_LINE = """
            "hooks": {
              "client.connected": [{"action": {"function": "on_client_connected"}, "pool": "state"}],
              "client.disconnected": [{"action": {"function": "on_client_disconnected"}, "pool": "state"}]}
            """;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    private Path folder;

    private static List<String> received(PacketClient client, int count) {
        List<String> payloads = new ArrayList<>();
        await().atMost(PATIENCE).until(() -> {
            Received p = client.nextWithin(200);
            if (p != null) {
                assertThat(p.type()).isEqualTo(MqttMessageType.PUBLISH);
                client.ack(MqttMessageType.PUBACK, p.packetId());
                payloads.add(p.payload());
            }
            return payloads.size() == count;
        });
        return payloads;
    }

    @Test
    @DisplayName(
            "kill -9: survivors publish each Will once and after its delay, put right who is on line, and forget it")
    void killed() throws Exception {
        try (ClusterProcesses cluster = ClusterProcesses.start(folder, 3, 3, WHO_IS_ON_LINE)) {
            int a = cluster.nodes().get(0).port();
            int b = cluster.nodes().get(1).port();
            int c = cluster.nodes().get(2).port();
            PacketClient watcherA = PacketClient.online(a, Connect.clean("watcher a"));
            PacketClient watcherB = PacketClient.online(b, Connect.v5("watcher b"));
            watcherA.subscribe("will/#", 1);
            watcherB.subscribe("will/#", 1);
            PacketClient.online(c, Connect.clean("w1").will("will/1", "at once", 1, false, 0));
            PacketClient.online(c, Connect.v5("w2").will("will/2", "later", 1, false, 6));
            PacketClient.online(c, Connect.v5("w3").will("will/3", "never", 1, false, 20));
            PacketClient.online(c, Connect.clean("w4")).subscribe("gone", 1);
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat((List<?>) cluster.redis().call("HKEYS", "mqtt:node:node2"))
                            .hasSize(4)
                            .allMatch(name -> List.of("w1", "w2", "w3", "w4").contains(name)));

            cluster.nodes().get(2).kill9();
            PacketClient back = PacketClient.online(a, Connect.v5("w3"));
            assertThat(back.sessionPresent()).isTrue();
            for (int survivor = 0; survivor < 2; survivor++) {
                cluster.nodes().get(survivor).awaitLine(Pattern.compile("node2#\\w+ has left"));
            }
            assertThat(received(watcherA, 2)).containsExactly("at once", "later");
            assertThat(received(watcherB, 2)).containsExactly("at once", "later");
            await().atMost(PATIENCE)
                    .until(() -> ((List<?>) cluster.redis().call("HKEYS", "mqtt:node:node2")).isEmpty());
            assertThat(cluster.redis().call("HGET", "mqtt:client:w2", "state")).isEqualTo("0");
            assertThat(cluster.redis().call("HGET", "mqtt:client:w3", "state")).isEqualTo("1");
            // Of those that end with their connection nothing is left, so nobody else will publish w1's Will.
            await().atMost(PATIENCE)
                    .until(() -> cluster.redis()
                            .call("ZCARD", "mooring:{state}:sessions")
                            .equals(3L));
            PacketClient publisher = PacketClient.online(b, Connect.clean("publisher"));
            publisher.publish("will/end", "end", 1);
            assertThat(received(watcherA, 1)).containsExactly("end");
            assertThat(received(watcherB, 1)).containsExactly("end");
        }
    }
}
