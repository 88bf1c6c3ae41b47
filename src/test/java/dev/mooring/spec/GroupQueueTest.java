package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.subscribe;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.TestBroker;
import dev.mooring.dynamodb.AwsFaults;
import dev.mooring.dynamodb.AwsFaults.Fault;
import dev.mooring.dynamodb.Dynalite;
import dev.mooring.dynamodb.NeedsNode;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The queue of a shared group in a store that takes everything else. */
@NeedsNode
class GroupQueueTest {
    private final String id = unique("c");
    private final String topic = unique("s/");

    @Test
    @DisplayName("no persistent member of a group is told that it is one before the group's queue is stored: a crash "
            + "would lose what is in it; once it is stored, nothing is lost")
    void isStoredFirst() throws Exception {
        try (AwsFaults aws = AwsFaults.start();
                TestBroker broker = broker(aws.server())) {
            RawClient first = online(broker, id);
            RawClient second = online(broker, unique("d"));
            aws.rule(call -> savesGroup(call) ? Fault.error(500, "InternalServerError", "told to") : Fault.NONE);
            first.send(subscribe(5, 3).filter("$share/g/" + topic, 1));
            second.send(subscribe(5, 3).filter("$share/g/" + topic, 1));
            for (RawClient member : List.of(first, second)) {
                assertThat(member.expect(Frame.SUBACK, 3).reasonCodes).containsExactly(0x80);
            }
            aws.none();
            first.subscribe("$share/g/" + topic, 1);
            first.disconnect();
            second.disconnect();
            RawClient.online(broker.port(), 5, unique("p")).publish(topic, "m", 1);
            broker.restart();
            online(broker, id).expectPublish(topic, "m");
        }
    }

    private static boolean savesGroup(AwsFaults.Call call) {
        if (!call.action().equals("PutItem")) {
            return false;
        }
        JsonObject record = call.body().getJsonObject("Item").getJsonObject("record", new JsonObject());
        byte[] bytes = Base64.getDecoder().decode(record.getString("B", ""));
        return new String(bytes, StandardCharsets.ISO_8859_1).contains("$share/");
    }

    private static RawClient online(TestBroker broker, String id) {
        return RawClient.online(broker.port(), connect(5, id).cleanStart(false).sessionExpiryInterval(60));
    }

    private static TestBroker broker(String server) {
        return TestBroker.start("""
                {"pools": {"state": {"backend": "dynamodb", "region": "us-west-2", "server": "%s",
                   "table_prefix": "%s", "aws_access_key_id": "a", "aws_secret_access_key": "b",
                   "attempt_timeout_ms": 5000, "call_timeout_ms": 10000}},
                 "session": {"pool": "state"}, "limits": {"store_deadline_ms": 3000}}
                """.formatted(server, Dynalite.newPrefix()));
    }
}
