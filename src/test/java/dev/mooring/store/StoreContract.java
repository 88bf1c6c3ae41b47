package dev.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.Subscription;
import dev.mooring.store.StoreOp.Enqueue.Entry;
import dev.mooring.store.StoreOp.Enqueue.Retained;
import dev.mooring.store.StoreReply.QueueEntry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * What the broker's own state may rely on, whatever the backend: the first part of {@link StoreOp}, promise by promise.
 */
abstract class StoreContract extends OwnerContract {
    @Test
    @DisplayName("a session comes back as it was saved: record, will, subscriptions, queue")
    void sessionComesBack() throws Exception {
        Subscription rich = new Subscription(filter("$share/g/a/+"), 2, true, true, 2, 268_435_455);
        Subscription plain = Subscription.of("a/#", 1);
        done(
                new StoreOp.SessionSave(new SessionRecord(7, "c:{7}*\u00e4", "", 3, 0xFFFFFFFFL, 12_345, WILL)),
                new StoreOp.SubscriptionsSave(7, List.of(rich, plain)),
                enqueue(1, 7),
                enqueue(2, 7));
        restart();
        StoreReply.StoredSession s = sessions().get(0);
        assertThat(s.session())
                .usingRecursiveComparison()
                .isEqualTo(new SessionRecord(7, "c:{7}*\u00e4", "", 3, 0xFFFFFFFFL, 12_345, WILL));
        assertThat(s.subscriptions()).containsExactlyInAnyOrder(rich, plain);
        assertThat(s.queuedCount()).isEqualTo(2);
        assertThat(s.queuedBytes()).isEqualTo(2L * message(1, "t").sizeBytes());
        assertThat(s.lastPosition()).isEqualTo(id(2));
    }

    @Test
    @DisplayName("a save with a lower epoch is refused for good, one with the same or a higher epoch is not")
    void lowerEpochIsRefused() throws Exception {
        done(new StoreOp.SessionSave(session(7, 5, null)), new StoreOp.SessionSave(session(7, 5, WILL)));
        List<StoreReply> replies = applyAll(
                List.of(new StoreOp.SessionSave(session(7, 6, null)), new StoreOp.SessionSave(session(7, 5, WILL))));
        assertThat(replies.get(0)).isEqualTo(StoreReply.DONE);
        assertThat(replies.get(1)).isInstanceOfSatisfying(StoreReply.Failed.class, f -> {
            assertThat(f.transientFault()).isFalse();
            assertThat(f.reason()).contains("6", "5");
        });
        restart();
        assertThat(apply(new StoreOp.SessionSave(session(7, 4, null)))).isInstanceOf(StoreReply.Failed.class);
        assertThat(sessions().get(0).session()).isEqualTo(session(7, 6, null));
    }

    @Test
    @DisplayName("a saved will goes with the next save without one, or with the ENQUEUE that publishes it")
    void willGoes() throws Exception {
        done(new StoreOp.SessionSave(session(1, 1, WILL)), new StoreOp.SessionSave(session(2, 1, WILL)));
        done(new StoreOp.SessionSave(session(1, 2, null)));
        done(new StoreOp.Enqueue(message(1, "t"), List.of(), 0, 0, Retained.KEEP, 2));
        assertThat(sessions()).hasSize(2).allMatch(s -> s.session().will() == null);
    }

    @Test
    @DisplayName("subscriptions are added, replaced by filter, and deleted by filter")
    void subscriptionsByFilter() throws Exception {
        done(
                new StoreOp.SessionSave(session(1, 1, null)),
                new StoreOp.SessionSave(session(2, 1, null)),
                new StoreOp.SubscriptionsSave(1, List.of(Subscription.of("a", 0), Subscription.of("b", 0))),
                new StoreOp.SubscriptionsSave(2, List.of(Subscription.of("a", 0))),
                new StoreOp.SubscriptionsSave(1, List.of(Subscription.of("a", 2))),
                new StoreOp.SubscriptionsDelete(1, List.of("b", "never there")));
        assertThat(sessions().get(0).subscriptions()).containsExactly(Subscription.of("a", 2));
        assertThat(sessions().get(1).subscriptions()).containsExactly(Subscription.of("a", 0));
    }

    @Test
    @DisplayName("SESSION_SCAN pages through all sessions by id, each once")
    void sessionScanPages() throws Exception {
        List<StoreOp> ops = new ArrayList<>();
        for (long id = 1; id <= 23; id++) {
            ops.add(new StoreOp.SessionSave(session(id * 1000, 1, null)));
            ops.add(new StoreOp.SubscriptionsSave(id * 1000, List.of(Subscription.of("f/" + id, 1))));
            for (int n = 0; n < id % 3; n++) {
                ops.add(enqueue(id * 10 + n, id * 1000));
            }
        }
        applyAll(ops);
        List<Long> seen = new ArrayList<>();
        long after = 0;
        boolean more = true;
        while (more) {
            StoreReply.Sessions page = (StoreReply.Sessions) apply(new StoreOp.SessionScan(after, 5));
            assertThat(page.sessions()).hasSizeLessThanOrEqualTo(5);
            for (StoreReply.StoredSession s : page.sessions()) {
                after = s.session().sessionId();
                seen.add(after);
                assertThat(s.queuedCount()).isEqualTo((int) (after / 1000 % 3));
                assertThat(s.subscriptions()).containsExactly(Subscription.of("f/" + after / 1000, 1));
            }
            more = page.more();
        }
        assertThat(seen).hasSize(23).isSorted().doesNotHaveDuplicates();
        StoreReply.Sessions one = (StoreReply.Sessions) apply(new StoreOp.SessionScan(4_999, 1));
        assertThat(one.sessions()).hasSize(1);
        assertThat(one.sessions().get(0).queuedCount()).isEqualTo(2);
        assertThat(one.sessions().get(0).lastPosition()).isEqualTo(id(51));
    }

    @Test
    @DisplayName("SESSION_DELETE leaves nothing of the session, and nothing else is touched")
    void sessionDelete() throws Exception {
        byte[] large = new byte[5000];
        for (long id = 1; id <= 3; id++) {
            done(
                    new StoreOp.SessionSave(session(id, 9, WILL)),
                    new StoreOp.SubscriptionsSave(id, List.of(Subscription.of("a", 1))));
        }
        done(
                enqueue(message(1, "t", large), entry(1), entry(2), entry(3)),
                enqueue(2, 2),
                new StoreOp.Sent(2, id(1), 11),
                new StoreOp.Enqueue(message(3, "t"), List.of(), 2, 77, Retained.KEEP, 0),
                new StoreOp.SessionDelete(2, "client 2"));
        done(new StoreOp.SessionSave(session(2, 1, null))); // a lower epoch: the record is really gone
        restart();
        assertThat(positions(2)).isEmpty();
        assertThat(load(2).inFlight()).isEmpty();
        assertThat(load(2).inboundPacketIds()).isEmpty();
        assertThat(sessions().get(1).subscriptions()).isEmpty();
        assertThat(sessions().get(1).session().will()).isNull();
        assertThat(queue(1).get(0).message().payload()).hasSize(5000);
        assertThat(positions(3)).isEqualTo(ids(1));
        assertThat(sessions()).hasSize(3);
    }

    @Test
    @DisplayName("a queue entry comes back with its message and everything of its own")
    void entryComesBack() throws Exception {
        Message m = richMessage(1, "a/b");
        Entry rich = new Entry(1, 2, true, new int[] {1, 268_435_455}, filter("$share/g/a/+"));
        done(enqueue(m, rich, new Entry(2, 1, false, new int[0], null)));
        restart();
        QueueEntry e = queue(1).get(0);
        assertThat(e.position()).isEqualTo(m.id());
        assertThat(text(e.message())).isEqualTo(text(m));
        assertThat(e.qos()).isEqualTo(2);
        assertThat(e.retain()).isTrue();
        assertThat(e.identifiers()).containsExactly(1, 268_435_455);
        assertThat(e.shared()).isEqualTo(filter("$share/g/a/+"));
        assertThat(e.packetId()).isZero();
        assertThat(e.released()).isFalse();
        assertThat(queue(2).get(0).shared()).isNull();
        assertThat(text(queue(2).get(0).message())).isEqualTo(text(m));
    }

    @Test
    @DisplayName("messages of any size come back, shared by queues or not")
    void anySize() throws Exception {
        int[] sizes = {1, 2, 400, 600, 70_000, 3_000_000};
        List<byte[]> payloads = new ArrayList<>();
        for (int i = 0; i < sizes.length; i++) {
            byte[] payload = new byte[sizes[i]];
            Arrays.fill(payload, (byte) i);
            payloads.add(payload);
            done(enqueue(message(2 * i, "t", payload), entry(1)));
            done(enqueue(message(2 * i + 1, "t", payload), entry(1), entry(2)));
        }
        restart();
        List<QueueEntry> first = queue(1);
        List<QueueEntry> second = queue(2);
        for (int i = 0; i < sizes.length; i++) {
            assertThat(first.get(2 * i).message().payload()).isEqualTo(payloads.get(i));
            assertThat(second.get(i).message().payload()).isEqualTo(payloads.get(i));
        }
    }

    @Test
    @DisplayName("entries are read by position, whatever the order they came in")
    void readsByPosition() throws Exception {
        done(enqueue(5, 1), enqueue(3, 1), enqueue(4, 1, 2), enqueue(1, 1));
        assertThat(positions(1)).isEqualTo(ids(1, 3, 4, 5));
        assertThat(positions(2)).isEqualTo(ids(4));
        assertThat(positions(3)).isEmpty();
    }

    @Test
    @DisplayName("QUEUE_READ is bounded by count and bytes, gives at least one entry, and says whether more exist")
    void readIsBounded() throws Exception {
        int size = message(1, "t").sizeBytes();
        done(enqueue(1, 1), enqueue(2, 1), enqueue(3, 1), enqueue(4, 1), new StoreOp.Sent(1, id(4), 9));
        StoreReply.Entries two = read(1, MessageId.ZERO, 2, Integer.MAX_VALUE);
        assertThat(two.entries()).hasSize(2);
        assertThat(two.more()).isTrue();
        StoreReply.Entries rest = read(1, id(2), 2, Integer.MAX_VALUE);
        assertThat(rest.entries()).extracting(QueueEntry::position).containsExactly(id(3));
        assertThat(rest.more()).as("what is in flight is not more").isFalse();
        assertThat(read(1, MessageId.ZERO, 9, 2 * size).entries()).hasSize(2);
        assertThat(read(1, MessageId.ZERO, 9, 2 * size).more()).isTrue();
        assertThat(read(1, MessageId.ZERO, 9, 1).entries()).hasSize(1);
        assertThat(read(1, id(3), 9, 1).entries()).isEmpty();
    }

    @Test
    @DisplayName("an ENQUEUE that comes again changes nothing: not the entry, not its packet id")
    void enqueueAgain() throws Exception {
        done(enqueue(message(1, "t"), new Entry(1, 2, false, new int[] {5}, null)), enqueue(2, 1));
        done(new StoreOp.Sent(1, id(2), 3));
        done(enqueue(message(1, "t"), new Entry(1, 1, true, new int[0], null), entry(2)), enqueue(2, 1));
        restart();
        done(enqueue(message(1, "t"), new Entry(1, 1, true, new int[0], null)), enqueue(2, 1));
        assertThat(queue(1)).singleElement().satisfies(e -> {
            assertThat(e.qos()).isEqualTo(2);
            assertThat(e.identifiers()).containsExactly(5);
        });
        assertThat(positions(2)).isEqualTo(ids(1));
        assertThat(load(1).inFlight()).extracting(QueueEntry::packetId).containsExactly(3);
    }

    @Test
    @DisplayName("SENT takes an entry out of the queue and into flight, with its packet id")
    void sent() throws Exception {
        done(enqueue(1, 1), enqueue(2, 1), enqueue(3, 1, 2));
        done(new StoreOp.Sent(1, id(1), 65_535), new StoreOp.Sent(1, id(3), 1));
        restart();
        assertThat(positions(1)).isEqualTo(ids(2));
        assertThat(positions(2)).isEqualTo(ids(3));
        List<QueueEntry> inFlight = load(1).inFlight();
        assertThat(inFlight).extracting(QueueEntry::position).isEqualTo(ids(1, 3));
        assertThat(inFlight).extracting(QueueEntry::packetId).containsExactly(65_535, 1);
        assertThat(inFlight).noneMatch(QueueEntry::released);
        assertThat(text(inFlight.get(0).message())).isEqualTo(text(message(1, "t")));
        assertThat(load(2).inFlight()).isEmpty();
    }

    @Test
    @DisplayName("RELEASED keeps the entry for its PUBREL until it is dequeued")
    void released() throws Exception {
        done(enqueue(1, 1), new StoreOp.Sent(1, id(1), 8), new StoreOp.Released(1, id(1), 8));
        restart();
        assertThat(positions(1)).isEmpty();
        assertThat(load(1).inFlight()).singleElement().satisfies(e -> {
            assertThat(e.packetId()).isEqualTo(8);
            assertThat(e.released()).isTrue();
        });
        done(dequeue(1, 1));
        assertThat(load(1).inFlight()).isEmpty();
        assertThat(positions(1)).isEmpty();
    }

    @Test
    @DisplayName("SENT and RELEASED of an entry that is gone have no effect")
    void lateMarks() throws Exception {
        done(enqueue(1, 1), enqueue(2, 1), dequeue(1, 1), dequeue(1, 2));
        done(new StoreOp.Sent(1, id(1), 4), new StoreOp.Released(1, id(2), 5));
        assertThat(load(1).inFlight()).isEmpty();
        restart();
        assertThat(load(1).inFlight()).isEmpty();
        assertThat(positions(1)).isEmpty();
        apply(enqueue(3, 1), move(1, 2, 3), new StoreOp.Sent(1, id(3), 6));
        apply(move(2, 1, 3));
        assertThat(positions(1)).as("moved away, sent too late, moved back").isEqualTo(ids(3));
    }

    @Test
    @DisplayName("DEQUEUE forgets an entry of one session, in flight or not, and may come again")
    void dequeueForgets() throws Exception {
        byte[] large = new byte[5000];
        done(enqueue(message(1, "t", large), entry(1), entry(2), entry(3)), new StoreOp.Sent(1, id(1), 4));
        done(dequeue(1, 1), dequeue(1, 1), dequeue(9, 1));
        done(dequeue(1, 1));
        assertThat(load(1).inFlight()).isEmpty();
        assertThat(queue(2).get(0).message().payload()).hasSize(5000);
        restart();
        done(dequeue(2, 1), dequeue(2, 1));
        assertThat(positions(1)).isEmpty();
        assertThat(positions(2)).isEmpty();
        assertThat(queue(3).get(0).message().payload()).hasSize(5000);
    }

    @Test
    @DisplayName("QUEUE_TRIM drops the oldest entries that are not in flight, until count and bytes are reached")
    void trim() throws Exception {
        int size = message(1, "t").sizeBytes();
        done(enqueue(1, 1), enqueue(2, 1), enqueue(3, 1), enqueue(4, 1), enqueue(5, 1), enqueue(1, 2));
        done(new StoreOp.Sent(1, id(1), 4));
        assertThat(apply(new StoreOp.QueueTrim(1, 2, 0, id(11)))).isEqualTo(trimmed(2, 3));
        assertThat(positions(1)).isEqualTo(ids(4, 5));
        assertThat(apply(new StoreOp.QueueTrim(1, 0, size - 1, id(12)))).isEqualTo(trimmed(1, 4));
        assertThat(apply(new StoreOp.QueueTrim(1, 9, 0, id(13)))).isEqualTo(trimmed(1, 5));
        assertThat(load(1).inFlight()).hasSize(1);
        assertThat(positions(2)).isEqualTo(ids(1));
    }

    @Test
    @DisplayName(
            "a QUEUE_TRIM that comes again drops nothing and answers as it did; nor does an older one drop anything")
    void trimAgain() throws Exception {
        done(enqueue(1, 1), enqueue(2, 1), enqueue(3, 1));
        StoreOp trim = new StoreOp.QueueTrim(1, 1, 0, id(12));
        StoreReply answer = trimmed(1, 1);
        assertThat(applyAll(List.of(trim, trim))).containsExactly(answer, answer);
        restart();
        assertThat(apply(trim)).isEqualTo(answer);
        assertThat(apply(new StoreOp.QueueTrim(1, 1, 0, id(11)))).isEqualTo(trimmed(0, 0));
        assertThat(positions(1)).isEqualTo(ids(2, 3));
    }

    @Test
    @DisplayName("a QUEUE_TRIM drops nothing that is not older than it says")
    void trimBefore() throws Exception {
        done(enqueue(1, 1), enqueue(2, 1), enqueue(3, 1), enqueue(4, 1));
        assertThat(apply(new StoreOp.QueueTrim(1, 3, 0, id(12), id(3)))).isEqualTo(trimmed(2, 2));
        assertThat(apply(new StoreOp.QueueTrim(1, 0, 1 << 20, id(13), id(3)))).isEqualTo(trimmed(0, 0));
        assertThat(apply(new StoreOp.QueueTrim(1, 3, 0, id(14), id(3)))).isEqualTo(trimmed(0, 0));
        assertThat(positions(1)).isEqualTo(ids(3, 4));
    }

    @Test
    @DisplayName("inbound QoS 2 packet ids are kept with the ENQUEUE, until they are released")
    void inbound() throws Exception {
        done(
                new StoreOp.Enqueue(message(1, "t"), List.of(entry(2)), 1, 65_535, Retained.KEEP, 0),
                new StoreOp.Enqueue(message(2, "t"), List.of(), 1, 7, Retained.KEEP, 0),
                new StoreOp.Enqueue(message(2, "t"), List.of(), 1, 7, Retained.KEEP, 0),
                new StoreOp.Enqueue(message(3, "t"), List.of(), 2, 7, Retained.KEEP, 0));
        restart();
        assertThat(load(1).inboundPacketIds()).containsExactlyInAnyOrder(65_535, 7);
        done(new StoreOp.InboundRelease(1, 7), new StoreOp.InboundRelease(1, 7));
        assertThat(load(1).inboundPacketIds()).containsExactly(65_535);
        assertThat(load(2).inboundPacketIds()).containsExactly(7);
    }

    @Test
    @DisplayName("ENQUEUE sets and clears the retained message of its topic; RETAINED_SCAN pages through them")
    void retained() throws Exception {
        for (long n = 1; n <= 7; n++) {
            done(new StoreOp.Enqueue(richMessage(n, "r/" + n), List.of(), 0, 0, Retained.SET, 0));
        }
        done(
                new StoreOp.Enqueue(richMessage(8, "r/1"), List.of(), 0, 0, Retained.SET, 0),
                new StoreOp.Enqueue(message(9, "r/2", new byte[0]), List.of(entry(1)), 0, 0, Retained.CLEAR, 0),
                new StoreOp.Enqueue(message(10, "r/3"), List.of(), 0, 0, Retained.KEEP, 0));
        restart();
        List<Message> all = new ArrayList<>();
        String after = "";
        StoreReply.Messages page;
        do {
            page = (StoreReply.Messages) apply(new StoreOp.RetainedScan(after, 2));
            assertThat(page.messages()).hasSizeLessThanOrEqualTo(2);
            all.addAll(page.messages());
            after = all.get(all.size() - 1).topic().text();
        } while (page.nextAfter() != null);
        assertThat(all)
                .extracting(m -> m.topic().text())
                .containsExactlyInAnyOrder("r/1", "r/3", "r/4", "r/5", "r/6", "r/7");
        assertThat(all)
                .extracting(StoreHarness::text)
                .contains(text(richMessage(8, "r/1")), text(richMessage(3, "r/3")));
    }

    @Test
    @DisplayName("an operation sees the effects of those before it in the same list")
    void listOrder() throws Exception {
        List<StoreReply> replies = applyAll(List.of(
                enqueue(1, 1),
                new StoreOp.QueueRead(1, MessageId.ZERO, 9, 9999),
                new StoreOp.Sent(1, id(1), 3),
                new StoreOp.QueueRead(1, MessageId.ZERO, 9, 9999),
                new StoreOp.SessionLoad(1),
                dequeue(1, 1),
                new StoreOp.SessionLoad(1),
                new StoreOp.SessionSave(session(1, 2, null)),
                new StoreOp.SessionScan(0, 9)));
        assertThat(((StoreReply.Entries) replies.get(1)).entries()).hasSize(1);
        assertThat(((StoreReply.Entries) replies.get(3)).entries()).isEmpty();
        assertThat(((StoreReply.SessionState) replies.get(4)).inFlight()).hasSize(1);
        assertThat(((StoreReply.SessionState) replies.get(6)).inFlight()).isEmpty();
        assertThat(((StoreReply.Sessions) replies.get(8)).sessions()).hasSize(1);
    }
}
