package dev.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.PublishProperties;
import dev.mooring.message.TopicName;
import dev.mooring.redis.RedisCli;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Names and payloads as an attacker chooses them, and keys that another program uses for something else. */
class RedisHostileTest extends StoreHarness {
    private static final List<String> NAMES = List.of(
            "a",
            "a:b",
            "b",
            ":",
            "{a}",
            "{topics}",
            "*?[a]",
            " ",
            "\r\n$3\r\nDEL\r\n",
            "mqtt:msg:a",
            "msg:a",
            "mooring:{topics}:msg",
            "\u0001\u007f\uffff",
            id(7).toString(),
            "\u00e4{*}: ".repeat(9_362));
    private static final byte[] ALL_BYTES = new byte[256];

    @RegisterExtension
    static final TestRedis REDIS = TestRedis.single();

    private final RedisCli raw = REDIS.cli();

    @BeforeAll
    static void fill() {
        for (int i = 0; i < ALL_BYTES.length; i++) {
            ALL_BYTES[i] = (byte) i;
        }
    }

    @AfterEach
    void close() {
        raw.close();
    }

    @Override
    Store newStore() {
        return REDIS.newStore();
    }

    private static Message named(int n, String name) {
        return new Message(
                id(n), name, TopicName.of(name), 1, true, ALL_BYTES, PublishProperties.EMPTY, NOW_MS, Message.NEVER);
    }

    @Test
    @DisplayName("no name of a client or topic reaches the key of another, and every byte of a payload comes back")
    void anyNames() throws Exception {
        List<StoreOp> ops = new ArrayList<>();
        for (int n = 0; n < NAMES.size(); n++) {
            String name = NAMES.get(n);
            ops.add(new StoreOp.MessagePublish(named(n, name), NOW_MS + HOUR_MS));
            ops.add(new StoreOp.MessageRetain(named(n, name)));
            ops.add(new StoreOp.MessageStoreKeepLatest(named(n, name), NOW_MS + HOUR_MS));
            ops.add(new StoreOp.ClientConnected(name, name, 1000 + n));
            for (int client = 0; client < NAMES.size(); client++) {
                ops.add(new StoreOp.AckedForPubsub(NAMES.get(client), name, id(1 + client)));
            }
        }
        assertThat(applyAll(ops)).containsOnly(StoreReply.DONE);
        assertThat(applyAll(ops)).containsOnly(StoreReply.DONE);
        for (int n = 0; n < NAMES.size(); n++) {
            String name = NAMES.get(n);
            String expected = text(named(n, name));
            for (StoreOp op : List.of(
                    new StoreOp.FetchForQueue("c", filter(name), MessageId.ZERO, 9),
                    new StoreOp.RetainLookup(filter(name), "", 9),
                    new StoreOp.FetchForKeepLatest(filter(name), "", 9))) {
                assertThat(messages(op)).as("%s", op).hasSize(1);
                assertThat(text(messages(op).get(0))).isEqualTo(expected);
            }
            for (int client = 0; client < NAMES.size(); client++) {
                StoreOp fetch =
                        new StoreOp.FetchForPubsub(NAMES.get(client), filter(name), MessageId.ZERO, MessageId.MAX, 9);
                assertThat(messages(fetch)).hasSize(n > client + 1 ? 1 : 0);
            }
            assertThat(raw.list("HMGET", "mqtt:client:" + name, "online_at", "node"))
                    .containsExactly(1000 + n + "", name);
        }
        assertThat(messages(new StoreOp.FetchForQueue("c", filter("#"), MessageId.ZERO, 99)))
                .hasSize(NAMES.size());
    }

    @Test
    @DisplayName("deleting by such names deletes what they name and nothing else")
    void deleteByAnyName() throws Exception {
        for (int n = 0; n < NAMES.size(); n++) {
            done(new StoreOp.MessagePublish(named(n, NAMES.get(n)), NOW_MS + HOUR_MS));
            done(new StoreOp.MessageRetain(named(n, NAMES.get(n))));
        }
        for (int n = 0; n < NAMES.size(); n++) {
            String name = NAMES.get(n);
            done(new StoreOp.RetainDelete(name), new StoreOp.AckedForQueue(name, name, id(n)));
            assertThat(messages(new StoreOp.FetchForQueue("c", filter("#"), MessageId.ZERO, 99)))
                    .hasSize(NAMES.size() - n - 1);
            assertThat(messages(new StoreOp.RetainLookup(filter("#"), "", 99))).hasSize(NAMES.size() - n - 1);
        }
        assertThat(raw.list("KEYS", "mqtt:*")).isEmpty();
    }

    @Test
    @DisplayName("a key that another program uses for something else fails its own operation, not those beside it")
    void wrongType() throws Exception {
        raw.call("SET", "mqtt:msg:taken", "x");
        raw.call("SET", "mqtt:latest_msg:taken", "x");
        raw.call("ZADD", "mqtt:msg:free", 1, "taken", 1, "free");
        List<StoreReply> replies = applyAll(List.of(
                new StoreOp.MessagePublish(message(1, "a"), NOW_MS + HOUR_MS),
                new StoreOp.MessagePublish(message(2, "taken"), NOW_MS + HOUR_MS),
                new StoreOp.MessageStoreKeepLatest(message(3, "taken"), NOW_MS + HOUR_MS),
                new StoreOp.MessagePublish(message(4, "free"), NOW_MS + HOUR_MS)));
        assertThat(replies.get(1)).isInstanceOfSatisfying(StoreReply.Failed.class, failed -> {
            assertThat(failed.transientFault()).isFalse();
            assertThat(failed.reason())
                    .contains("WRONGTYPE", "(EVALSHA of index_add.lua on mqtt:msg:taken)", "another program")
                    .doesNotContain("user_script");
        });
        assertThat(List.of(replies.get(0), replies.get(2), replies.get(3))).containsOnly(StoreReply.DONE);
        assertThat(ids(messages(new StoreOp.FetchForQueue("c", filter("free"), MessageId.ZERO, 9))))
                .isEqualTo(ids(4));
        assertThat(raw.text("GET", "mqtt:msg:taken")).isEqualTo("x");
    }

    @Test
    @DisplayName("a name that reads like an error changes no error: it stays one for good, and a line is one line")
    void namesLikeErrors() throws Exception {
        String name = "loading replica failover\r\n\u001b[2J";
        raw.call("SET", "mqtt:client:" + name, "x");
        assertThat(apply(new StoreOp.ClientConnected("n", name, 1)))
                .isInstanceOfSatisfying(StoreReply.Failed.class, failed -> {
                    assertThat(failed.transientFault()).isFalse();
                    assertThat(failed.reason())
                            .contains("(HSET on mqtt:client:loading replica failover???[2J)")
                            .doesNotContainPattern("\\p{Cntrl}");
                });
    }
}
