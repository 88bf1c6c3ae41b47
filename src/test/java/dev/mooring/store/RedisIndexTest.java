package dev.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.MessageId;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The index of a topic that messages enter by plain commands: its end and its length hold though others write it,
 * delete it or put something else there between two messages.
 */
class RedisIndexTest extends StoreHarness {
    private static final int MAX_PER_TOPIC = 640;
    private static final String INDEX = "mqtt:msg:t";
    private static final long MINUTE_MS = 60_000;

    @RegisterExtension
    static final TestRedis REDIS = TestRedis.single();

    private Store other;

    @Override
    Store newStore() {
        return REDIS.newStore(MAX_PER_TOPIC);
    }

    @BeforeEach
    void startOther() throws Exception {
        other = newStore();
        await(other.open());
    }

    @AfterEach
    void stopOther() throws Exception {
        await(other.close());
    }

    private static StoreOp publish(long n, long lifeMs) {
        return new StoreOp.MessagePublish(message(n, "t"), System.currentTimeMillis() + lifeMs);
    }

    /** Three messages, behind which the store knows the index. */
    private void publishThree(Store by, long from, long lifeMs) throws Exception {
        for (long n = from; n < from + 3; n++) {
            assertThat(await(by.apply(List.of(publish(n, lifeMs))))).containsOnly(StoreReply.DONE);
        }
    }

    private static long number(Object... command) {
        return (Long) REDIS.call(command);
    }

    private static void assertThatIndexOutlives(long lifeMs) {
        assertThat(number("PTTL", INDEX)).isBetween(lifeMs - 10_000, lifeMs + lifeMs / 4);
    }

    /** Times that a script counted the members. */
    private static long counts() {
        String stats = REDIS.call("INFO", "commandstats").toString();
        Matcher zcard = Pattern.compile("cmdstat_zcard:calls=(\\d+)").matcher(stats);
        return zcard.find() ? Long.parseLong(zcard.group(1)) : 0;
    }

    @Test
    @DisplayName("only about every 64th of a topic's messages, and its first two, cost a script")
    void plain() throws Exception {
        await(other.close());
        other = REDIS.newStore(100_000);
        await(other.open());
        REDIS.call("CONFIG", "RESETSTAT");
        List<StoreOp> ops = new ArrayList<>();
        for (long n = 0; n < 1_000; n++) {
            ops.add(publish(n, HOUR_MS));
        }
        for (int i = 0; i < ops.size(); i += 100) {
            assertThat(await(other.apply(ops.subList(i, i + 100)))).containsOnly(StoreReply.DONE);
        }
        assertThat(counts()).isBetween(1_000L / 64, 1_000L / 64 + 5);
        assertThat(number("ZCARD", INDEX)).isEqualTo(1_000);
        assertThatIndexOutlives(HOUR_MS);
    }

    @Test
    @DisplayName("an index that was deleted, or made to stay for good or end early, ends with the next message")
    void endIsMended() throws Exception {
        publishThree(store(), 1, HOUR_MS);
        REDIS.call("DEL", INDEX);
        done(publish(4, HOUR_MS));
        assertThat(number("ZCARD", INDEX)).isEqualTo(1);
        assertThatIndexOutlives(HOUR_MS);
        publishThree(store(), 5, HOUR_MS);
        REDIS.call("PERSIST", INDEX);
        done(publish(8, HOUR_MS));
        assertThatIndexOutlives(HOUR_MS);
        REDIS.call("PEXPIRE", INDEX, MINUTE_MS);
        done(publish(9, HOUR_MS), publish(10, MINUTE_MS));
        assertThatIndexOutlives(HOUR_MS);
        done(publish(11, 2 * HOUR_MS));
        assertThatIndexOutlives(2 * HOUR_MS);
    }

    @Test
    @DisplayName("a broker whose messages live shorter does not end the index of one whose messages live longer")
    void twoLives() throws Exception {
        publishThree(store(), 1, HOUR_MS);
        REDIS.call("DEL", INDEX);
        publishThree(other, 4, MINUTE_MS);
        assertThatIndexOutlives(MINUTE_MS);
        done(publish(7, HOUR_MS));
        assertThatIndexOutlives(HOUR_MS);
        publishThree(other, 8, MINUTE_MS);
        assertThatIndexOutlives(HOUR_MS);
    }

    @Test
    @DisplayName("each message of a queue that is always empty makes an index with an end")
    void emptiedAgainAndAgain() throws Exception {
        for (long n = 1; n <= 100; n++) {
            done(publish(n, HOUR_MS));
            assertThatIndexOutlives(HOUR_MS);
            done(new StoreOp.AckedForQueue("c", "t", id(n)));
            assertThat(number("EXISTS", INDEX)).isZero();
        }
    }

    @Test
    @DisplayName("members whose messages have ended leave an index that is far from full, as others enter it")
    void withoutBody() throws Exception {
        List<StoreOp> ops = new ArrayList<>();
        for (long n = 1; n <= 165; n++) {
            ops.add(publish(n, HOUR_MS));
        }
        applyAll(ops.subList(0, 100));
        for (long n = 1; n <= 60; n++) {
            REDIS.call("DEL", "mqtt:msg:" + id(n)); // as when its life is over
        }
        applyAll(ops.subList(100, 165));
        Awaitility.await()
                .untilAsserted(() -> assertThat(number("ZCARD", INDEX)).isEqualTo(165 - 60));
        assertThat(REDIS.call("ZSCORE", INDEX, id(60).toString())).isNull();
        assertThat(REDIS.call("ZSCORE", INDEX, id(61).toString())).isNotNull();
    }

    @Test
    @DisplayName("what another program puts in the place of a known index stays as it is, without an end")
    void wrongType() throws Exception {
        publishThree(store(), 1, HOUR_MS);
        REDIS.call("DEL", INDEX);
        REDIS.call("SET", INDEX, "x");
        for (long n = 4; n < 80; n++) {
            assertThat(apply(publish(n, HOUR_MS))).isInstanceOfSatisfying(StoreReply.Failed.class, failed -> {
                assertThat(failed.transientFault()).isFalse();
                assertThat(failed.reason()).contains("WRONGTYPE");
            });
        }
        assertThat(REDIS.call("GET", INDEX)).isEqualTo("x");
        assertThat(number("PTTL", INDEX)).isEqualTo(-1);
    }

    @Test
    @DisplayName("an index passes its length by a 64th, and by as much for each broker that writes it")
    void lengthWithTwoBrokers() throws Exception {
        long n = 1;
        for (int i = 0; i < 400; i++) {
            List<StoreOp> some = new ArrayList<>();
            for (int k = 0; k <= i % 7; k++) {
                some.add(publish(n++, HOUR_MS));
            }
            Store by = i % 3 == 0 ? other : store();
            assertThat(await(by.apply(some))).containsOnly(StoreReply.DONE);
            assertThat(number("ZCARD", INDEX)).isLessThanOrEqualTo(MAX_PER_TOPIC + 3 * (MAX_PER_TOPIC / 64));
        }
        assertThat(number("ZCARD", INDEX)).isGreaterThanOrEqualTo(MAX_PER_TOPIC);
        StoreReply.Messages newest =
                (StoreReply.Messages) apply(new StoreOp.FetchForQueue("c", filter("t"), id(n - 11), 100));
        assertThat(ids(newest.messages())).hasSize(10).contains(id(n - 1)).doesNotContain(MessageId.ZERO);
    }
}
