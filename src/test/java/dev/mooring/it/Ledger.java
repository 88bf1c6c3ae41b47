package dev.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.it.PacketClient.Received;
import io.netty.handler.codec.mqtt.MqttMessageType;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Clients that come back after every end of their connection and write down what was acknowledged to them and what they
 * received, as a correct client does: unanswered packets are repeated in order, QoS 2 packet ids outlive the
 * connection.
 */
final class Ledger {
    private static final int WINDOW = 16;
    private static final int POLL_MS = 100;
    private static final int NOT_FOUND = 0x92;
    private static final int SERVER_SHUTTING_DOWN = 0x8B;
    private static final int SESSION_TAKEN_OVER = 0x8E;
    private static final int PACKET_ID_MAX = 60_000;
    private static final int LOST_SAID_MAX = 20;

    /** Acknowledgements of all publishers. */
    final AtomicInteger acknowledged = new AtomicInteger();

    volatile boolean publishing = true;
    volatile boolean receiving = true;
    private final Supplier<InetSocketAddress> broker;
    private volatile CountDownLatch up = new CountDownLatch(0);
    private volatile int move;
    private final List<Subscriber> subscribers = new CopyOnWriteArrayList<>();
    private final List<String> diary = new CopyOnWriteArrayList<>();
    private final int aheadMax;

    Ledger(int port) {
        this(() -> port, Integer.MAX_VALUE);
    }

    /**
     * @param port of one of several nodes, on the loopback address; asked for every connection
     * @param aheadMax publishers wait while a subscriber has so many still to come: queues have a bound, too
     */
    Ledger(IntSupplier port, int aheadMax) {
        this(() -> new InetSocketAddress(InetAddress.getLoopbackAddress(), port.getAsInt()), aheadMax);
    }

    /** The same with nodes anywhere. */
    Ledger(Supplier<InetSocketAddress> broker, int aheadMax) {
        this.broker = broker;
        this.aheadMax = aheadMax;
    }

    /** Two at each of QoS 1 and 2, which have begun. */
    List<Publisher> publishers(RunningClients clients) {
        List<Publisher> publishers = Stream.of("1a", "1b", "2a", "2b")
                .map(name -> new Publisher("ledger/" + name, name.charAt(0) - '0', false))
                .toList();
        publishers.forEach(clients::run);
        return publishers;
    }

    /** One of those that are there now; there may be others meanwhile. */
    static <T> T anyOf(List<T> those, Random random) {
        List<T> now = List.copyOf(those);
        return now.get(random.nextInt(now.size()));
    }

    private boolean isAhead() {
        int published = acknowledged.get();
        for (Subscriber subscriber : subscribers) {
            if (published - subscriber.count.get() >= aheadMax) {
                return true;
            }
        }
        return false;
    }

    /** All clients drop their connections without a word, as when they lose the network, and connect again. */
    void everybodyMoves() {
        move++;
    }

    /** What helps to find out later why something came as it did. */
    void note(String what) {
        diary.add(LocalTime.now() + " " + what);
    }

    /** Who was where, and where numbers were passed over, as it happened. */
    List<String> diary() {
        return diary;
    }

    /** To be said before the broker is killed; clients wait for {@link #isUp} then. */
    void goesDown() {
        up = new CountDownLatch(1);
    }

    void isUp() {
        up.countDown();
    }

    /** The node is about to stop, or another one has the session; the connection ends behind this. */
    private static boolean isSentAway(Received p) {
        return p.type() == MqttMessageType.DISCONNECT
                && (p.code() == SERVER_SHUTTING_DOWN || p.code() == SESSION_TAKEN_OVER);
    }

    /** What came of it all, over all subscribers; which have subscribed to everything before it was published. */
    record Verdict(int acknowledged, int lost, int doubled, int disordered, String first) {
        boolean isClean() {
            return lost + doubled + disordered == 0;
        }
    }

    Verdict verdict(List<Publisher> publishers) {
        int lost = 0;
        int doubled = 0;
        int disordered = 0;
        String first = "";
        for (Subscriber subscriber : subscribers) {
            for (Publisher publisher : publishers) {
                List<Integer> arrivals = subscriber.arrivals.getOrDefault(publisher.topic, List.of());
                Set<Integer> seen = new HashSet<>();
                int highest = -1;
                for (int number : arrivals) {
                    boolean isNew = seen.add(number);
                    boolean isWrong = isNew ? number < highest : publisher.qos == 2;
                    doubled += isNew || publisher.qos < 2 ? 0 : 1;
                    disordered += isNew && number < highest ? 1 : 0;
                    highest = Math.max(highest, number);
                    first = isWrong && first.isEmpty()
                            ? publisher.topic + " to " + subscriber.name + ": " + number + " behind " + highest
                            : first;
                }
                Set<Integer> missing = new HashSet<>(publisher.acked);
                missing.removeAll(seen);
                lost += missing.size();
                first = !missing.isEmpty() && first.isEmpty()
                        ? publisher.topic + " to " + subscriber.name + ": lost "
                                + missing.stream().sorted().limit(LOST_SAID_MAX).toList()
                        : first;
            }
        }
        return new Verdict(acknowledged.get(), lost, doubled, disordered, first);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(acknowledged + " acknowledged");
        subscribers.forEach(
                s -> text.append(", ").append(s.name).append(" has ").append(s.count));
        return text.toString();
    }

    /** Again and again until it succeeds. */
    private PacketClient connect(String name, Supplier<InetSocketAddress> broker, Supplier<Connect> how)
            throws InterruptedException {
        long deadlineNs = System.nanoTime() + 2 * MooringProcess.PATIENCE.toNanos();
        while (true) {
            assertThat(up.await(MooringProcess.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .as("the broker came back")
                    .isTrue();
            try {
                InetSocketAddress to = broker.get();
                PacketClient client = PacketClient.online(to, how.get());
                note(name + " is at " + to);
                return client;
            } catch (AssertionError e) {
                if (System.nanoTime() > deadlineNs) {
                    throw e;
                }
            }
        }
    }

    /** Publishes 0, 1, 2 ... to one topic, up to a window of unanswered packets. */
    final class Publisher implements Runnable {
        final String topic;
        final int qos;
        private final boolean retain;
        private final Supplier<InetSocketAddress> where;
        private final Map<Integer, Unanswered> unanswered = new LinkedHashMap<>();
        /** Numbers with a PUBACK or PUBREC. */
        final Set<Integer> acked = ConcurrentHashMap.newKeySet();

        private int next;
        private int packetId;
        private boolean known;

        private static final class Unanswered {
            final int number;
            boolean received;

            Unanswered(int number) {
                this.number = number;
            }
        }

        Publisher(String topic, int qos, boolean retain) {
            this(topic, qos, retain, broker);
        }

        /** @param where it connects, in place of where all others do; asked for every connection */
        Publisher(String topic, int qos, boolean retain, Supplier<InetSocketAddress> where) {
            this.topic = topic;
            this.qos = qos;
            this.retain = retain;
            this.where = where;
        }

        int lastSent() {
            return next - 1;
        }

        int lastAcked() {
            return acked.stream().mapToInt(n -> n).max().orElse(-1);
        }

        @Override
        public void run() {
            try {
                while (publishing || !unanswered.isEmpty()) {
                    PacketClient client =
                            connect(topic + " from " + next, where, () -> Connect.v5("publisher of " + topic));
                    assertThat(client.sessionPresent() || !known).as("session").isTrue();
                    known = true;
                    repeat(client);
                    int here = move;
                    while (!client.ended() && here == move && (publishing || !unanswered.isEmpty())) {
                        step(client);
                    }
                    client.close();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private void repeat(PacketClient client) {
            unanswered.forEach((id, u) -> {
                if (u.received) {
                    client.ack(MqttMessageType.PUBREL, id);
                } else {
                    client.sendPublish(topic, "" + u.number, qos, id, true, retain);
                }
            });
        }

        private void step(PacketClient client) {
            while (publishing && unanswered.size() < WINDOW && !client.ended() && !isAhead()) {
                packetId = packetId % PACKET_ID_MAX + 1;
                unanswered.put(packetId, new Unanswered(next));
                client.sendPublish(topic, "" + next, qos, packetId, false, retain);
                next++;
            }
            Received answer = client.nextWithin(POLL_MS);
            if (answer != null) {
                answered(client, answer);
            }
        }

        private void answered(PacketClient client, Received answer) {
            if (isSentAway(answer)) {
                return;
            }
            boolean forgotten =
                    answer.type() == MqttMessageType.PUBCOMP && answer.code() == NOT_FOUND; // twice released
            assertThat(answer.code() < 0x80 || forgotten).as("%s", answer).isTrue();
            Unanswered u = unanswered.get(answer.packetId());
            assertThat(u).as("unanswered %s", answer).isNotNull();
            switch (answer.type()) {
                case PUBACK, PUBCOMP -> unanswered.remove(answer.packetId());
                case PUBREC -> {
                    u.received = true;
                    client.ack(MqttMessageType.PUBREL, answer.packetId());
                }
                default -> throw new AssertionError(answer);
            }
            if (acked.add(u.number)) {
                acknowledged.incrementAndGet();
            }
        }
    }

    /** Takes everything below {@code ledger/}; acknowledges at once. */
    final class Subscriber implements Runnable {
        final String name;
        private final Supplier<Connect> how;
        private final boolean durable;
        /** By topic, in the order of arrival; QoS 2 that comes again before its PUBREL is not an arrival. */
        final Map<String, List<Integer>> arrivals = new ConcurrentHashMap<>();

        private final Set<Integer> unreleased = new HashSet<>();
        private final AtomicInteger count = new AtomicInteger();
        private boolean known;

        Subscriber(String name, Supplier<Connect> how, boolean durable) {
            this.name = name;
            this.how = how;
            this.durable = durable;
            subscribers.add(this);
        }

        Set<Integer> received(String topic) {
            List<Integer> list = arrivals.getOrDefault(topic, List.of());
            synchronized (list) {
                return new HashSet<>(list);
            }
        }

        @Override
        public void run() {
            try {
                while (receiving) {
                    PacketClient client = connect(name, broker, how);
                    assertThat(client.sessionPresent() || !known || !durable)
                            .as("session")
                            .isTrue();
                    if (!client.sessionPresent()) {
                        unreleased.clear();
                        subscribe(client);
                    }
                    int here = move;
                    while (receiving && !client.ended() && here == move) {
                        Received p = client.nextWithin(POLL_MS);
                        if (p != null) {
                            take(client, p);
                        }
                    }
                    client.close();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        /** The broker may be killed meanwhile, unless this is the first time: that is before the first kill. */
        private void subscribe(PacketClient client) {
            try {
                client.subscribe("ledger/#", 2);
                known = true;
            } catch (AssertionError e) {
                assertThat(client.ended() && !durable).as(e.getMessage()).isTrue();
            }
        }

        boolean isSubscribed() {
            return known;
        }

        private void take(PacketClient client, Received p) {
            if (isSentAway(p)) {
                return;
            }
            switch (p.type()) {
                case PUBREL -> {
                    unreleased.remove(p.packetId());
                    client.ack(MqttMessageType.PUBCOMP, p.packetId());
                }
                case PUBLISH -> {
                    boolean repeated = p.qos() == 2 && !unreleased.add(p.packetId());
                    if (!repeated) {
                        List<Integer> list = arrivals.computeIfAbsent(p.topic(), t -> new ArrayList<>());
                        int number = Integer.parseInt(p.payload());
                        synchronized (list) {
                            int before = list.isEmpty() ? -1 : list.get(list.size() - 1);
                            list.add(number);
                            if (number != before + 1) {
                                note(name + " has " + number + " behind " + before + " of " + p.topic());
                            }
                        }
                        count.incrementAndGet();
                    }
                    if (p.qos() > 0) {
                        client.ack(p.qos() == 1 ? MqttMessageType.PUBACK : MqttMessageType.PUBREC, p.packetId());
                    }
                }
                case DISCONNECT -> {} // the end follows
                default -> throw new AssertionError(p);
            }
        }
    }
}
