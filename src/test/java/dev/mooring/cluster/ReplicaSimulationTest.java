package dev.mooring.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.metrics.ReplicaMetrics;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;

/**
 * Nodes that change their entries, come, go and come back, over a network that loses, doubles, delays and reorders.
 * When it has become quiet, every node knows exactly what every other one has, and has told its listener so.
 */
class ReplicaSimulationTest {
    private static final long DIGEST_MS = 1_000;
    private static final int TICK_MS = 25;

    private final PriorityQueue<Frame> wire = new PriorityQueue<>();
    private final Map<String, Node> nodes = new LinkedHashMap<>();
    private final Set<Set<String>> cut = new HashSet<>();
    private long nowMs;
    private long frames;
    private long epochs;
    private Random random = new Random();
    private double loss;
    private double twice;
    private int delayMs;

    private record Frame(long atMs, long number, NodeId from, NodeId to, LinkBody body) implements Comparable<Frame> {
        @Override
        public int compareTo(Frame other) {
            int byTime = Long.compare(atMs, other.atMs);
            return byTime == 0 ? Long.compare(number, other.number) : byTime;
        }
    }

    /** One life of a node, and what its listener was told. */
    private final class Node implements Replica.Port, ReplicaListener {
        final NodeId id;
        final ReplicaMetrics metrics = new ReplicaMetrics();
        final Replica replica;
        final Map<NodeId, TreeMap<Entry, Entry>> told = new HashMap<>();
        final Set<NodeId> complete = new HashSet<>();

        Node(String name) {
            id = new NodeId(name, ++epochs);
            replica = new Replica(this, this, metrics, DIGEST_MS, id.epoch() << 32);
        }

        @Override
        public boolean send(NodeId peer, LinkBody body) {
            if (random.nextInt(50) == 0 && loss > 0) {
                return false; // the link is full
            }
            for (int copies = random.nextDouble() < twice ? 2 : 1; copies > 0; copies--) {
                if (random.nextDouble() >= loss) {
                    long atMs = nowMs + random.nextInt(1 + delayMs);
                    wire.add(new Frame(atMs, ++frames, id, peer, body));
                }
            }
            return true;
        }

        @Override
        public long queuedBytes(NodeId peer) {
            return random.nextInt(4) == 0 ? Long.MAX_VALUE : 0;
        }

        @Override
        public void added(NodeId origin, Entry entry) {
            Entry before = told.computeIfAbsent(origin, o -> new TreeMap<>()).put(entry, entry);
            assertThat(before).as("added twice").isNull();
        }

        @Override
        public void changed(NodeId origin, Entry before, Entry now) {
            TreeMap<Entry, Entry> of = told.computeIfAbsent(origin, o -> new TreeMap<>());
            assertThat(of.remove(before)).isEqualTo(before);
            of.put(now, now);
        }

        @Override
        public void removed(NodeId origin, Entry entry) {
            assertThat(told.get(origin).remove(entry)).isEqualTo(entry);
        }

        @Override
        public void complete(NodeId origin) {
            assertThat(complete.add(origin)).as("complete once").isTrue();
        }

        @Override
        public void stale(NodeId origin) {
            complete.remove(origin);
        }

        @Override
        public void originLeft(NodeId origin, Iterable<Entry> entries) {
            TreeMap<Entry, Entry> of = told.remove(origin);
            assertThat(entries).containsExactlyElementsOf(of == null ? new TreeSet<Entry>() : of.values());
            complete.remove(origin);
        }
    }

    @Property(tries = 150)
    @Label("after everything that can happen, and a while of quiet, all copies are right")
    void copiesBecomeRight(@ForAll long seed) {
        new ReplicaSimulationTest().run(seed);
    }

    private void run(long seed) {
        random = new Random(seed);
        loss = random.nextInt(3) == 0 ? 0 : random.nextDouble() * 0.4;
        twice = random.nextInt(3) == 0 ? 0 : random.nextDouble() * 0.3;
        delayMs = random.nextInt(3) == 0 ? 0 : random.nextInt(400);
        int names = 2 + random.nextInt(4);
        int keys = random.nextInt(3) == 0 ? 5_000 : 40;
        for (int i = 0; i < names; i++) {
            start("n" + i, keys);
        }
        int steps = 100 + random.nextInt(400);
        for (int i = 0; i < steps; i++) {
            disturb(names, keys);
            turn();
        }
        loss = 0;
        twice = 0;
        delayMs = Math.min(delayMs, 50);
        heal();
        long quietUntilMs = nowMs + 2 * Replica.PATIENCE_MS + 10 * DIGEST_MS;
        while (nowMs < quietUntilMs) {
            turn();
        }
        check();
    }

    private void disturb(int names, int keys) {
        String name = "n" + random.nextInt(names);
        switch (random.nextInt(40)) {
            case 0 -> start(name, keys); // again, or for the first time
            case 1 -> stop(name);
            case 2 -> cut(name, "n" + random.nextInt(names));
            case 3 -> heal();
            case 4 -> interrupt(name, "n" + random.nextInt(names));
            default -> {
                Node node = nodes.get(name);
                if (node != null) {
                    for (int i = random.nextInt(20); i > 0; i--) {
                        change(node, keys);
                    }
                }
            }
        }
    }

    private void change(Node node, int keys) {
        Entry entry = EntrySetTest.entry(random.nextInt(2), "key/" + random.nextInt(keys), "" + random.nextInt(3));
        if (random.nextInt(3) == 0) {
            node.replica.remove(entry.kind(), entry.key());
        } else {
            node.replica.put(entry);
        }
    }

    private void start(String name, int keys) {
        stop(name);
        Node node = new Node(name);
        for (int i = random.nextInt(keys); i > 0; i--) {
            change(node, keys);
        }
        for (Node other : nodes.values()) {
            other.replica.joined(node.id, nowMs);
            node.replica.joined(other.id, nowMs);
        }
        nodes.put(name, node);
    }

    private void stop(String name) {
        Node gone = nodes.remove(name);
        if (gone != null) {
            nodes.values().forEach(other -> other.replica.left(gone.id));
        }
    }

    /** Neither hears the other any more. */
    private void cut(String a, String b) {
        if (!a.equals(b)) {
            cut.add(Set.of(a, b));
        }
    }

    private void heal() {
        cut.clear();
    }

    /** What is on its way between both is lost, and both are told. */
    private void interrupt(String a, String b) {
        Node one = nodes.get(a);
        Node two = nodes.get(b);
        if (one != null && two != null && one != two) {
            wire.removeIf(f -> Set.of(one.id, two.id).equals(Set.of(f.from, f.to)));
            one.replica.interrupted(two.id, nowMs);
            two.replica.interrupted(one.id, nowMs);
        }
    }

    private void turn() {
        nowMs += TICK_MS;
        while (!wire.isEmpty() && wire.peek().atMs <= nowMs) {
            Frame frame = wire.remove();
            Node to = nodes.get(frame.to.name());
            boolean isCut = cut.contains(Set.of(frame.from.name(), frame.to.name()));
            if (to != null && to.id.equals(frame.to) && !isCut) {
                assertThat(to.replica.receive(frame.from, travelled(frame.body), nowMs))
                        .isTrue();
            }
        }
        for (Node node : nodes.values()) {
            node.replica.tick(nowMs);
            for (int pages = 0; pages < 5; pages++) {
                node.replica.proceed();
            }
        }
    }

    private static LinkBody travelled(LinkBody body) {
        BodyWriter out = new BodyWriter(64);
        Wire wire = Wire.of(List.of());
        assertThat(wire.write(body, Wire.VERSION, out)).isTrue();
        List<LinkBody> read = new ArrayList<>();
        try {
            wire.read(new BodyReader(out.toBytes(), 0, out.size()), Wire.VERSION, read::add);
        } catch (Malformed e) {
            throw new AssertionError(e);
        }
        return read.get(0);
    }

    private void check() {
        for (Node node : nodes.values()) {
            assertThat(node.metrics.repairs.sum()).as("repairs").isZero();
            Set<NodeId> others = new HashSet<>();
            for (Node other : nodes.values()) {
                if (other != node) {
                    others.add(other.id);
                    String what = node.id + " of " + other.id + " at " + nowMs;
                    assertThat(node.replica.entries(other.id))
                            .as(what)
                            .containsExactlyElementsOf(other.replica.entries());
                    assertThat(node.told.getOrDefault(other.id, new TreeMap<>()).values())
                            .as(what)
                            .containsExactlyElementsOf(other.replica.entries());
                    assertThat(node.complete).as(what).contains(other.id);
                }
            }
            assertThat(node.replica.peers()).containsExactlyInAnyOrderElementsOf(others);
            assertThat(node.told.keySet()).isSubsetOf(others);
        }
    }
}
