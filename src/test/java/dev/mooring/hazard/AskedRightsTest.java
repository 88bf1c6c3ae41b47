package dev.mooring.hazard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.password4j.BcryptFunction;
import dev.mooring.TestBroker;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What clients may do, where somebody else knows it: an HTTP server, a Redis; a DynamoDB in DynamoDbLoginTest. */
class AskedRightsTest {
    private static final String SECRET =
            BcryptFunction.getInstance(4).hash("secret").getResult();

    enum Kind {
        HTTP(RuleTable.Http::new),
        REDIS(RuleTable.Redis::new);

        private final Supplier<RuleTable> start;

        Kind(Supplier<RuleTable> start) {
            this.start = start;
        }
    }

    private static String users(String... names) {
        StringBuilder users = new StringBuilder("[");
        for (String name : names) {
            users.append(users.length() == 1 ? "" : ", ")
                    .append("{\"username\": \"" + name + "\", \"password_hash\": \"" + SECRET + "\"}");
        }
        return users.append("]").toString();
    }

    /** The user boss may do everything by the configuration, all others what the table says. */
    private static String configuration(RuleTable table, String refresh) {
        return "{\"pools\": " + table.pools() + ", \"auth\": {\"users\": " + users("ann", "bob", "boss")
                + ", \"acl\": {\"sources\": [" + table.source() + "], \"refresh_s\": " + refresh
                + ", \"rules\": [{\"permission\": \"allow\", \"topics\": [\"#\"], \"users\": [\"boss\"]}]}}}";
    }

    private static byte[] connect(String username, Bytes.Will will) {
        int flags = 0xC2 | (will == null ? 0 : 4);
        byte[] head = Bytes.join(Bytes.text("MQTT"), Bytes.u8(5, flags), Bytes.u16(0), Bytes.block(Bytes.u8()));
        byte[] last = will == null
                ? new byte[0]
                : Bytes.join(Bytes.block(Bytes.u8()), Bytes.text(will.topic()), Bytes.text(will.payload()));
        return Bytes.packet(0x10, head, Bytes.text("id-" + username), last, Bytes.text(username), Bytes.text("secret"));
    }

    private static int login(TestBroker broker, String username, Bytes.Will will) {
        try (Peer p = Peer.open(broker.port()).version(5)) {
            return p.send(connect(username, will)).expect(Frame.CONNACK).reason();
        }
    }

    private static Peer online(TestBroker broker, String username, Bytes.Will will) {
        Peer p = Peer.open(broker.port()).version(5);
        assertThat(p.send(connect(username, will)).expect(Frame.CONNACK).reason())
                .isZero();
        return p;
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    @DisplayName("PUBLISH, SUBSCRIBE, shared subscriptions, Wills and retained messages: all by what the table says")
    void granted(Kind kind) {
        try (RuleTable table = kind.start.get()) {
            granted(table);
        }
    }

    static void granted(RuleTable table) {
        try (TestBroker broker = TestBroker.start(configuration(table, "0"))) {
            table.put("ann", Map.of("of/%u/#", "all", "out/+", "subscribe", "in", "publish", "by/%c", "publish"));
            try (Peer boss = online(broker, "boss", null);
                    Peer ann = online(broker, "ann", null)) {
                boss.retain("out/kept", "yes").retain("private", "no");
                for (String filter : new String[] {"of/ann/x", "$share/g/out/a", "out/+"}) {
                    assertThat(ann.subscribe(0, filter).granted(0)).as(filter).isZero();
                }
                ann.expectPublish("yes");
                for (String filter : new String[] {"#", "out/#", "private", "in", "of/+/x", "$share/g/#", "$SYS/#"}) {
                    assertThat(ann.subscribe(0, filter).granted(0)).as(filter).isEqualTo(0x87);
                }
                for (String topic : new String[] {"in", "of/ann/y", "by/id-ann"}) {
                    ann.send(Bytes.publish(5, topic, "x", 1, 1));
                    assertThat(ann.expect(Frame.PUBACK).reason()).as(topic).isLessThan(0x80);
                }
                for (String topic : new String[] {"out/a", "of/bob/y", "by/id-bob", "private"}) {
                    ann.send(Bytes.publish(5, topic, "x", 1, 1));
                    assertThat(ann.expect(Frame.PUBACK).reason()).as(topic).isEqualTo(0x87);
                }
                boss.retain("out/kept", "").retain("private", "");
            }
            assertThat(login(broker, "ann", new Bytes.Will("in", "w"))).isZero();
            assertThat(login(broker, "ann", new Bytes.Will("out/a", "w"))).isEqualTo(0x87);
            table.put("bob", Map.of());
            try (Peer bob = online(broker, "bob", null)) {
                assertThat(bob.subscribe(0, "out/a").granted(0))
                        .as("no row, no rights")
                        .isEqualTo(0x87);
            }
            table.put("bob", Map.of("out/a", "erase"));
            assertThat(login(broker, "bob", null))
                    .as("a rule that can't be read")
                    .isEqualTo(0x88);
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    @DisplayName("what the table takes away or gives counts for connected clients within refresh_s")
    void refreshed(Kind kind) {
        try (RuleTable table = kind.start.get()) {
            refreshed(table);
        }
    }

    static void refreshed(RuleTable table) {
        try (TestBroker broker = TestBroker.start(configuration(table, "1"))) {
            table.put("ann", Map.of("out/#", "subscribe"));
            try (Peer boss = online(broker, "boss", null);
                    Peer ann = online(broker, "ann", null)) {
                ann.subscribe(0, "out/#");
                table.put("ann", Map.of("out/b", "subscribe"));
                await().until(() -> ann.subscribe(0, "out/a").granted(0) == 0x87);
                boss.publish("out/a", "no");
                assertThat(ann.subscribe(0, "out/b").granted(0)).isZero();
                boss.publish("out/b", "yes");
                ann.expectPublish("yes");
                table.put("ann", Map.of("out/#", "subscribe"));
                await().until(() -> ann.subscribe(0, "out/a").granted(0) == 0);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    @DisplayName("a Will is asked about when it is due, though nobody has refreshed anything")
    void willAtPublication(Kind kind) {
        try (RuleTable table = kind.start.get()) {
            willAtPublication(table);
        }
    }

    static void willAtPublication(RuleTable table) {
        try (TestBroker broker = TestBroker.start(configuration(table, "0"))) {
            table.put("ann", Map.of("will/ann", "publish"));
            table.put("bob", Map.of("will/bob", "publish"));
            try (Peer boss = online(broker, "boss", null)) {
                boss.subscribe(0, "will/#");
                Peer ann = online(broker, "ann", new Bytes.Will("will/ann", "never"));
                Peer bob = online(broker, "bob", new Bytes.Will("will/bob", "due"));
                table.put("ann", Map.of());
                ann.abort();
                Wait.until(
                        "the Will refused",
                        () -> broker.broker().metrics().willsDenied.sum() == 1);
                bob.abort();
                boss.expectPublish("due");
            }
        }
    }

    @Test
    @DisplayName("while nobody can say what clients may do nobody comes in, and who is in keeps what he had")
    void away() {
        try (RuleTable.Http table = new RuleTable.Http();
                TestBroker broker = TestBroker.start(configuration(table, "1"))) {
            table.put("ann", Map.of("out/#", "subscribe", "will", "publish"));
            try (Peer boss = online(broker, "boss", null);
                    Peer ann = online(broker, "ann", null)) {
                table.status.set(500);
                table.put("ann", Map.of());
                assertThat(login(broker, "bob", null)).isEqualTo(0x88);
                assertThat(broker.broker().metrics().authenticationsFailed.sum())
                        .isEqualTo(1);
                assertThat(ann.subscribe(0, "out/a").granted(0)).isZero();
                boss.publish("out/a", "still");
                ann.expectPublish("still");
                table.status.set(200);
                await().until(() -> ann.subscribe(0, "out/a").granted(0) == 0x87);
                assertThat(login(broker, "bob", null)).isZero();
            }
        }
    }

    @Test
    @DisplayName("Redis: away at the start, its listener stays closed; killed, it is asked again as soon as it is back")
    void redisAway() {
        try (RuleTable.Redis table = new RuleTable.Redis()) {
            table.process.kill9();
            try (TestBroker broker = TestBroker.start(configuration(table, "1"))) {
                assertThat(broker.broker().ports().get(0)).isZero();
                table.process.restart();
                table.put("ann", Map.of("out", "subscribe"));
                await().until(() -> broker.broker().ports().get(0) != 0);
                try (Peer ann = Peer.open(broker.broker().ports().get(0)).version(5)) {
                    assertThat(ann.send(connect("ann", null))
                                    .expect(Frame.CONNACK)
                                    .reason())
                            .isZero();
                    assertThat(ann.subscribe(0, "out").granted(0)).isZero();
                }
            }
        }
    }

    @Test
    @DisplayName("a reload asks everybody anew: other sources, or none, count for who is connected")
    void reload() {
        try (RuleTable.Http one = new RuleTable.Http();
                RuleTable.Http other = new RuleTable.Http();
                TestBroker broker = TestBroker.start(configuration(one, "0"))) {
            one.put("ann", Map.of("one", "subscribe"));
            other.put("ann", Map.of("other", "subscribe"));
            try (Peer ann = online(broker, "ann", null)) {
                assertThat(ann.subscribe(0, "one", "other").granted(1)).isEqualTo(0x87);
                broker.reload(configuration(other, "0"));
                await().until(() -> ann.subscribe(0, "other").granted(0) == 0);
                assertThat(ann.subscribe(0, "one").granted(0)).isEqualTo(0x87);
                broker.reload("{\"auth\": {\"users\": " + users("ann") + ", \"acl\": {\"no_match\": \"deny\"}}}");
                assertThat(ann.subscribe(0, "other").granted(0)).isEqualTo(0x87);
            }
        }
    }

    @Test
    @DisplayName("a reload while a client is being asked about: the new ones are asked, and it comes in")
    void reloadMeanwhile() {
        try (RuleTable.Http silent = new RuleTable.Http();
                RuleTable.Http other = new RuleTable.Http();
                TestBroker broker = TestBroker.start(configuration(silent, "0"))) {
            silent.status.set(0);
            other.put("ann", Map.of("other", "subscribe"));
            try (Peer ann = Peer.open(broker.port()).version(5)) {
                ann.send(connect("ann", null));
                Wait.until("a question", () -> silent.question.get() != null);
                broker.reload(configuration(other, "0"));
                assertThat(ann.expect(Frame.CONNACK).reason()).isZero();
                assertThat(ann.subscribe(0, "other").granted(0)).isZero();
            }
        }
    }

    @Test
    @DisplayName("HTTP: what the server is asked; a name that nobody has proven is not told")
    void question() {
        try (RuleTable.Http table = new RuleTable.Http();
                TestBroker broker =
                        TestBroker.start("{\"auth\": {\"acl\": {\"sources\": [" + table.source() + "]}}}")) {
            online(broker, "mallory", null).close();
            assertThat(table.question.get().getMap())
                    .containsEntry("clientid", "id-mallory")
                    .containsEntry("username", null)
                    .containsEntry("address", "127.0.0.1")
                    .containsEntry("listener", "tcp")
                    .hasSize(4);
            Wait.until(
                    "mallory gone", () -> broker.broker().metrics().connections.get() == 0);
            broker.reload(configuration(table, "0"));
            online(broker, "bob", null).close();
            assertThat(table.question.get().getString("username")).isEqualTo("bob");
            for (int status : new int[] {204, 302, 401, 500}) {
                table.status.set(status);
                assertThat(login(broker, "bob", null)).as("%d", status).isEqualTo(status == 204 ? 0 : 0x88);
            }
        }
    }
}
