package dev.mooring.cluster;

import dev.mooring.message.Message;
import dev.mooring.message.MessageIds;
import dev.mooring.message.PublishProperties;
import dev.mooring.message.TopicName;
import dev.mooring.metrics.ClusterMetrics;
import io.vertx.core.Vertx;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What a message costs on its way from one node to another: processor time of the loops of both, which are two of one
 * process with a socket of the loopback between them. {@code messages=4000000 payload=256 batch=64 rounds=5}.
 */
public final class ForwardLink {
    private static final ThreadMXBean CPU = ManagementFactory.getThreadMXBean();
    private static final String HOST = "127.0.0.1";

    private final ClusterVerticle from;
    private final ClusterVerticle to;
    private final List<Message> batch = new ArrayList<>();
    private final AtomicLong arrived = new AtomicLong();
    private volatile CountDownLatch done = new CountDownLatch(1);
    private long left;
    private long wanted;

    private ForwardLink(Vertx vertx, int payload, int size) {
        MessageIds ids = new MessageIds(1, 0);
        for (int i = 0; i < size; i++) {
            batch.add(new Message(
                    ids.next(1),
                    "client-" + i,
                    TopicName.of("plant/12/line/345/device/" + i + "/state"),
                    1,
                    false,
                    new byte[payload],
                    PublishProperties.EMPTY,
                    1,
                    Message.NEVER));
        }
        from = node("from", vertx);
        to = node("to", vertx);
        from.view(List.of(new Member(to.self(), HOST, to.port(), Wire.VERSION_MIN, Wire.VERSION)));
        to.view(List.of(new Member(from.self(), HOST, from.port(), Wire.VERSION_MIN, Wire.VERSION)));
    }

    private ClusterVerticle node(String name, Vertx vertx) {
        ClusterSettings settings =
                new ClusterSettings(new NodeId(name, 1), HOST, 0, "", LinkTls.NONE, 16L << 20, 10_000, 10_000);
        Ends ends = new Ends();
        ClusterVerticle verticle = new ClusterVerticle(
                settings,
                Wire.of(List.of(new BodyType(Forward.TYPE, "messages", 1, Forward::read))),
                new ClusterMetrics(),
                ends,
                ends);
        vertx.deployVerticle(verticle).toCompletionStage().toCompletableFuture().join();
        return verticle;
    }

    public static void main(String[] arguments) throws Exception {
        int messages = 4_000_000;
        int payload = 256;
        int size = 64;
        int rounds = 5;
        for (String argument : arguments) {
            String[] parts = argument.split("=", 2);
            int value = Integer.parseInt(parts[1]);
            switch (parts[0]) {
                case "messages" -> messages = value;
                case "payload" -> payload = value;
                case "batch" -> size = value;
                case "rounds" -> rounds = value;
                default -> throw new IllegalArgumentException(argument);
            }
        }
        Vertx vertx = Vertx.vertx();
        ForwardLink link = new ForwardLink(vertx, payload, size);
        for (int round = 1; round <= rounds; round++) {
            link.round(round, messages);
        }
        System.exit(0);
    }

    private void round(int round, int messages) throws Exception {
        done = new CountDownLatch(1);
        wanted = arrived.get() + messages / batch.size() * batch.size();
        long sendNs = cpu(from);
        long receiveNs = cpu(to);
        long beganNs = System.nanoTime();
        from.run(() -> {
            left = messages / batch.size();
            send();
        });
        done.await();
        double seconds = (System.nanoTime() - beganNs) / 1e9;
        System.out.printf(
                Locale.ROOT,
                "round %d: %,.0f messages a second; CPU a message: %.2f us to send, %.2f us to receive%n",
                round,
                messages / seconds,
                (cpu(from) - sendNs) / 1e3 / messages,
                (cpu(to) - receiveNs) / 1e3 / messages);
    }

    private static long cpu(ClusterVerticle node) throws Exception {
        CompletableFuture<Long> ns = new CompletableFuture<>();
        node.run(() -> ns.complete(CPU.getCurrentThreadCpuTime()));
        return ns.get();
    }

    private void send() {
        PeerLink link = from.link(to.self());
        while (link != null && left > 0 && link.offer(new Forward(batch)) > 0) {
            left--;
        }
        if (link == null) {
            from.run(this::send);
        }
    }

    private final class Ends implements ClusterListener, ReplicaListener {
        @Override
        public void received(NodeId peer, LinkBody body) {
            if (arrived.addAndGet(((Forward) body).messages().size()) == wanted) {
                done.countDown();
            }
        }

        @Override
        public void writable(NodeId peer) {
            send();
        }

        @Override
        public void joined(PeerLink link) {}

        @Override
        public void left(NodeId peer, int unacknowledged) {}

        @Override
        public void acknowledged(NodeId peer, long ticket) {}

        @Override
        public void interrupted(NodeId peer) {}

        @Override
        public void added(NodeId origin, Entry entry) {}

        @Override
        public void changed(NodeId origin, Entry before, Entry now) {}

        @Override
        public void removed(NodeId origin, Entry entry) {}

        @Override
        public void complete(NodeId origin) {}

        @Override
        public void stale(NodeId origin) {}

        @Override
        public void originLeft(NodeId origin, Iterable<Entry> entries) {}
    }
}
