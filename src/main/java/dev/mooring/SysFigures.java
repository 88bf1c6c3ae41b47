package dev.mooring;

import dev.mooring.bus.Address;
import dev.mooring.bus.LocalCodec;
import dev.mooring.metrics.Metrics;
import dev.mooring.peer.Figure;
import dev.mooring.route.RetainedIndex;
import dev.mooring.route.SubscriptionIndex;
import dev.mooring.session.Sessions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * Has the figures of this node under {@code $SYS}, at an interval, by two sets of names: those that Mosquitto made
 * customary, in {@code $SYS/broker/…}, and those of EMQX, in {@code $SYS/brokers/{node}/…}, which all nodes of a
 * cluster have of each other.
 */
final class SysFigures extends VerticleBase {
    private final int intervalS;
    private final String node;
    private final SysTopics topics;
    private final Metrics metrics;
    private final Sessions sessions;
    private final SubscriptionIndex index;
    private final RetainedIndex retained;
    private final long startedAtMs = System.currentTimeMillis();

    /**
     * @param intervalS seconds between two rounds, at least 1
     * @param node name of this node
     */
    SysFigures(
            int intervalS,
            String node,
            SysTopics topics,
            Metrics metrics,
            Sessions sessions,
            SubscriptionIndex index,
            RetainedIndex retained) {
        this.intervalS = intervalS;
        this.node = node;
        this.topics = topics;
        this.metrics = metrics;
        this.sessions = sessions;
        this.index = index;
        this.retained = retained;
    }

    @Override
    public Future<?> start() {
        publishAll();
        vertx.setPeriodic(intervalS * 1000L, t -> publishAll());
        return Future.succeededFuture();
    }

    private void publishAll() {
        long now = System.currentTimeMillis();
        String uptime = (now - startedAtMs) / 1000 + " seconds";
        mosquitto(uptime);
        emqx(uptime, Instant.ofEpochMilli(now).truncatedTo(ChronoUnit.SECONDS).toString());
        if (sessions.neighbours() == null) {
            topics.retain(SysTopics.BROKERS, node); // in a cluster, who is there is known to its links
        }
    }

    private void mosquitto(String uptime) {
        long connected = metrics.connections.get();
        broker("version", "Mooring " + Version.text());
        broker("uptime", uptime);
        broker("clients/connected", connected);
        broker("clients/disconnected", Math.max(0, sessions.count() - connected));
        broker("clients/total", sessions.count());
        broker("messages/received", metrics.messagesReceived());
        broker("messages/sent", metrics.messagesSent());
        broker("messages/dropped", metrics.dropped());
        broker("bytes/received", metrics.bytesReceived.sum());
        broker("bytes/sent", metrics.bytesSent.sum());
        broker("retained messages/count", retained.count());
        broker("subscriptions/count", index.subscriptions());
    }

    private void emqx(String uptime, String datetime) {
        brokers("version", Version.text());
        brokers("sysdescr", "Mooring MQTT broker");
        brokers("uptime", uptime);
        brokers("datetime", datetime);
        brokers("stats/connections/count", metrics.connections.get());
        brokers("stats/sessions/count", sessions.count());
        brokers("stats/subscriptions/count", index.subscriptions());
        brokers("stats/retained/count", retained.count());
        brokers("metrics/messages/received", metrics.messagesReceived());
        brokers("metrics/messages/sent", metrics.messagesSent());
        brokers("metrics/messages/dropped", metrics.dropped());
        brokers("metrics/bytes/received", metrics.bytesReceived.sum());
        brokers("metrics/bytes/sent", metrics.bytesSent.sum());
    }

    private void broker(String name, long value) {
        broker(name, Long.toString(value));
    }

    private void broker(String name, String value) {
        topics.retain("$SYS/broker/" + name, value);
    }

    private void brokers(String name, long value) {
        brokers(name, Long.toString(value));
    }

    private void brokers(String name, String value) {
        topics.retain(SysTopics.of(node, name), value);
        if (sessions.neighbours() != null) {
            vertx.eventBus().send(Address.PEERS, new Figure(name, value), LocalCodec.OPTIONS);
        }
    }
}
