package dev.mooring.hazard;

import static dev.mooring.hazard.RuleTable.DynamoDb.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.password4j.BcryptFunction;
import dev.mooring.TestBroker;
import dev.mooring.dynamodb.NeedsNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Users whom a DynamoDB knows, and what they may do. */
@NeedsNode
class DynamoDbLoginTest {
    private static String configuration(RuleTable.DynamoDb table, String more) {
        return "{\"pools\": " + table.pools() + ", \"auth\": {\"chain\": [{\"type\": \"dynamodb\", \"pool\": \"other\""
                + more + "}]}}";
    }

    private static int login(TestBroker broker, String username, String password) {
        return LoginTest.login(broker.broker().ports().get(0), 5, username, password);
    }

    @Test
    @DisplayName("mqtt_user with hashes of all kinds, and mqtt_acl, as other programs write them")
    void users() throws Exception {
        byte[] digest = MessageDigest.getInstance("SHA-256").digest("saltsecret".getBytes(StandardCharsets.UTF_8));
        String salted = HexFormat.of().formatHex(digest);
        String bcrypt = BcryptFunction.getInstance(4).hash("secret").getResult();
        try (RuleTable.DynamoDb table = new RuleTable.DynamoDb();
                TestBroker broker = TestBroker.start(configuration(table, ""))) {
            table.putUser("ann", Map.of("password_hash", text(salted), "salt", text("salt")));
            table.putUser("bob", Map.of("password", text(bcrypt)));
            table.putUser("bad", Map.of("password_hash", text("zz"), "salt", text("x")));
            table.putUser(
                    "set",
                    Map.of(
                            "password_hash",
                            AttributeValue.builder().ss("a", "b").build()));
            Map<String, AttributeValue> root = Map.of(
                    "password_hash",
                    text(bcrypt),
                    "is_superuser",
                    AttributeValue.builder().bool(true).build());
            table.putUser("root", root);
            table.putUser(
                    "root1",
                    Map.of(
                            "password_hash",
                            text(bcrypt),
                            "is_superuser",
                            AttributeValue.builder().n("1").build()));
            table.put("ann", Map.of("a/%u", "subscribe", "b", "2", "c", "{\"action\": \"all\", \"qos\": 1}"));
            table.put("bob", Map.of("a", "erase"));
            assertThat(login(broker, "ann", "secret")).isZero();
            assertThat(login(broker, "ann", "wrong")).isEqualTo(0x86);
            assertThat(login(broker, "nobody", "secret")).isEqualTo(0x86);
            assertThat(login(broker, "set", "secret")).isEqualTo(0x86);
            assertThat(login(broker, "bad", "secret")).isEqualTo(0x88);
            assertThat(login(broker, "bob", "secret"))
                    .as("rules that can't be read")
                    .isEqualTo(0x88);
            assertThat(login(broker, "n".repeat(3_000), "secret"))
                    .as("no key is so long")
                    .isEqualTo(0x86);
            assertThat(login(broker, "root1", "secret")).isZero();
            try (Peer p = Peer.open(broker.port()).version(5)) {
                p.send(LoginTest.connect(5, "ann", "secret"));
                assertThat(p.expect(Frame.CONNACK).reason()).isZero();
                assertThat(p.subscribe(0, "a/ann").granted(0)).isZero();
                assertThat(p.subscribe(0, "a/+").granted(0)).isEqualTo(0x87);
                assertThat(p.subscribe(0, "c").granted(0)).isEqualTo(0x87);
                assertThat(p.subscribe(1, "c").granted(0)).isEqualTo(1);
                p.send(Bytes.publish(5, "b", "x", 1, 1));
                assertThat(p.expect(Frame.PUBACK).reason()).isLessThan(0x80);
                p.send(Bytes.publish(5, "a/ann", "x", 1, 1));
                assertThat(p.expect(Frame.PUBACK).reason()).isEqualTo(0x87);
            }
            try (Peer p = Peer.open(broker.port()).version(5)) {
                p.send(LoginTest.connect(5, "root", "secret"));
                assertThat(p.expect(Frame.CONNACK).reason()).isZero();
                assertThat(p.subscribe(0, "#", "$SYS/#").granted(1)).isZero();
            }
        }
    }

    @Test
    @DisplayName("rights in mqtt_acl, whoever has let the client in: all that AskedRightsTest asks of others")
    void rights() {
        try (RuleTable table = new RuleTable.DynamoDb()) {
            AskedRightsTest.granted(table);
            AskedRightsTest.refreshed(table);
            AskedRightsTest.willAtPublication(table);
        }
    }

    @Test
    @DisplayName("a missing table that may not be created keeps the listener closed until it is there")
    void missingTable() {
        try (RuleTable.DynamoDb table = new RuleTable.DynamoDb()) {
            try (TestBroker creates = TestBroker.start(configuration(table, ""))) {
                assertThat(creates.port()).isPositive();
            }
            table.drop("mqtt_user");
            String kept =
                    configuration(table, "").replace("\"table_prefix\"", "\"create_tables\": false, \"table_prefix\"");
            try (TestBroker broker = TestBroker.start(kept)) {
                assertThat(broker.port()).isZero();
                table.create("mqtt_user");
                await().until(() -> broker.broker().ports().get(0) != 0);
                assertThat(login(broker, "ann", "secret")).isEqualTo(0x86);
            }
        }
    }
}
