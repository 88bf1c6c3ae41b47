package dev.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.Subscription;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What hooks may rely on, whatever the backend: the second part of {@link StoreOp}, function by function. */
abstract class HooksContract extends OrderContract {
    private List<MessageId> forQueue(String filter) throws Exception {
        return ids(messages(new StoreOp.FetchForQueue("c", filter(filter), MessageId.ZERO, 100)));
    }

    private List<MessageId> forPubsub(String client, String filter) throws Exception {
        return ids(messages(new StoreOp.FetchForPubsub(client, filter(filter), MessageId.ZERO, MessageId.MAX, 100)));
    }

    @Test
    @DisplayName("on_message_publish, on_message_fetch_for_queue: messages of a topic by id, whole")
    void publishAndFetch() throws Exception {
        Message rich = richMessage(2, "q/a");
        done(publish(3, "q/a"), new StoreOp.MessagePublish(rich, NOW_MS + HOUR_MS), publish(1, "q/b"), publish(4, "q"));
        restart();
        List<Message> found = messages(new StoreOp.FetchForQueue("c", filter("q/a"), MessageId.ZERO, 100));
        assertThat(ids(found)).isEqualTo(ids(2, 3));
        Message m = found.get(0);
        assertThat(m.from()).isEqualTo(rich.from());
        assertThat(m.topic()).isEqualTo(rich.topic());
        assertThat(m.qos()).isEqualTo(2);
        assertThat(m.retain()).isTrue();
        assertThat(m.payload()).isEqualTo(rich.payload());
        assertThat(m.properties().wire()).isEqualTo(rich.properties().wire());
        assertThat(m.createdAtMs()).isEqualTo(rich.createdAtMs());
    }

    @Test
    @DisplayName("a wildcard filter fetches from all topics that it matches, merged by id, in pages")
    void wildcardPages() throws Exception {
        List<StoreOp> ops = new ArrayList<>();
        for (int n = 1; n <= 30; n++) {
            ops.add(publish(n, n % 3 == 0 ? "w" : "w/" + n % 3));
            ops.add(publish(100 + n, "wx/" + n));
            ops.add(publish(200 + n, "$w/" + n));
        }
        applyAll(ops);
        for (String f : List.of("w/#", "+/+", "#")) {
            List<MessageId> expected = new ArrayList<>();
            for (StoreOp op : ops) {
                Message m = ((StoreOp.MessagePublish) op).message();
                if (filter(f).matches(m.topic().text())) {
                    expected.add(m.id());
                }
            }
            expected.sort(null);
            List<MessageId> seen = new ArrayList<>();
            @Nullable MessageId after = MessageId.ZERO;
            while (after != null) {
                StoreReply.Messages page =
                        (StoreReply.Messages) apply(new StoreOp.FetchForQueue("c", filter(f), after, 7));
                assertThat(page.messages()).hasSizeLessThanOrEqualTo(7);
                seen.addAll(ids(page.messages()));
                after = page.nextAfter();
            }
            assertThat(seen).as(f).isEqualTo(expected);
        }
    }

    @Test
    @DisplayName("clients go through the pages of one filter side by side; each finds what there is when it asks")
    void pagesOfTwoClients() throws Exception {
        done(publish(1, "two/a"), publish(2, "two/a"), publish(3, "two/b"));
        assertThat(ids(messages(new StoreOp.FetchForQueue("one", filter("two/+"), MessageId.ZERO, 1))))
                .isEqualTo(ids(1));
        done(publish(4, "two/b"));
        assertThat(ids(messages(new StoreOp.FetchForQueue("other", filter("two/+"), id(1), 9))))
                .isEqualTo(ids(2, 3, 4));
    }

    @Test
    @DisplayName("topics that begin alike, or equal a message id, are kept apart")
    void topicsApart() throws Exception {
        String idAsTopic = id(5).toString();
        done(publish(1, "a"), publish(2, "aa"), publish(3, "a/"), publish(4, "a\u0001"), publish(5, idAsTopic));
        done(publish(6, "{a}*\n"), publish(7, " a"), publish(8, "A"));
        assertThat(forQueue("a")).isEqualTo(ids(1));
        assertThat(forQueue("aa")).isEqualTo(ids(2));
        assertThat(forQueue("a/")).isEqualTo(ids(3));
        assertThat(forQueue("a\u0001")).isEqualTo(ids(4));
        assertThat(forQueue(idAsTopic)).isEqualTo(ids(5));
        assertThat(forQueue("{a}*\n")).isEqualTo(ids(6));
        assertThat(forQueue("a/#")).isEqualTo(ids(1, 3));
    }

    @Test
    @DisplayName(
            "what has expired is not fetched: by expired_time or by the message's own expiry, whichever is earlier")
    void expiry() throws Exception {
        Message own = new Message(
                id(3),
                "p",
                message(3, "e").topic(),
                1,
                false,
                new byte[1],
                message(3, "e").properties(),
                NOW_MS - 5000,
                NOW_MS - 1000);
        done(new StoreOp.MessagePublish(message(1, "e"), NOW_MS - 1000), publish(2, "e"));
        done(new StoreOp.MessagePublish(own, NOW_MS + HOUR_MS));
        done(new StoreOp.MessageStoreKeepLatest(message(4, "e"), NOW_MS - 1000), new StoreOp.MessageRetain(own));
        assertThat(forQueue("e")).isEqualTo(ids(2));
        assertThat(forQueue("#")).isEqualTo(ids(2));
        assertThat(messages(new StoreOp.FetchForKeepLatest(filter("e"), "", 100)))
                .isEmpty();
        assertThat(messages(new StoreOp.RetainLookup(filter("e"), "", 100))).isEmpty();
    }

    @Test
    @DisplayName("on_message_acked_for_queue: the message is gone for all; again is harmless; others stay")
    void ackedForQueue() throws Exception {
        done(publish(1, "q"), publish(2, "q"));
        done(new StoreOp.AckedForQueue("c", "q", id(1)), new StoreOp.AckedForQueue("d", "q", id(1)));
        assertThat(forQueue("q")).isEqualTo(ids(2));
        restart();
        assertThat(forQueue("#")).isEqualTo(ids(2));
    }

    @Test
    @DisplayName("a queue ack never deletes the retained message")
    void ackKeepsRetained() throws Exception {
        done(publish(1, "q"), new StoreOp.MessageRetain(message(1, "q")), new StoreOp.AckedForQueue("c", "q", id(1)));
        assertThat(ids(messages(new StoreOp.RetainLookup(filter("q"), "", 100))))
                .isEqualTo(ids(1));
    }

    @Test
    @DisplayName("a publish that comes again is there once")
    void publishAgain() throws Exception {
        done(publish(1, "q"), publish(1, "q"));
        done(publish(1, "q"));
        assertThat(forQueue("q")).isEqualTo(ids(1));
    }

    @Test
    @DisplayName("on_message_store keeps a body that no fetch finds")
    void storeIsHistory() throws Exception {
        done(new StoreOp.MessageStore(message(1, "h"), NOW_MS + HOUR_MS));
        assertThat(forQueue("h")).isEmpty();
        assertThat(forQueue("#")).isEmpty();
    }

    @Test
    @DisplayName("on_message_fetch_for_pubsub: the first time nothing, then what came after; until acked, again")
    void pubsub() throws Exception {
        done(publish(1, "p"), publish(2, "p"));
        assertThat(forPubsub("c", "p")).isEmpty();
        done(publish(3, "p"), publish(4, "p"));
        assertThat(forPubsub("c", "p")).isEqualTo(ids(3, 4));
        done(new StoreOp.AckedForPubsub("c", "p", id(3)));
        restart();
        assertThat(forPubsub("c", "p")).isEqualTo(ids(4));
        assertThat(forPubsub("d", "p")).isEmpty();
    }

    @Test
    @DisplayName("the first position passes nothing that came after the subscription")
    void pubsubUntil() throws Exception {
        done(publish(1, "p"), publish(2, "p"), publish(4, "p"), publish(5, "q"));
        apply(new StoreOp.FetchForPubsub("c", filter("p"), MessageId.ZERO, id(3), 100));
        apply(new StoreOp.FetchForPubsub("c", filter("q"), MessageId.ZERO, id(3), 100));
        assertThat(forPubsub("c", "p")).isEqualTo(ids(4));
        assertThat(forPubsub("c", "q")).isEqualTo(ids(5));
    }

    @Test
    @DisplayName("who subscribed while the topic was empty gets everything that came after (the position \"0\")")
    void pubsubFromZero() throws Exception {
        assertThat(forPubsub("c", "p")).isEmpty();
        done(publish(1, "p"), publish(2, "p"));
        restart();
        assertThat(forPubsub("c", "p")).isEqualTo(ids(1, 2));
    }

    @Test
    @DisplayName("a position whose message is gone still gives what is newer")
    void pubsubPositionGone() throws Exception {
        done(publish(1, "p"), publish(2, "p"), publish(3, "p"), new StoreOp.AckedForPubsub("c", "p", id(2)));
        done(new StoreOp.AckedForQueue("x", "p", id(2)));
        assertThat(forPubsub("c", "p")).isEqualTo(ids(3));
    }

    @Test
    @DisplayName("on_message_acked_for_pubsub never moves back")
    void ackedNeverBack() throws Exception {
        done(publish(1, "p"), publish(2, "p"), publish(3, "p"));
        done(new StoreOp.AckedForPubsub("c", "p", id(2)), new StoreOp.AckedForPubsub("c", "p", id(1)));
        done(new StoreOp.AckedForPubsub("c", "p", id(1)));
        restart();
        assertThat(forPubsub("c", "p")).isEqualTo(ids(3));
    }

    @Test
    @DisplayName("pubsub under a wildcard: each topic has its own position; pages follow the ids")
    void pubsubWildcard() throws Exception {
        done(publish(1, "p/a"), publish(2, "p/b"));
        assertThat(forPubsub("c", "p/+")).isEmpty();
        done(publish(3, "p/b"), publish(4, "p/a"), publish(5, "p/b"), publish(6, "x"));
        done(new StoreOp.AckedForPubsub("c", "p/b", id(3)));
        StoreReply.Messages page = (StoreReply.Messages)
                apply(new StoreOp.FetchForPubsub("c", filter("p/+"), MessageId.ZERO, MessageId.MAX, 1));
        assertThat(ids(page.messages())).isEqualTo(ids(4));
        assertThat(page.nextAfter()).isNotNull();
        page = (StoreReply.Messages)
                apply(new StoreOp.FetchForPubsub("c", filter("p/+"), page.nextAfter(), MessageId.MAX, 1));
        assertThat(ids(page.messages())).isEqualTo(ids(5));
    }

    @Test
    @DisplayName("on_acked_delete forgets every position of this client under the filter, and no other")
    void ackedDelete() throws Exception {
        for (String topic : List.of("p/a", "p/b", "q")) {
            done(publish(topic.length(), topic), new StoreOp.AckedForPubsub("c", topic, MessageId.ZERO));
            done(new StoreOp.AckedForPubsub("cc", topic, MessageId.ZERO));
        }
        done(new StoreOp.AckedDelete("c", filter("p/+")), new StoreOp.AckedDelete("c", filter("nothing")));
        assertThat(forPubsub("c", "p/a")).isEmpty();
        assertThat(forPubsub("c", "p/b")).isEmpty();
        assertThat(forPubsub("c", "q")).hasSize(1);
        assertThat(forPubsub("cc", "p/a")).hasSize(1);
        done(new StoreOp.AckedDelete("c", filter("q")));
        assertThat(forPubsub("c", "q")).isEmpty();
    }

    @Test
    @DisplayName("a subscription that ends and begins again in one breath is a first one: it has no older position")
    void endsAndBeginsAgain() throws Exception {
        for (String filter : List.of("p/a", "p/+", "p/#")) {
            for (long n = 1; n <= 3; n++) {
                done(publish(n, "p/a"));
            }
            done(new StoreOp.AckedForPubsub("c", "p/a", id(1)));
            List<StoreReply> replies = applyAll(List.of(
                    new StoreOp.AckedDelete("c", filter("p/#")),
                    new StoreOp.FetchForPubsub("c", filter(filter), MessageId.ZERO, MessageId.MAX, 9),
                    new StoreOp.AckedForPubsub("c", "p/a", id(4))));
            assertThat(((StoreReply.Messages) replies.get(1)).messages())
                    .as(filter)
                    .isEmpty();
            done(publish(4, "p/a"), publish(5, "p/a"));
            assertThat(forPubsub("c", "p/a")).as(filter).isEqualTo(ids(5));
            done(new StoreOp.AckedDelete("c", filter("#")));
            for (long n = 1; n <= 5; n++) {
                done(new StoreOp.AckedForQueue("c", "p/a", id(n)));
            }
        }
    }

    @Test
    @DisplayName("on_message_store_keep_latest keeps the newest; only its own ack deletes it")
    void keepLatest() throws Exception {
        done(
                new StoreOp.MessageStoreKeepLatest(message(1, "l"), NOW_MS + HOUR_MS),
                new StoreOp.MessageStoreKeepLatest(message(2, "l"), NOW_MS + HOUR_MS),
                new StoreOp.AckedForKeepLatest("c", "l", id(1)));
        assertThat(ids(messages(new StoreOp.FetchForKeepLatest(filter("l"), "", 100))))
                .isEqualTo(ids(2));
        done(new StoreOp.AckedForKeepLatest("c", "l", id(2)));
        restart();
        assertThat(messages(new StoreOp.FetchForKeepLatest(filter("l"), "", 100)))
                .isEmpty();
    }

    @Test
    @DisplayName("on_message_retain, on_retain_lookup, on_retain_delete, exact and wildcard")
    void retain() throws Exception {
        done(
                new StoreOp.MessageRetain(message(1, "r/a")),
                new StoreOp.MessageRetain(richMessage(2, "r/a")),
                new StoreOp.MessageRetain(message(3, "r/b")),
                new StoreOp.MessageRetain(message(4, "r")));
        restart();
        Message m = messages(new StoreOp.RetainLookup(filter("r/a"), "", 100)).get(0);
        assertThat(m.id()).isEqualTo(id(2));
        assertThat(m.payload()).isEqualTo(richMessage(2, "r/a").payload());
        assertThat(ids(messages(new StoreOp.RetainLookup(filter("r/#"), "", 100))))
                .containsExactlyInAnyOrderElementsOf(ids(2, 3, 4));
        done(new StoreOp.RetainDelete("r/a"), new StoreOp.RetainDelete("never"));
        assertThat(messages(new StoreOp.RetainLookup(filter("r/a"), "", 100))).isEmpty();
        assertThat(ids(messages(new StoreOp.RetainLookup(filter("r/+"), "", 100))))
                .isEqualTo(ids(3));
    }

    @Test
    @DisplayName("a copy in a queue keeps the id that it is stored by elsewhere")
    void copyKnowsItsOrigin() throws Exception {
        Message copy = message(1, "t").copy(id(5), true);
        done(enqueue(copy, entry(7)));
        restart();
        Message read = queue(7).get(0).message();
        assertThat(read.id()).isEqualTo(id(5));
        assertThat(read.storedId()).isEqualTo(id(1));
        assertThat(message(1, "t").storedId()).isEqualTo(id(1));
    }

    @Test
    @DisplayName("a fetch is kept with its session until its end, or the end of its subscription or session")
    void fetches() throws Exception {
        Fetch a = new Fetch("a/#", "p", OpKind.FETCH_FOR_QUEUE, MessageId.ZERO, id(9));
        Fetch b = new Fetch("b", "p2", OpKind.FETCH_FOR_PUBSUB, id(1), id(9));
        done(new StoreOp.FetchSave(7, a), new StoreOp.FetchSave(7, b), new StoreOp.FetchSave(8, b));
        done(new StoreOp.FetchSave(7, a.after(id(5))));
        restart();
        assertThat(load(7).fetches()).containsExactlyInAnyOrder(a.after(id(5)), b);
        done(new StoreOp.FetchSave(7, a.after(id(9))));
        assertThat(load(7).fetches()).containsExactly(b);
        done(new StoreOp.SubscriptionsDelete(7, List.of("b", "c")));
        assertThat(load(7).fetches()).isEmpty();
        assertThat(load(8).fetches()).containsExactly(b);
        done(new StoreOp.SessionDelete(8, "c"));
        assertThat(load(8).fetches()).isEmpty();
    }

    @Test
    @DisplayName("on_retain_lookup and on_message_fetch_for_keep_latest go through a wildcard's topics in pages")
    void pagesByTopic() throws Exception {
        List<StoreOp> ops = new ArrayList<>();
        List<MessageId> all = new ArrayList<>();
        for (int n = 100; n < 130; n++) {
            ops.add(new StoreOp.MessageRetain(message(n, "pages/" + n)));
            ops.add(new StoreOp.MessageStoreKeepLatest(message(n, "pages/" + n), NOW_MS + HOUR_MS));
            ops.add(new StoreOp.MessageRetain(message(1000 + n, "other/" + n)));
            all.add(id(n));
        }
        applyAll(ops);
        for (boolean retained : List.of(true, false)) {
            List<MessageId> seen = new ArrayList<>();
            for (String after = ""; after != null; ) {
                StoreReply.Messages page = (StoreReply.Messages) apply(
                        retained
                                ? new StoreOp.RetainLookup(filter("pages/+"), after, 7)
                                : new StoreOp.FetchForKeepLatest(filter("pages/+"), after, 7));
                assertThat(page.messages()).hasSizeLessThanOrEqualTo(7);
                seen.addAll(ids(page.messages()));
                Message last = page.messages().get(page.messages().size() - 1);
                after = page.nextAfter() == null ? null : last.topic().text();
            }
            assertThat(seen).isEqualTo(all);
        }
    }

    @Test
    @DisplayName("a topic whose first message comes while a wildcard subscriber is away is not missed")
    void pubsubWildcardNewTopic() throws Exception {
        done(publish(1, "p/a"), publish(2, "other"));
        assertThat(forPubsub("c", "p/#")).isEmpty();
        done(publish(3, "p/new"), publish(4, "p/a"), publish(5, "p"));
        restart();
        assertThat(forPubsub("c", "p/#")).isEqualTo(ids(3, 4, 5));
        done(new StoreOp.AckedForPubsub("c", "p/new", id(3)));
        assertThat(forPubsub("c", "p/#")).isEqualTo(ids(4, 5));
        done(new StoreOp.AckedDelete("c", filter("p/#")));
        assertThat(forPubsub("c", "p/#")).isEmpty();
    }

    @Test
    @DisplayName("on_subscribe_lookup finds what was saved for the client, and nothing of others")
    void lookup() throws Exception {
        List<Subscription> saved = List.of(Subscription.of("a/+", 1), Subscription.of("$share/g/b", 2));
        done(new StoreOp.ProxySave("c:", saved, List.of()));
        done(new StoreOp.ProxySave("c:x", List.of(Subscription.of("c", 0)), List.of("never")));
        restart();
        assertThat(((StoreReply.Subscriptions) apply(new StoreOp.SubscribeLookup("c:"))).subscriptions())
                .containsExactlyInAnyOrderElementsOf(saved);
        done(new StoreOp.ProxySave("c:", List.of(Subscription.of("a/+", 2)), List.of("$share/g/b")));
        assertThat(((StoreReply.Subscriptions) apply(new StoreOp.SubscribeLookup("c:"))).subscriptions())
                .containsExactly(Subscription.of("a/+", 2));
    }

    @Test
    @DisplayName("on_subscribe_lookup of an unknown client gives nothing")
    void lookupNothing() throws Exception {
        StoreReply reply = apply(new StoreOp.SubscribeLookup("nobody:{*}"));
        assertThat(reply).isEqualTo(new StoreReply.Subscriptions(List.of()));
    }
}
