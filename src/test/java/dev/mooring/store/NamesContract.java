package dev.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.PublishProperties;
import dev.mooring.message.Subscription;
import dev.mooring.message.TopicName;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Names as an attacker chooses them, whatever the backend: section 3 of the hazards; part of {@link HooksContract}. */
abstract class NamesContract extends StoreHarness {
    /** Any two of them, with a colon between, read like two others. */
    private static final List<String> DIVIDED =
            List.of("a", "a:b", "a:b:c", "b", "b:c", "c", ":", "::", "a:", ":c", "a/b:c", "b/c", "c/", "1:a");

    private static final List<String> NAMES = List.of(
            "n",
            "N",
            " n",
            "n ",
            "\uFEFFn",
            "\u00E9",
            "e\u0301",
            "/",
            "//",
            "/n",
            "n/",
            "a:b",
            ":",
            "{a}",
            "{a}x}",
            "}{",
            "{}",
            "{topics}",
            "*",
            "?",
            "[a-z]",
            "\\",
            "n\r\nDEL n",
            "$3\r\nDEL\r\n",
            "']] redis.call('FLUSHALL') --[[",
            "%s%n",
            "{0}",
            "${clientid}",
            "${jndi:ldap://x/a}",
            "#n = :n",
            "'; DROP TABLE n; --",
            "../../n",
            ".",
            "mqtt:msg:n",
            "msg:n",
            id(7).toString());

    private static Message named(int n, String name) {
        byte[] payload = name.getBytes(StandardCharsets.UTF_8);
        return new Message(
                id(n), name, TopicName.of(name), 1, true, payload, PublishProperties.EMPTY, NOW_MS, Message.NEVER);
    }

    private static List<String> topics() {
        return NAMES.stream().filter(name -> !name.contains("#")).toList();
    }

    @Test
    @DisplayName("client and topic are a pair, though written one behind the other they would be another pair")
    void pairs() throws Exception {
        int all = DIVIDED.size();
        List<StoreOp> ops = new ArrayList<>();
        for (int topic = 0; topic < all; topic++) {
            for (int n = 1; n <= all; n++) {
                ops.add(new StoreOp.MessagePublish(message(100L * topic + n, DIVIDED.get(topic)), NOW_MS + HOUR_MS));
            }
            for (int client = 0; client < all; client++) {
                MessageId position = id(100L * topic + client + 1);
                ops.add(new StoreOp.AckedForPubsub(DIVIDED.get(client), DIVIDED.get(topic), position));
            }
        }
        assertThat(applyAll(ops)).containsOnly(StoreReply.DONE);
        restart();
        for (int client = 0; client < all; client++) {
            for (int topic = 0; topic < all; topic++) {
                assertThat(unread(client, topic)).hasSize(all - 1 - client);
            }
        }
        done(new StoreOp.AckedDelete("a", filter("b:c")));
        assertThat(unread(DIVIDED.indexOf("a:b"), DIVIDED.indexOf("c"))).hasSize(all - 2);
        assertThat(unread(DIVIDED.indexOf("a"), DIVIDED.indexOf("b:c")))
                .as("a first subscription")
                .isEmpty();
    }

    private List<Message> unread(int client, int topic) throws Exception {
        return messages(new StoreOp.FetchForPubsub(
                DIVIDED.get(client), filter(DIVIDED.get(topic)), MessageId.ZERO, MessageId.MAX, 99));
    }

    @Test
    @DisplayName("a name that is client, node, topic, filter and payload at once reaches no key of another")
    void everythingAtOnce() throws Exception {
        List<String> topics = topics();
        List<StoreOp> ops = new ArrayList<>();
        for (int n = 0; n < NAMES.size(); n++) {
            String name = NAMES.get(n);
            ops.add(new StoreOp.ClientConnected(name, name, 1000 + n));
            ops.add(new StoreOp.ProxySave(name, List.of(Subscription.of("f/" + n, 1)), List.of()));
        }
        for (int n = 0; n < topics.size(); n++) {
            Message message = named(n, topics.get(n));
            ops.add(new StoreOp.MessagePublish(message, NOW_MS + HOUR_MS));
            ops.add(new StoreOp.MessageRetain(message));
            ops.add(new StoreOp.MessageStoreKeepLatest(message, NOW_MS + HOUR_MS));
        }
        assertThat(applyAll(ops)).containsOnly(StoreReply.DONE);
        assertThat(applyAll(ops)).as("once more").containsOnly(StoreReply.DONE);
        restart();
        for (int n = 0; n < NAMES.size(); n++) {
            StoreReply.Subscriptions found =
                    (StoreReply.Subscriptions) apply(new StoreOp.SubscribeLookup(NAMES.get(n)));
            assertThat(found.subscriptions()).as(NAMES.get(n)).containsExactly(Subscription.of("f/" + n, 1));
        }
        for (int n = 0; n < topics.size(); n++) {
            for (StoreOp op : List.of(
                    new StoreOp.FetchForQueue("c", filter(topics.get(n)), MessageId.ZERO, 9),
                    new StoreOp.RetainLookup(filter(topics.get(n)), "", 9),
                    new StoreOp.FetchForKeepLatest(filter(topics.get(n)), "", 9))) {
                assertThat(messages(op).stream().map(StoreHarness::text))
                        .as("%s", op)
                        .containsExactly(text(named(n, topics.get(n))));
            }
        }
        for (int n = 0; n < topics.size(); n++) {
            String name = topics.get(n);
            done(new StoreOp.RetainDelete(name), new StoreOp.AckedForQueue(name, name, id(n)));
            long left = topics.stream() // that "#" matches
                    .skip(n + 1)
                    .filter(topic -> !topic.startsWith("$"))
                    .count();
            assertThat(messages(new StoreOp.RetainLookup(filter("#"), "", 99))).hasSize((int) left);
            assertThat(messages(new StoreOp.FetchForQueue("c", filter("#"), MessageId.ZERO, 99)))
                    .hasSize((int) left);
        }
    }
}
