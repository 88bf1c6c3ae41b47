package dev.mooring.cluster;

import dev.mooring.metrics.ReplicaMetrics;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/**
 * The route protocol with a hundred nodes and ten million filters, in one process and in simulated time:
 * {@code nodes=100 filters=10000000 full=4 entriesPerMs=1000}.
 *
 * <p>Every node owns its share of the filters and speaks as the broker's {@link Replica} does. {@code full} of them
 * keep copies of what all others own; the rest keep none, since a hundred copies would be a thousand million
 * references. All peers of a node get the same from it, each on its own link, so what goes to those that keep none is
 * counted like what goes to those that do. Bytes of filters are shared between copies, in memory only: sizes are
 * counted as the wire has them. A frame takes a millisecond; a node has a link of 10 Gbit/s in each direction, and
 * applies so many entries in a millisecond as {@code entriesPerMs} says: JoiningNode measures that.
 */
public final class ScaleSimulation {
    private static final int TICK_MS = 25;
    private static final int DIGEST_MS = 15_000;
    private static final int LATENCY_MS = 1;
    private static final long LINK_BYTES_PER_MS = 1_250_000;
    private static final int FRAME_BYTES = 4 + 1 + 8 + 1 + 4; // around a body that is alone in its batch
    private static final int QUIET_MS = 2_000;

    private final Map<NodeId, Node> nodes = new HashMap<>();
    private final List<Node> order = new ArrayList<>();
    private final Random random = new Random(1);
    private final int entriesPerMs;
    private long nowMs;
    private long epochs;

    private ScaleSimulation(int entriesPerMs) {
        this.entriesPerMs = entriesPerMs;
    }

    private record Frame(long atMs, NodeId from, LinkBody body, int bytes, int entries) {}

    /** One life of a node. */
    private final class Node implements Replica.Port {
        final NodeId id;
        final boolean full;
        final ReplicaMetrics metrics = new ReplicaMetrics();
        final Replica replica;
        final ArrayDeque<Frame> inbox = new ArrayDeque<>();
        final Map<NodeId, long[]> waiting = new HashMap<>();
        long sentBytes;
        long sentFrames;
        long receivedBytes;
        long budgetBytes;
        int completed;

        Node(String name, boolean full) {
            id = new NodeId(name, ++epochs);
            this.full = full;
            replica = new Replica(new Counting(this), this, metrics, DIGEST_MS, 0);
        }

        @Override
        public boolean send(NodeId peer, LinkBody body) {
            Node to = nodes.get(peer);
            if (to == null) {
                return false;
            }
            int bytes = FRAME_BYTES + size(body);
            sentBytes += bytes;
            sentFrames++;
            budgetBytes -= bytes;
            waiting.computeIfAbsent(peer, p -> new long[1])[0] += bytes;
            to.inbox.add(new Frame(nowMs + LATENCY_MS, id, body, bytes, entries(body)));
            return true;
        }

        @Override
        public long queuedBytes(NodeId peer) {
            long[] queued = waiting.get(peer);
            return budgetBytes <= 0 ? Long.MAX_VALUE : queued == null ? 0 : queued[0];
        }

        void turn() {
            int entries = entriesPerMs;
            long bytes = LINK_BYTES_PER_MS;
            while (!inbox.isEmpty() && inbox.peek().atMs <= nowMs && entries > 0 && bytes > 0) {
                Frame frame = inbox.remove();
                entries -= frame.entries;
                bytes -= frame.bytes;
                receivedBytes += frame.bytes;
                Node from = nodes.get(frame.from);
                if (from != null) {
                    from.waiting.get(id)[0] -= frame.bytes;
                    replica.receive(frame.from, frame.body, nowMs);
                }
            }
            budgetBytes = Math.min(LINK_BYTES_PER_MS, budgetBytes + LINK_BYTES_PER_MS);
            if (nowMs % TICK_MS == id.epoch() % TICK_MS) {
                replica.tick(nowMs);
            }
            while (replica.proceed()) {
                continue; // until windows or the link are full
            }
        }
    }

    /** Only what the simulation asks for. */
    private record Counting(Node[] node) implements ReplicaListener {
        Counting(Node node) {
            this(new Node[] {node});
        }

        @Override
        public void added(NodeId origin, Entry entry) {}

        @Override
        public void changed(NodeId origin, Entry before, Entry now) {}

        @Override
        public void removed(NodeId origin, Entry entry) {}

        @Override
        public void complete(NodeId origin) {
            node[0].completed++;
        }

        @Override
        public void stale(NodeId origin) {}

        @Override
        public void originLeft(NodeId origin, Iterable<Entry> entries) {
            node[0].completed--;
        }
    }

    /** Bytes of the body as {@link Wire} writes it; sizes of entries are known without writing them. */
    private static int size(LinkBody body) {
        if (body instanceof Page page) {
            int bytes = 8
                    + 8
                    + 1
                    + 1
                    + 4
                    + (page.after() == null ? 0 : 5 + page.after().key().length);
            for (Entry entry : page.entries()) {
                bytes += entry.sizeBytes();
            }
            return bytes;
        }
        BodyWriter out = new BodyWriter(64);
        body.write(out, Wire.VERSION);
        return out.size();
    }

    private static int entries(LinkBody body) {
        if (body instanceof Page page) {
            return page.entries().size();
        }
        return body instanceof Delta delta ? delta.changes().size() : 1;
    }

    public static void main(String[] arguments) {
        Map<String, Integer> options =
                new HashMap<>(Map.of("nodes", 100, "filters", 10_000_000, "full", 4, "entriesPerMs", 1_000));
        for (String argument : arguments) {
            String[] parts = argument.split("=", 2);
            if (options.replace(parts[0], Integer.valueOf(parts[1])) == null) {
                throw new IllegalArgumentException(argument);
            }
        }
        new ScaleSimulation(options.get("entriesPerMs"))
                .run(options.get("nodes"), options.get("filters"), options.get("full"));
    }

    private void run(int count, int filters, int full) {
        int each = filters / count;
        for (int i = 0; i < count; i++) {
            add(new Node("n" + i, i < full), i, each);
        }
        say("%d nodes, %,d filters, %d nodes keep copies", count, filters, full);
        join(count, full);
        end(count);
        comeBack(count, each);
        churn(count, filters, full);
    }

    private void add(Node node, int number, int each) {
        nodes.put(node.id, node);
        order.add(node);
        for (int i = 0; i < each; i++) {
            node.replica.put(entry(number, i));
        }
    }

    private static Entry entry(int node, int i) {
        String filter =
                String.format(Locale.ROOT, "plant/%02d/line/%03d/device/%08x/+/state", node, i % 700, i * 2654435761L);
        return new Entry(1, filter.getBytes(StandardCharsets.UTF_8), Entry.NO_VALUE);
    }

    /** All at once, as after a power cut. */
    private void join(int count, int full) {
        for (Node a : order) {
            for (Node b : order) {
                if (a != b && (a.full || b.full)) {
                    a.replica.joined(b.id, nowMs);
                }
            }
        }
        long tookMs = until("join", () -> order.stream().limit(full).allMatch(n -> n.completed == count - 1));
        Node one = order.get(0);
        say(
                "all nodes begin at once: %,d ms; each gets %,d MB and sends %,d MB in %,d frames; the last copy: %s",
                tookMs, one.receivedBytes / 1_000_000, sentByOne(count) / 1_000_000, framesByOne(count), check());
    }

    /** Nothing travels: each node forgets what the dead one had. */
    private void end(int count) {
        Node dead = order.remove(count - 1);
        nodes.remove(dead.id);
        long before = order.get(0).metrics.copiedEntries.sum();
        long sent = total();
        order.forEach(node -> node.replica.left(dead.id));
        say(
                "a node ends: every other one forgets %,d entries; %,d bytes are sent for it",
                before - order.get(0).metrics.copiedEntries.sum(), total() - sent);
    }

    /** As a node that keeps copies: its own filters go to all others, and theirs come to it. */
    private void comeBack(int count, int each) {
        Node back = new Node("n" + (count - 1), true);
        add(back, count - 1, each);
        long sent = total();
        for (Node other : order) {
            if (other != back) {
                back.replica.joined(other.id, nowMs);
                other.replica.joined(back.id, nowMs);
            }
        }
        long tookMs = until("comeBack", () -> back.completed == count - 1);
        say(
                "it comes back: knows all after %,d ms, having got %,d MB; all links together carried %,d MB: %s",
                tookMs, back.receivedBytes / 1_000_000, (total() - sent) / 1_000_000, check());
    }

    /** One filter of a hundred changes in a minute, over the whole cluster. */
    private void churn(int count, int filters, int full) {
        int seconds = 30;
        double perMs = filters / 100.0 / 60_000;
        long sent = total();
        long own = order.get(0).sentBytes;
        double due = 0;
        long changes = 0;
        for (long untilMs = nowMs + seconds * 1_000L; nowMs < untilMs; ) {
            for (due += perMs; due >= 1; due--) {
                Node node = order.get(random.nextInt(count));
                node.replica.put(entry(count + 1, random.nextInt(1 << 30)));
                changes++;
            }
            turn();
        }
        long bytes = total() - sent;
        long quietMs = until("churn", () -> order.stream().allMatch(n -> n.inbox.isEmpty()));
        for (long untilMs = nowMs + QUIET_MS; nowMs < untilMs; ) {
            turn();
        }
        long receivers = order.stream().filter(n -> n.full).count();
        say(
                "%,d changes a second: each node sends %,d kB/s to all others, %.0f bytes a change and node; all know"
                        + " the last one %,d ms after it at most: %s",
                changes / seconds,
                bytes / seconds / receivers / 1_000,
                (double) bytes / changes / receivers,
                quietMs + TICK_MS,
                check());
        if (own > order.get(0).sentBytes || full < 1) {
            throw new IllegalStateException("counters went back");
        }
    }

    private long until(String what, java.util.function.BooleanSupplier done) {
        long beganMs = nowMs;
        while (!done.getAsBoolean()) {
            turn();
            if (nowMs - beganMs > 600_000) {
                throw new IllegalStateException(what + " does not end");
            }
        }
        return nowMs - beganMs;
    }

    private void turn() {
        nowMs++;
        for (Node node : order) {
            node.turn();
        }
    }

    private long total() {
        return order.stream().mapToLong(n -> n.sentBytes).sum();
    }

    /** Of a node that keeps no copies, to all others: it sends the same to each that does. */
    private long sentByOne(int count) {
        Node last = order.get(order.size() - 1);
        return last.sentBytes / last.replica.peers().size() * (count - 1);
    }

    private long framesByOne(int count) {
        Node last = order.get(order.size() - 1);
        return last.sentFrames / last.replica.peers().size() * (count - 1);
    }

    /** Every copy is like its original, or this ends here. */
    private String check() {
        long copies = 0;
        for (Node node : order) {
            for (Node origin : order) {
                if (node.full && node != origin) {
                    EntrySet copy = (EntrySet) node.replica.entries(origin.id);
                    EntrySet original = (EntrySet) origin.replica.entries();
                    if (copy.hash() != original.hash() || copy.size() != original.size()) {
                        throw new IllegalStateException(node.id + " knows " + origin.id + " wrongly");
                    }
                    copies++;
                }
            }
            if (node.metrics.repairs.sum() + node.metrics.gaps.sum() > 0) {
                throw new IllegalStateException("repairs or gaps at " + node.id);
            }
        }
        return copies + " copies are right";
    }

    private void say(String what, Object... values) {
        System.out.printf(Locale.ROOT, "[%,7d ms] " + what + "%n", prepend(nowMs, values));
    }

    private static Object[] prepend(Object first, Object[] rest) {
        Object[] all = new Object[rest.length + 1];
        all[0] = first;
        System.arraycopy(rest, 0, all, 1, rest.length);
        return all;
    }
}
