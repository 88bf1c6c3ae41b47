package dev.mooring.store;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.TopicFilter;
import dev.mooring.store.StoreOp.Enqueue.Retained;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Random operations on few sessions, messages and topics, such as a broker would ask for: an entry that was in a queue
 * and left it is not enqueued again, nor moved back there; ids are new, but for what is repeated.
 */
final class RandomOps {
    /** Comparisons with {@link NaiveStore} for each seed that a test takes. */
    static final int ROUNDS = Integer.getInteger("model.rounds", 1);

    private static final String[] TOPICS = {"a", "a/b", "a/c", "b", "$x"};
    private static final String[] FILTERS = {"a", "a/#", "+/+", "#", "b", "a/b", "none"};
    private static final int STATE_KINDS = 16;
    private static final int ALL_KINDS = 21;
    /** Positions of copies are so far behind those of their messages. */
    private static final int COPIES = 100;

    private final Random random;
    private final NaiveStore model;
    private final int from;
    private final int kinds;
    private long moves;
    private final Set<String> gone = new HashSet<>();

    private RandomOps(Random random, NaiveStore model, int from, int to) {
        this.random = random;
        this.model = model;
        this.from = from;
        this.kinds = to - from;
    }

    /** @param model that all of them are applied to, in order */
    static RandomOps all(Random random, NaiveStore model) {
        return new RandomOps(random, model, 0, ALL_KINDS);
    }

    /** Those of the broker's own state. */
    static RandomOps ofState(Random random, NaiveStore model) {
        return new RandomOps(random, model, 0, STATE_KINDS);
    }

    /** Those of hooks. */
    static RandomOps ofHooks(Random random, NaiveStore model) {
        return new RandomOps(random, model, STATE_KINDS, ALL_KINDS);
    }

    StoreOp next() {
        long session = 1 + random.nextInt(4);
        long n = random.nextInt(40);
        MessageId id = StoreHarness.id(n);
        String topic = TOPICS[random.nextInt(TOPICS.length)];
        String filter = FILTERS[random.nextInt(FILTERS.length)];
        MessageId after = random.nextBoolean() ? MessageId.ZERO : StoreHarness.id(random.nextInt(40));
        int kind = from + random.nextInt(kinds);
        if ((kind == 5 || kind == 6) && !model.has(session, id)) {
            gone.add(session + "/" + n);
        }
        return switch (kind) {
            case 0, 1, 2, 3, 4 -> enqueue(n);
            case 5 -> new StoreOp.Sent(session, id, 1 + random.nextInt(9));
            case 6 -> new StoreOp.Released(session, id, 1 + random.nextInt(9));
            case 7, 8 -> {
                gone.add(session + "/" + n);
                yield new StoreOp.Dequeue(session, id);
            }
            case 9 -> move(session, 1 + random.nextInt(4));
            case 10 -> new StoreOp.QueueRead(session, after, 1 + random.nextInt(9), random.nextInt(5000));
            case 11 -> new StoreOp.SessionLoad(session);
            case 12 -> {
                goneFrom(session);
                yield random.nextBoolean()
                        ? new StoreOp.QueueTrim(
                                session,
                                random.nextInt(3),
                                random.nextInt(900),
                                id,
                                random.nextInt(3) == 0 ? after : MessageId.MAX)
                        : new StoreOp.SessionDelete(session, "c");
            }
            case 13 -> {
                long disconnectedAtMs = random.nextInt(2);
                yield new StoreOp.SessionSave(
                        new SessionRecord(session, "c", "", random.nextInt(5), 0, disconnectedAtMs, null));
            }
            case 14 -> new StoreOp.SessionScan(0, 100);
            case 15 -> new StoreOp.InboundRelease(session, 1 + random.nextInt(3));
            case 16 ->
                new StoreOp.MessagePublish(StoreHarness.message(n, TOPICS[(int) (n % TOPICS.length)]), Message.NEVER);
            case 17 ->
                new StoreOp.FetchForQueue("c", StoreHarness.filter(filter), from(filter, after), 1 + random.nextInt(9));
            case 18 ->
                new StoreOp.FetchForPubsub(
                        "c" + session, StoreHarness.filter(filter), from(filter, after), MessageId.MAX, 9);
            case 19 ->
                random.nextBoolean()
                        ? new StoreOp.AckedForPubsub("c" + session, topic, id)
                        : new StoreOp.AckedForQueue("c", TOPICS[(int) (n % TOPICS.length)], id);
            default -> new StoreOp.AckedDelete("c" + session, StoreHarness.filter(filter));
        };
    }

    /**
     * A page that goes on where one of a wildcard filter ended may leave out what was stored since: that comes live.
     * Here an id could be such an end by chance.
     */
    private static MessageId from(String filter, MessageId after) {
        return StoreHarness.filter(filter).wildcard() ? MessageId.ZERO : after;
    }

    private StoreOp enqueue(long n) {
        List<StoreOp.Enqueue.Entry> entries = new ArrayList<>();
        for (long session = 1; session <= 4; session++) {
            if (random.nextBoolean() && !gone.contains(session + "/" + n)) {
                int[] identifiers = random.nextInt(3) == 0 ? new int[] {7, 268_435_455} : new int[0];
                TopicFilter shared = random.nextBoolean() ? null : StoreHarness.filter("$share/g/t");
                entries.add(new StoreOp.Enqueue.Entry(
                        session, 1 + random.nextInt(2), random.nextBoolean(), identifiers, shared));
            }
        }
        Message m = StoreHarness.message(n, "t", new byte[n % 3 == 0 ? 2000 : (int) n]);
        long other = 1 + random.nextInt(4);
        if (random.nextInt(3) == 0 && !gone.contains(other + "/" + (n + COPIES))) {
            Message copy = m.copy(StoreHarness.id(n + COPIES), random.nextBoolean());
            TopicFilter shared = StoreHarness.filter("$share/h/t");
            entries.add(new StoreOp.Enqueue.Entry(other, 1 + random.nextInt(2), false, new int[0], shared, copy));
        }
        long inbound = random.nextInt(3);
        return new StoreOp.Enqueue(m, entries, inbound, inbound == 0 ? 0 : 1 + random.nextInt(3), Retained.KEEP, 0);
    }

    private StoreOp move(long from, long to) {
        List<MessageId> positions = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            int n = random.nextInt(40);
            if (!gone.contains(to + "/" + n)) {
                positions.add(StoreHarness.id(n));
            }
        }
        if (from != to) {
            goneFrom(from);
        }
        int[] identifiers = random.nextBoolean() ? new int[0] : new int[] {1 + random.nextInt(300)};
        MessageId by = StoreHarness.id(++moves);
        return new StoreOp.QueueMove(from, positions, to, 1 + random.nextInt(2), random.nextBoolean(), identifiers, by);
    }

    private void goneFrom(long session) {
        for (int n = 0; n < 40 + COPIES; n++) {
            gone.add(session + "/" + n);
        }
    }
}
