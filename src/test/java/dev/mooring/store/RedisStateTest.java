package dev.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.PublishProperties;
import dev.mooring.message.Subscription;
import dev.mooring.message.TopicName;
import dev.mooring.store.StoreOp.Enqueue.Entry;
import dev.mooring.store.StoreOp.Enqueue.Retained;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the broker's own state in Redis has to bear beyond the contract: any names, much at once, nothing left over. */
class RedisStateTest extends StoreHarness {
    private static final int MANY = 10_000;

    @RegisterExtension
    static final TestRedis REDIS = TestRedis.single();

    @Override
    Store newStore() {
        return REDIS.newStore();
    }

    @Test
    @DisplayName("no name of a client, topic or filter reaches another key, and each comes back as it was")
    void anyNames() throws Exception {
        String longest = "\u00e4{*}:\r\n".repeat(8_191);
        List<String> names = List.of("a", "a:b", "{x}", "*?[a]\\", "\r\n$3\r\nDEL", "\u0001", "\u007f\uffff", longest);
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            String filter = name.replace('*', '_').replace("+", "_") + "/#";
            Fetch fetch = new Fetch(filter, name, OpKind.FETCH_FOR_QUEUE, id(1), id(9));
            done(
                    new StoreOp.SessionSave(new SessionRecord(i + 1, name, "", 1, 60, 0, null)),
                    new StoreOp.SubscriptionsSave(i + 1, List.of(Subscription.of(filter, 1), Subscription.of("x", 2))),
                    new StoreOp.FetchSave(i + 1, fetch),
                    new StoreOp.Enqueue(named(i, name), List.of(entry(i + 1)), 0, 0, Retained.SET, 0));
        }
        for (int i = 0; i < names.size(); i++) {
            StoreReply.StoredSession s = sessions().get(i);
            assertThat(s.session().clientId()).isEqualTo(names.get(i));
            assertThat(s.subscriptions()).hasSize(2);
            String filter = load(i + 1).fetches().get(0).filter();
            assertThat(load(i + 1).fetches().get(0).pool()).isEqualTo(names.get(i));
            done(new StoreOp.SubscriptionsDelete(i + 1, List.of(filter)));
            assertThat(load(i + 1).fetches()).isEmpty();
            assertThat(sessions().get(i).subscriptions()).containsExactly(Subscription.of("x", 2));
            assertThat(queue(i + 1).get(0).message().from()).isEqualTo(names.get(i));
        }
        assertThat(messages(new StoreOp.RetainedScan("", 99)))
                .extracting(m -> m.topic().text())
                .containsExactlyInAnyOrderElementsOf(names);
        for (int i = 0; i < names.size(); i++) {
            done(
                    new StoreOp.Enqueue(named(100 + i, names.get(i)), List.of(), 0, 0, Retained.CLEAR, 0),
                    new StoreOp.SessionDelete(i + 1, names.get(i)));
            assertThat(messages(new StoreOp.RetainedScan("", 99))).hasSize(names.size() - 1 - i);
        }
        assertThat(REDIS.call("DBSIZE")).isEqualTo(0L);
    }

    private static Message named(long n, String name) {
        return new Message(
                id(n),
                name,
                TopicName.of(name),
                1,
                true,
                new byte[] {0, 13, 10},
                PublishProperties.EMPTY,
                NOW_MS,
                Message.NEVER);
    }

    @Test
    @DisplayName(
            "retained messages that have ended are not read, and go with later ones; an older one replaces nothing")
    void retainedEnds() throws Exception {
        for (int n = 1; n <= 5; n++) {
            done(retain(n, "gone/" + n, NOW_MS - 1));
        }
        done(retain(6, "stays", NOW_MS + HOUR_MS), retain(7, "stays", Message.NEVER));
        assertThat(messages(new StoreOp.RetainedScan("", 1)))
                .extracting(Message::id)
                .containsExactly(id(7));
        for (int n = 10; n < 15; n++) {
            done(retain(n, "stays", NOW_MS + HOUR_MS));
        }
        assertThat(REDIS.call("ZCARD", "mooring:{state}:retained")).isEqualTo(1L);
        assertThat(REDIS.call("ZCARD", "mooring:{state}:retained:until")).isEqualTo(1L);
        done(retain(3, "stays", Message.NEVER));
        assertThat(messages(new StoreOp.RetainedScan("", 9)))
                .extracting(Message::id)
                .containsExactly(id(14));
    }

    private static StoreOp retain(long n, String topic, long expiresAtMs) {
        Message m = new Message(
                id(n), "c", TopicName.of(topic), 1, true, new byte[9], PublishProperties.EMPTY, NOW_MS, expiresAtMs);
        return new StoreOp.Enqueue(m, List.of(), 0, 0, Retained.SET, 0);
    }

    @Test
    @DisplayName("trims and deletions that take several steps drop what one would, and shared bodies with it")
    void muchAtOnce() throws Exception {
        byte[] large = new byte[600];
        List<StoreOp> ops = new ArrayList<>();
        for (int n = 0; n < MANY; n++) {
            ops.add(enqueue(message(n, "t", large), entry(1), entry(2)));
        }
        assertThat(applyAll(ops)).containsOnly(StoreReply.DONE);
        done(new StoreOp.Sent(1, id(0), 1), new StoreOp.SessionSave(session(1, 1, null)));
        int size = message(1, "t", large).sizeBytes();
        StoreOp trim = new StoreOp.QueueTrim(1, MANY - 100, 0, id(MANY));
        StoreReply trimmed = new StoreReply.Trimmed(MANY - 100, (long) size * (MANY - 100), id(MANY - 100));
        assertThat(applyAll(List.of(trim, trim))).containsExactly(trimmed, trimmed);
        assertThat(sessions().get(0).queuedCount()).isEqualTo(100);
        assertThat(sessions().get(0).queuedBytes()).isEqualTo(100L * size);
        done(new StoreOp.SessionDelete(2, "c"));
        assertThat(read(2, MessageId.ZERO, 1, 1).entries()).isEmpty();
        assertThat(queue(1)).hasSize(99).allMatch(e -> e.message().payload().length == 600);
        done(new StoreOp.SessionDelete(1, "c"));
        assertThat(REDIS.call("DBSIZE")).isEqualTo(0L);
    }

    @Test
    @DisplayName("one PUBLISH to very many queues is written, read and forgotten")
    void manyQueues() throws Exception {
        Entry[] entries = new Entry[MANY];
        for (int i = 0; i < MANY; i++) {
            entries[i] = entry(i + 1);
        }
        done(enqueue(message(1, "t", new byte[100_000]), entries));
        assertThat(queue(MANY).get(0).message().payload()).hasSize(100_000);
        List<StoreOp> ops = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            ops.add(dequeue(i + 1, 1));
        }
        applyAll(ops);
        assertThat(REDIS.call("DBSIZE")).isEqualTo(0L);
    }

    @Test
    @DisplayName("the scan at the start asks once a page, and finds the queues' sizes")
    void scan() throws Exception {
        List<StoreOp> ops = new ArrayList<>();
        for (int i = 1; i <= MANY; i++) {
            ops.add(new StoreOp.SessionSave(session(i, 1, null)));
            ops.add(new StoreOp.SubscriptionsSave(i, List.of(Subscription.of("f/" + i, 1))));
        }
        for (int n = 0; n < 3; n++) {
            for (int i = 1; i <= MANY; i++) {
                ops.add(enqueue(n, i));
            }
        }
        applyAll(ops);
        long after = 0;
        int found = 0;
        int pages = 0;
        boolean more = true;
        while (more) {
            StoreReply.Sessions page = (StoreReply.Sessions) apply(new StoreOp.SessionScan(after, 1_000));
            assertThat(page.sessions())
                    .allMatch(s -> s.queuedCount() == 3 && s.subscriptions().size() == 1);
            found += page.sessions().size();
            after = page.sessions().get(page.sessions().size() - 1).session().sessionId();
            more = page.more();
            pages++;
        }
        assertThat(found).isEqualTo(MANY);
        assertThat(pages).isEqualTo(10);
    }
}
