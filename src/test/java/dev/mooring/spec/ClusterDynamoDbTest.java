package dev.mooring.spec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.TestCluster;
import dev.mooring.dynamodb.Dynalite;
import dev.mooring.dynamodb.NeedsNode;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two nodes whose sessions are in DynamoDB. */
@NeedsNode
class ClusterDynamoDbTest {
    private static final String POOL = """
            {"backend": "dynamodb", "region": "us-west-2", "server": "%s", "table_prefix": "%s",
             "aws_access_key_id": "test", "aws_secret_access_key": "test",
             "attempt_timeout_ms": 10000, "call_timeout_ms": 20000}
            """;

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    @DisplayName("a session goes from node to node with its queue, what is in flight, and QoS 2 packet ids")
    void sessionMoves(int qos) {
        try (TestCluster cluster = TestCluster.startOn(POOL.formatted(Dynalite.server(), Dynalite.newPrefix()), 2)) {
            String name = RawClient.unique("d");
            RawClient first = durable(cluster, 1, name);
            first.subscribe(name, qos);
            RawClient publisher = durable(cluster, 0, name + "p");
            List<String> sent = ClusterForwardTest.publish(publisher, name, qos, 3);
            for (String payload : sent) {
                assertThat(first.nextPublish().payloadText()).isEqualTo(payload);
            }
            publisher.send(Packets.publish(5, name + "/once", "x").qos(2, 7));
            publisher.expect(Frame.PUBREC, 7);
            try (RawClient second = durable(cluster, 0, name);
                    RawClient watcher = durable(cluster, 0, name + "w");
                    RawClient again = durable(cluster, 1, name + "p")) {
                first.expectDisconnect(0x8E);
                publisher.expectDisconnect(0x8E);
                watcher.subscribe(name + "/once", 2);
                assertThat(ClusterForwardTest.received(second, 3)).isEqualTo(sent);
                again.send(Packets.publish(5, name + "/once", "x").qos(2, 7).dup());
                again.expect(Frame.PUBREC, 7);
                again.send(Packets.pubrel(7));
                again.expect(Frame.PUBCOMP, 7);
                watcher.ping(); // it was published before the watcher came, and not again
            }
            first.close();
            publisher.close();
        }
    }

    private static RawClient durable(TestCluster cluster, int node, String name) {
        return RawClient.online(
                cluster.node(node).port(),
                Packets.connect(5, name).cleanStart(false).sessionExpiryInterval(3600));
    }
}
