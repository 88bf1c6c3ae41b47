package dev.mooring.store;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.Subscription;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Random operations of hooks on few clients and topics, as close to each other as a broker's may be. */
final class HookOps {
    private static final List<String> TOPICS = List.of("a", "a/b", "a/c", "b");
    private static final List<String> FILTERS = List.of("a", "a/b", "a/c", "b", "a/#", "+/+", "#");
    private static final int CLIENTS = 3;

    private final Random random;
    private final List<Message> published = new ArrayList<>();
    private final List<StoreOp.ClientConnected> connected = new ArrayList<>();
    private long number;

    HookOps(Random random) {
        this.random = random;
    }

    /** For the start: a message of each topic, so that all are known. */
    List<StoreOp> first() {
        List<StoreOp> ops = new ArrayList<>();
        TOPICS.forEach(topic -> ops.add(new StoreOp.MessagePublish(next(topic, false), expiresAtMs())));
        return ops;
    }

    /** What one event of the broker gives rise to. */
    List<StoreOp> next() {
        String client = "c" + random.nextInt(CLIENTS);
        String topic = any(TOPICS);
        return switch (random.nextInt(12)) {
            case 0, 1 -> List.of(new StoreOp.MessagePublish(next(topic, false), expiresAtMs()));
            case 2, 3 -> retained(next(topic, true));
            case 4 -> List.of(new StoreOp.RetainDelete(topic));
            case 5 -> {
                Message m = any(published);
                yield List.of(new StoreOp.AckedForQueue(client, m.topic().text(), m.id()));
            }
            case 6, 7 -> {
                Message m = any(published);
                yield List.of(new StoreOp.AckedForPubsub(client, m.topic().text(), m.id()));
            }
            case 8 -> List.of(new StoreOp.AckedDelete(client, StoreHarness.filter(any(FILTERS))));
            case 9 -> {
                MessageId until = published.get(published.size() - 1).id();
                yield List.of(new StoreOp.FetchForPubsub(
                        client, StoreHarness.filter(any(FILTERS)), MessageId.ZERO, until, 100));
            }
            case 10 -> presence(client);
            default -> {
                List<Subscription> saved = List.of(Subscription.of(any(FILTERS), random.nextInt(3)));
                List<String> removed = List.of(any(FILTERS));
                yield List.of(
                        random.nextBoolean()
                                ? new StoreOp.ProxySave(client, saved, List.of())
                                : new StoreOp.ProxySave(client, List.of(), removed));
            }
        };
    }

    /** Some of the rules that a retained message may have, in either order. */
    private List<StoreOp> retained(Message m) {
        List<StoreOp> ops = new ArrayList<>();
        ops.add(new StoreOp.MessageRetain(m));
        if (random.nextBoolean()) {
            ops.add(random.nextInt(2), new StoreOp.MessagePublish(m, expiresAtMs()));
        }
        if (random.nextInt(3) == 0) {
            ops.add(new StoreOp.MessageStoreKeepLatest(m, expiresAtMs()));
            ops.add(new StoreOp.AckedForKeepLatest(
                    "c", m.topic().text(), any(published).id()));
        }
        return ops;
    }

    private List<StoreOp> presence(String client) {
        if (connected.isEmpty() || random.nextBoolean()) {
            number++;
            StoreOp.ClientConnected op = new StoreOp.ClientConnected("n" + random.nextInt(2), client, number);
            connected.add(op);
            return List.of(op);
        }
        StoreOp.ClientConnected one = connected.remove(random.nextInt(connected.size())); // a connection ends once
        number++;
        return List.of(new StoreOp.ClientDisconnected(one.node(), one.clientId(), one.onlineAtS(), number));
    }

    /** Ends all that can be ended. */
    List<StoreOp> last() {
        List<StoreOp> ops = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            ops.add(new StoreOp.AckedDelete("c" + i, StoreHarness.filter("#")));
            ops.add(new StoreOp.ProxySave("c" + i, List.of(), FILTERS));
        }
        TOPICS.forEach(topic -> ops.add(new StoreOp.RetainDelete(topic)));
        for (Message m : published) {
            ops.add(new StoreOp.AckedForQueue("c", m.topic().text(), m.id()));
            ops.add(new StoreOp.AckedForKeepLatest("c", m.topic().text(), m.id()));
        }
        connected.forEach(
                one -> ops.add(new StoreOp.ClientDisconnected(one.node(), one.clientId(), one.onlineAtS(), number)));
        return ops;
    }

    private Message next(String topic, boolean retain) {
        number++;
        Message plain = StoreHarness.message(number, topic);
        Message m = new Message(
                plain.id(),
                plain.from(),
                plain.topic(),
                plain.qos(),
                retain,
                plain.payload(),
                plain.properties(),
                plain.createdAtMs(),
                plain.expiresAtMs());
        published.add(m);
        return m;
    }

    private static long expiresAtMs() {
        return StoreHarness.NOW_MS + StoreHarness.HOUR_MS;
    }

    private <T> T any(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }
}
