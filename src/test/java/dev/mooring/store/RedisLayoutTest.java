package dev.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.mooring.message.IdFormat;
import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.TimestampUnit;
import dev.mooring.redis.RedisCli;
import dev.mooring.store.redis.RedisConfig;
import dev.mooring.store.redis.RedisStore;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What other programs see: keys, types, fields and their order, and how long it stays, by a client that is not ours.
 */
class RedisLayoutTest extends StoreHarness {
    private static final int MAX_PER_TOPIC = 128;
    private static final String ID1 = id(1).toString();
    private static final String ID2 = id(2).toString();

    @RegisterExtension
    static final TestRedis REDIS = TestRedis.single();

    private final RedisCli raw = REDIS.cli();

    private RedisConfig.RetainFormat retainFormat = RedisConfig.RetainFormat.ZSET;
    private IdFormat idFormat = IdFormat.BASE62;
    private TimestampUnit unit = TimestampUnit.S;
    private RedisStore redis;

    @AfterEach
    void close() {
        raw.close();
    }

    @Override
    Store newStore() {
        RedisConfig d = REDIS.config();
        redis = new RedisStore(
                REDIS.vertx(),
                new RedisConfig(
                        d.type(),
                        d.servers(),
                        d.masterName(),
                        d.database(),
                        d.username(),
                        d.password(),
                        d.sentinelUsername(),
                        d.sentinelPassword(),
                        d.tls(),
                        d.resp(),
                        d.minReplicas(),
                        d.waitTimeoutMs(),
                        d.connectTimeoutMs(),
                        d.commandTimeoutMs(),
                        MAX_PER_TOPIC,
                        retainFormat,
                        idFormat,
                        unit,
                        d.owner()));
        return new OnContext(REDIS.vertx(), redis);
    }

    // ---- the client that is not ours

    /** The answer flat, nil as "null". */
    private List<String> cli(Object... words) {
        Object answer = raw.call(words);
        return answer instanceof List<?> all
                ? all.stream().map(String::valueOf).toList()
                : List.of(String.valueOf(answer));
    }

    private long ttl(String key) {
        return raw.number("TTL", key);
    }

    /** Of the documented layout. */
    private List<String> keys() {
        return cli("KEYS", "mqtt:*").stream().sorted().toList();
    }

    private static String second(long ms) {
        return Long.toString(ms / 1000);
    }

    private static StoreOp publish(long n, String topic) {
        return new StoreOp.MessagePublish(message(n, topic), NOW_MS + HOUR_MS);
    }

    private static String[] fields(long n, String topic, String retain) {
        return new String[] {
            "id",
            id(n).toString(),
            "from",
            "publisher",
            "qos",
            "1",
            "topic",
            topic,
            "payload",
            "payload " + n,
            "ts",
            second(NOW_MS),
            "retain",
            retain
        };
    }

    // ---- tests

    @Test
    @DisplayName(
            "mqtt:client and mqtt:node: state, times and \"undefined\"; a disconnect removes the field of the node")
    void presence() throws Exception {
        done(new StoreOp.ClientConnected("emqx@127.0.0.1", "sub_client", 1542272836));
        assertThat(keys()).containsExactly("mqtt:client:sub_client", "mqtt:node:emqx@127.0.0.1");
        assertThat(cli("HGETALL", "mqtt:node:emqx@127.0.0.1")).containsExactly("sub_client", "1542272836");
        assertThat(cli("HGETALL", "mqtt:client:sub_client"))
                .containsExactly(
                        "state", "1", "online_at", "1542272836", "offline_at", "undefined", "node", "emqx@127.0.0.1");
        done(new StoreOp.ClientDisconnected("emqx@127.0.0.1", "sub_client", 1542272835, 1542272900));
        assertThat(cli("HGET", "mqtt:client:sub_client", "state")).containsExactly("1");
        done(new StoreOp.ClientDisconnected("emqx@127.0.0.1", "sub_client", 1542272836, 1542272900));
        assertThat(cli("HGETALL", "mqtt:client:sub_client"))
                .containsExactly(
                        "state", "0", "online_at", "1542272836", "offline_at", "1542272900", "node", "emqx@127.0.0.1");
        assertThat(keys()).containsExactly("mqtt:client:sub_client");
    }

    @Test
    @DisplayName("offline_at is read as \"not yet\" when it is undefined, empty, 0 or missing")
    void notYetOffline() throws Exception {
        for (String never : List.of("undefined", "", "0")) {
            cli("HSET", "mqtt:client:" + never, "state", "0", "online_at", "7", "offline_at", never, "node", "n");
        }
        cli("HSET", "mqtt:client:missing", "state", "0", "online_at", "7", "node", "n");
        cli("HSET", "mqtt:client:was", "state", "0", "online_at", "7", "offline_at", "9", "node", "n");
        cli("HSET", "mqtt:client:is", "state", "1", "online_at", "7", "offline_at", "9", "node", "n");
        List<StoreOp> found = new ArrayList<>();
        for (String after = ""; after != null; ) {
            StoreReply.RuleData page = (StoreReply.RuleData) apply(new StoreOp.RuleDataScan(after, 100));
            found.addAll(page.writes());
            after = page.nextAfter();
        }
        assertThat(found)
                .containsExactlyInAnyOrder(
                        new StoreOp.ClientDisconnected("n", "undefined", 7, 0),
                        new StoreOp.ClientDisconnected("n", "", 7, 0),
                        new StoreOp.ClientDisconnected("n", "0", 7, 0),
                        new StoreOp.ClientDisconnected("n", "missing", 7, 0),
                        new StoreOp.ClientDisconnected("n", "was", 7, 9),
                        new StoreOp.ClientConnected("n", "is", 7));
    }

    @Test
    @DisplayName("mqtt:sub is read as applications write it: QoS clamped, what is no filter left out")
    void subscriptions() throws Exception {
        cli("HSET", "mqtt:sub:sub_client", "sub_client/upstream", "1", "sub_client/#", "7", "a/#/b", "1", "x", "many");
        assertThat(((StoreReply.Subscriptions) apply(new StoreOp.SubscribeLookup("sub_client"))).subscriptions())
                .extracting(s -> s.filter().text() + " " + s.qos())
                .containsExactlyInAnyOrder("sub_client/upstream 1", "sub_client/# 2");
    }

    @Test
    @DisplayName("mqtt:msg: seven fields in their order, score 1, both with a life; a queue's ack leaves nothing")
    void publishAndAck() throws Exception {
        done(publish(1, "queue/a"), publish(2, "queue/a"));
        assertThat(keys()).containsExactly("mqtt:msg:" + ID1, "mqtt:msg:" + ID2, "mqtt:msg:queue/a");
        assertThat(cli("ZRANGE", "mqtt:msg:queue/a", "0", "-1", "WITHSCORES")).containsExactly(ID1, "1", ID2, "1");
        assertThat(cli("HGETALL", "mqtt:msg:" + ID1)).containsExactly(fields(1, "queue/a", "false"));
        assertThat(ttl("mqtt:msg:" + ID1)).isCloseTo(hourLeft(), within(2L));
        assertThat(ttl("mqtt:msg:queue/a")).isBetween(hourLeft(), hourLeft() * 5 / 4 + 2);
        done(new StoreOp.MessagePublish(message(3, "queue/a"), System.currentTimeMillis() + 60_000));
        assertThat(ttl("mqtt:msg:queue/a")).as("not shortened").isBetween(hourLeft(), hourLeft() * 5 / 4 + 2);
        done(new StoreOp.AckedForQueue("c", "queue/a", id(1)), new StoreOp.AckedForQueue("c", "queue/a", id(2)));
        done(new StoreOp.AckedForQueue("c", "queue/a", id(3)));
        assertThat(keys()).isEmpty();
    }

    @Test
    @DisplayName("properties of MQTT 5 stand behind the seven fields, and come back whole")
    void properties() throws Exception {
        done(new StoreOp.MessagePublish(richMessage(1, "t"), NOW_MS + HOUR_MS));
        List<String> fields = cli("HGETALL", "mqtt:msg:" + ID1);
        assertThat(fields.subList(0, 13))
                .containsSequence("id", ID1, "from", "p:{}*\u00fc", "qos", "2", "topic", "t", "payload");
        assertThat(cli("HKEYS", "mqtt:msg:" + ID1).subList(7, 13))
                .containsExactly(
                        "p:payload_format",
                        "p:content_type",
                        "p:response_topic",
                        "p:correlation_data",
                        "p:user_properties",
                        "p:expires_at");
        assertThat(cli("HGET", "mqtt:msg:" + ID1, "p:user_properties"))
                .containsExactly("[[\"a\",\"1\"],[\"a\",\"2\"],[\"\",\"\u00e4\"]]");
        assertThat(text(messages(new StoreOp.FetchForQueue("c", filter("t"), MessageId.ZERO, 10))
                        .get(0)))
                .isEqualTo(text(richMessage(1, "t")));
    }

    @Test
    @DisplayName("mqtt:acked: 0 for nothing yet, then the id; on_acked_delete removes it, under a wildcard as well")
    void positions() throws Exception {
        apply(new StoreOp.FetchForPubsub("c", filter("pubsub/a"), MessageId.ZERO, MessageId.MAX, 100));
        assertThat(cli("GET", "mqtt:acked:c:pubsub/a")).containsExactly("0");
        done(publish(1, "pubsub/a"), publish(2, "pubsub/a"), new StoreOp.AckedForPubsub("c", "pubsub/a", id(2)));
        done(new StoreOp.AckedForPubsub("c", "pubsub/a", id(1)));
        assertThat(cli("GET", "mqtt:acked:c:pubsub/a")).containsExactly(ID2);
        apply(new StoreOp.FetchForPubsub("d", filter("pubsub/a"), MessageId.ZERO, id(1), 100));
        assertThat(cli("GET", "mqtt:acked:d:pubsub/a")).containsExactly(ID1);
        done(new StoreOp.AckedDelete("c", filter("pubsub/#")), new StoreOp.AckedDelete("d", filter("pubsub/a")));
        assertThat(cli("KEYS", "m*:acked:*")).isEmpty();
    }

    @Test
    @DisplayName("client ids and topics with colons never share a position")
    void positionsApart() throws Exception {
        done(new StoreOp.AckedForPubsub("a:b", "c", id(1)), new StoreOp.AckedForPubsub("a", "b:c", id(2)));
        done(
                new StoreOp.AckedForPubsub("00:1f", "pubsub/x:y", id(3)),
                new StoreOp.AckedForPubsub("a:x/y", "t/u", id(4)));
        assertThat(keys()).containsExactly("mqtt:acked:00:1f:pubsub/x:y", "mqtt:acked:a:b:c");
        assertThat(cli("GET", "mqtt:acked:a:b:c")).containsExactly(ID1);
        done(new StoreOp.AckedDelete("a", filter("b:c")), new StoreOp.AckedDelete("a:x/y", filter("#")));
        assertThat(cli("GET", "mqtt:acked:a:b:c")).containsExactly(ID1);
        assertThat(cli("KEYS", "mooring:position:*")).isEmpty();
    }

    @Test
    @DisplayName("mqtt:retain in each form, with its body, for good; whatever form was there is read and replaced")
    void retain() throws Exception {
        for (RedisConfig.RetainFormat format : RedisConfig.RetainFormat.values()) {
            retainFormat = format;
            restart();
            done(new StoreOp.MessageRetain(message(1, "r")), new StoreOp.MessageRetain(message(2, "r")));
            assertThat(keys()).containsExactly("mqtt:msg:" + ID2, "mqtt:retain:r");
            assertThat(cli("HGETALL", "mqtt:msg:" + ID2)).containsExactly(fields(2, "r", "true"));
            assertThat(ttl("mqtt:msg:" + ID2)).isEqualTo(-1);
            assertThat(ttl("mqtt:retain:r")).isEqualTo(-1);
            switch (format) {
                case ZSET ->
                    assertThat(cli("ZRANGE", "mqtt:retain:r", "0", "-1", "WITHSCORES"))
                            .containsExactly(ID2, "1");
                case STRING -> assertThat(cli("GET", "mqtt:retain:r")).containsExactly(ID2);
                case HASH -> assertThat(cli("HGETALL", "mqtt:retain:r")).containsExactly(fields(2, "r", "true"));
            }
            for (RedisConfig.RetainFormat other : RedisConfig.RetainFormat.values()) {
                retainFormat = other;
                restart();
                assertThat(ids(messages(new StoreOp.RetainLookup(filter("r"), "", 9))))
                        .isEqualTo(ids(2));
            }
        }
        done(new StoreOp.RetainDelete("r"));
        assertThat(keys()).isEmpty();
    }

    @Test
    @DisplayName("published and retained share a body: it stays for the retained key, then for the index")
    void retainAndPublish() throws Exception {
        StoreOp[] both = {
            new StoreOp.MessagePublish(richMessage(1, "r"), NOW_MS + HOUR_MS / 2),
            new StoreOp.MessageRetain(richMessage(1, "r"))
        };
        done(both);
        done(both);
        done(both[1], both[0]);
        assertThat(ttl("mqtt:msg:" + ID1)).as("its own expiry").isCloseTo(hourLeft(), within(2L));
        done(new StoreOp.AckedForQueue("c", "r", id(1)));
        assertThat(keys()).containsExactly("mqtt:msg:" + ID1, "mqtt:retain:r");
        done(publish(2, "r"), new StoreOp.MessageRetain(message(2, "r")));
        assertThat(keys()).containsExactly("mqtt:msg:" + ID2, "mqtt:msg:r", "mqtt:retain:r");
        assertThat(ttl("mqtt:msg:" + ID2)).isEqualTo(-1);
        done(new StoreOp.MessageRetain(message(3, "r")));
        assertThat(ttl("mqtt:msg:" + ID2)).as("as the index").isBetween(hourLeft() - 2, hourLeft() * 5 / 4 + 2);
        long dayMs = 24 * HOUR_MS;
        done(new StoreOp.MessagePublish(message(4, "r"), NOW_MS + dayMs), new StoreOp.MessageRetain(message(4, "r")));
        done(new StoreOp.RetainDelete("r"));
        assertThat(ttl("mqtt:msg:" + id(4)))
                .as("no shorter life than it was promised")
                .isGreaterThan(23 * 3600L);
    }

    @Test
    @DisplayName("mqtt:latest_msg: the seven fields of the newest, nothing of the one before")
    void latest() throws Exception {
        done(
                new StoreOp.MessageStoreKeepLatest(richMessage(1, "l"), NOW_MS + HOUR_MS),
                new StoreOp.MessageStoreKeepLatest(message(2, "l"), NOW_MS + HOUR_MS));
        assertThat(cli("HGETALL", "mqtt:latest_msg:l")).containsExactly(fields(2, "l", "false"));
        assertThat(ttl("mqtt:latest_msg:l")).isCloseTo(hourLeft(), within(2L));
        assertThat(keys()).containsExactly("mqtt:latest_msg:l");
    }

    @Test
    @DisplayName("a topic that looks like a message id leaves that message alone")
    void topicLikeId() throws Exception {
        done(publish(1, "t"), publish(2, ID1), new StoreOp.MessageRetain(message(3, ID1)));
        assertThat(cli("HGETALL", "mqtt:msg:" + ID1)).containsExactly(fields(1, "t", "false"));
        assertThat(ids(messages(new StoreOp.FetchForQueue("c", filter(ID1), MessageId.ZERO, 9))))
                .isEqualTo(ids(2));
        done(new StoreOp.AckedForQueue("c", ID1, id(2)));
        assertThat(keys()).contains("mqtt:msg:" + ID1, "mqtt:msg:t").doesNotContain("mqtt:msg:" + ID2);
    }

    @Test
    @DisplayName("emqx4 and ms: ids of 47 characters with scores in milliseconds, times in milliseconds")
    void emqx4() throws Exception {
        idFormat = IdFormat.EMQX4;
        unit = TimestampUnit.MS;
        restart();
        String text = IdFormat.EMQX4.text(id(1));
        done(publish(1, "q"), publish(2, "q"), new StoreOp.ClientConnected("n", "c", 7));
        assertThat(cli("ZSCORE", "mqtt:msg:q", text)).containsExactly(Long.toString(NOW_MS));
        assertThat(cli("HMGET", "mqtt:msg:" + text, "id", "ts")).containsExactly(text, Long.toString(NOW_MS));
        assertThat(cli("HGET", "mqtt:client:c", "online_at")).containsExactly("7000");
        assertThat(ids(messages(new StoreOp.FetchForQueue("c", filter("q"), MessageId.ZERO, 1))))
                .isEqualTo(ids(1));
        assertThat(ids(messages(new StoreOp.FetchForQueue("c", filter("q"), id(1), 1))))
                .isEqualTo(ids(2));
        done(new StoreOp.AckedForPubsub("c", "q", id(2)), new StoreOp.AckedForPubsub("c", "q", id(1)));
        assertThat(cli("GET", "mqtt:acked:c:q")).containsExactly(IdFormat.EMQX4.text(id(2)));
        done(new StoreOp.AckedForQueue("c", "q", id(1)), new StoreOp.AckedForQueue("c", "q", id(2)));
        assertThat(cli("KEYS", "mqtt:msg:*")).isEmpty();
    }

    @Test
    @DisplayName("what an EMQX or an application left is read, acknowledged and deleted by its own id")
    void foreignMessages() throws Exception {
        String emqx = IdFormat.EMQX4.text(id(1));
        cli("HSET", "mqtt:msg:" + emqx, "topic", "q", "payload", "old", "qos", "1", "ts", "" + NOW_MS, "retain", "1");
        cli("HSET", "mqtt:msg:any text", "topic", "q", "payload", "app", "qos", "9", "retain", "true");
        cli("ZADD", "mqtt:msg:q", "1", emqx, "1600000000000", "any text", "1", "gone");
        List<Message> found = messages(new StoreOp.FetchForQueue("c", filter("q"), MessageId.ZERO, 10));
        assertThat(found).hasSize(2).allMatch(m -> m.qos() >= 1);
        assertThat(found.get(1).createdAtMs()).isEqualTo(NOW_MS);
        assertThat(found).as("retain is 1 or true").allMatch(Message::retain);
        assertThat(cli("ZSCORE", "mqtt:msg:q", "gone")).containsExactly("null");
        for (Message m : found) {
            done(new StoreOp.AckedForQueue("c", "q", m.id()));
        }
        assertThat(keys()).isEmpty();
    }

    @Test
    @DisplayName("the index is bounded: the oldest of too many go with their bodies, and are counted")
    void bounded() throws Exception {
        List<StoreOp> ops = new ArrayList<>();
        for (int n = 1; n <= 200; n++) {
            ops.add(publish(n, "b"));
        }
        applyAll(ops);
        assertThat(redis.droppedMessageCount()).isBetween(200L - MAX_PER_TOPIC - 3, 200L - MAX_PER_TOPIC);
        assertThat(Integer.parseInt(cli("ZCARD", "mqtt:msg:b").get(0))).isBetween(MAX_PER_TOPIC, MAX_PER_TOPIC + 2);
        Awaitility.await().untilAsserted(() -> assertThat(keys()).hasSizeLessThan(MAX_PER_TOPIC + 4));
    }

    @Test
    @DisplayName("a backlog is given in pages, each message once, and a page ends at its bytes")
    void backlog() throws Exception {
        List<StoreOp> ops = new ArrayList<>();
        for (int n = 1; n <= 3_000; n++) {
            ops.add(publish(n, "big/" + n % 30));
        }
        applyAll(ops);
        List<MessageId> seen = new ArrayList<>();
        for (MessageId after = MessageId.ZERO; after != null; ) {
            StoreReply.Messages page =
                    (StoreReply.Messages) apply(new StoreOp.FetchForQueue("c", filter("big/+"), after, 100));
            seen.addAll(ids(page.messages()));
            after = page.nextAfter();
        }
        assertThat(seen).hasSize(3_000).isSorted().doesNotHaveDuplicates();
        for (int n = 1; n <= 5; n++) {
            done(new StoreOp.MessagePublish(message(n, "wide", new byte[400_000]), NOW_MS + HOUR_MS));
        }
        assertThat(messages(new StoreOp.FetchForQueue("c", filter("wide"), MessageId.ZERO, 100)))
                .hasSize(2);
    }

    /** Seconds until {@code NOW_MS + HOUR_MS}: this class may run long after the first of its kind. */
    private static long hourLeft() {
        return (NOW_MS + HOUR_MS - System.currentTimeMillis()) / 1_000;
    }
}
