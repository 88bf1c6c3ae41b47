package dev.mooring.load;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Runs a {@link Flow}: as fast as its windows allow, or at a fixed rate. At a fixed rate each message has a time when
 * it is due, and its latency counts from then, whether or not it could be sent in time. Its public methods are for the
 * thread that owns the {@link Load}, all else happens on the loop.
 */
public final class Traffic {
    private static final long HIGHEST_NS = TimeUnit.SECONDS.toNanos(60);
    private final Load load;
    private final int port;
    private final Flow flow;
    private final String name;
    private final Ledger ledger;
    private final Publisher[] publishers;
    private final ArrayDeque<Publisher> ready = new ArrayDeque<>();
    private final List<Connection> connections = new ArrayList<>();
    private Histogram latencies = histogram();
    private Histogram lateness = histogram();
    private boolean sending;
    private boolean paced;
    private boolean scheduled;
    private double nsPerMessage;
    private long startNs;
    private long due;
    private long acked;

    /** Latencies in ns, and how late messages were sent. */
    public record Latencies(Histogram latency, Histogram lateness) {}

    /** @param unacked published with QoS 1 or 2, but never acknowledged */
    public record Losses(long lost, long duplicated, long reordered, long unacked) {}

    /** @param name part of the client ids */
    public Traffic(Load load, int port, Flow flow, String name) {
        this.load = load;
        this.port = port;
        this.flow = flow;
        this.name = name;
        ledger = new Ledger(flow.publishers(), flow.receivers(), flow.to() == Flow.To.ANY_ONE);
        publishers = new Publisher[flow.publishers()];
        for (int p = 0; p < publishers.length; p++) {
            publishers[p] = new Publisher(p, new Frame(flow.topic().apply(p), flow.qos(), false, Flow.PAYLOAD_BYTES));
            expect(p);
        }
    }

    private void expect(int publisher) {
        switch (flow.to()) {
            case ALL -> {
                for (int r = 0; r < flow.receivers(); r++) {
                    ledger.expect(r, publisher);
                }
            }
            case ITS_OWN -> ledger.expect(publisher, publisher);
            case ANY_ONE -> ledger.expect(0, publisher);
            case NOBODY -> {}
        }
    }

    private static Histogram histogram() {
        return new Histogram(HIGHEST_NS, 3);
    }

    private final class Publisher implements Role {
        private final int number;
        private final Frame frame;
        private Connection connection;
        private int sent;
        private int acks;
        private long delivered;
        private boolean waits;

        Publisher(int number, Frame frame) {
            this.number = number;
            this.frame = frame;
        }

        @Override
        public void acked() {
            acks++;
            acked++;
            wake();
        }

        boolean mayPublish() {
            int window = flow.window();
            return (flow.qos() == 0 || sent - acks < window)
                    && (long) sent * flow.copies() - delivered
                            < (long) window * flow.copies() + (flow.copies() == 0 ? 1 : 0);
        }

        void publish(long dueNs) {
            ledger.sent(number);
            connection.publish(frame, number, sent++, dueNs);
        }

        void wake() {
            if (sending && !paced && !waits && mayPublish()) {
                waits = true;
                ready.add(this);
                if (!scheduled) {
                    scheduled = true;
                    load.loop().execute(Traffic.this::sendReady); // behind all sockets that can be read now
                }
            }
        }
    }

    private final class Receiver implements Role {
        private final int number;

        Receiver(int number) {
            this.number = number;
        }

        @Override
        public void received(ByteBuf in, int payloadAt, int payloadBytes) {
            int from = in.getInt(payloadAt);
            if (ledger.received(number, from, in.getInt(payloadAt + 4))) {
                if (paced) {
                    record(latencies, System.nanoTime() - in.getLong(payloadAt + 8));
                }
                publishers[from].delivered++;
                publishers[from].wake();
            }
        }
    }

    private static void record(Histogram histogram, long ns) {
        histogram.recordValue(Math.max(0, Math.min(HIGHEST_NS, ns)));
    }

    /** Connects and subscribes. */
    public void open() {
        String id = name + "-";
        List<Connection> receivers =
                load.connect(port, flow.receivers(), flow.clean(), n -> id + "r" + n, Receiver::new);
        // They are in the order of their CONNACKs: which filter is whose only the role knows.
        subscribe(receivers);
        connections.addAll(receivers);
        connections.addAll(load.connect(port, flow.publishers(), flow.clean(), n -> id + "p" + n, n -> publishers[n]));
        load.run(() -> {
            for (Connection connection : connections) {
                if (connection.role() instanceof Publisher publisher) {
                    publisher.connection = connection;
                }
            }
        });
    }

    private void subscribe(List<Connection> receivers) {
        List<CompletableFuture<Integer>> answers = load.call(() -> {
            List<CompletableFuture<Integer>> asked = new ArrayList<>();
            for (Connection connection : receivers) {
                int number = ((Receiver) connection.role()).number;
                asked.add(connection.subscribe(List.of(flow.filter().apply(number)), flow.qos()));
            }
            return asked;
        });
        for (CompletableFuture<Integer> answer : answers) {
            int granted = Load.await(answer);
            if (granted != flow.qos()) {
                throw new IllegalStateException(
                        granted == 0x80 ? "refuses the subscription" : "grants QoS " + granted + " only");
            }
        }
    }

    /** @param messagesPerS of all publishers together; 0: as the windows allow */
    public void start(double messagesPerS) {
        load.run(() -> {
            sending = true;
            paced = messagesPerS > 0;
            latencies = histogram();
            lateness = histogram();
            startNs = System.nanoTime();
            due = 0;
            if (paced) {
                nsPerMessage = 1e9 / messagesPerS;
                sendDue();
            } else {
                for (Publisher publisher : publishers) {
                    publisher.wake();
                }
            }
        });
    }

    private void sendReady() {
        scheduled = false;
        long now = System.nanoTime();
        for (int i = ready.size(); i > 0; i--) {
            Publisher publisher = ready.remove();
            publisher.waits = false;
            while (sending && publisher.mayPublish()) {
                publisher.publish(now);
            }
            publisher.connection.flush();
        }
    }

    private void sendDue() {
        long now = System.nanoTime();
        long dueNs = startNs + (long) (due * nsPerMessage);
        while (sending && dueNs <= now) {
            Publisher publisher = publishers[(int) (due % publishers.length)];
            publisher.publish(dueNs);
            publisher.connection.flush();
            record(lateness, now - dueNs);
            due++;
            dueNs = startNs + (long) (due * nsPerMessage);
            now = System.nanoTime();
        }
        if (sending) {
            load.loop().schedule(this::sendDue, dueNs - now, TimeUnit.NANOSECONDS);
        }
    }

    /** What counts in this flow: deliveries, or acks if it has none. On the loop. */
    public long messages() {
        return flow.copies() == 0 ? acked : ledger.distinct();
    }

    private long sent() {
        long sent = 0;
        for (Publisher publisher : publishers) {
            sent += publisher.sent;
        }
        return sent;
    }

    public Latencies latencies() {
        return load.call(() -> new Latencies(latencies.copy(), lateness.copy()));
    }

    /** Publishes no more, waits for what is on its way, and tells what did not come as it should. */
    public Losses stop() {
        load.run(() -> sending = false);
        load.settle(() -> ledger.distinct() + acked, () -> ledger.lost() == 0 && (flow.qos() == 0 || acked == sent()));
        return load.call(() -> new Losses(
                ledger.lost(), ledger.duplicated(), ledger.reordered(), flow.qos() == 0 ? 0 : sent() - acked));
    }

    /** Ends the connections, and the sessions. */
    public void close() {
        load.close(connections);
        if (!flow.clean()) {
            load.close(load.connect(port, flow.receivers(), true, n -> name + "-r" + n, n -> Role.NONE));
            load.close(load.connect(port, flow.publishers(), true, n -> name + "-p" + n, n -> Role.NONE));
        }
        connections.clear();
    }
}
