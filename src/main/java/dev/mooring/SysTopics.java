package dev.mooring;

import dev.mooring.bus.Address;
import dev.mooring.bus.LocalCodec;
import dev.mooring.message.Message;
import dev.mooring.message.MessageIds;
import dev.mooring.message.PublishProperties;
import dev.mooring.message.TopicName;
import dev.mooring.metrics.Metrics;
import dev.mooring.route.RetainedIndex;
import dev.mooring.route.SubscriptionIndex;
import dev.mooring.session.PublishMessage;
import dev.mooring.session.Sessions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * Publishes {@code $SYS/broker/…} at an interval, retained, at QoS 0; a figure that has not changed is not repeated.
 * The names are those that Mosquitto made customary. Retained in memory only: they mean nothing after a restart.
 */
final class SysTopics extends VerticleBase {
    private static final String ROOT = "$SYS/broker/";

    private final int intervalS;
    private final Metrics metrics;
    private final MessageIds ids;
    private final Sessions sessions;
    private final SubscriptionIndex index;
    private final RetainedIndex retained;
    private final Map<String, String> last = new HashMap<>();
    private final long startedAtMs = System.currentTimeMillis();

    /** @param intervalS seconds between two rounds, at least 1 */
    SysTopics(
            int intervalS,
            Metrics metrics,
            MessageIds ids,
            Sessions sessions,
            SubscriptionIndex index,
            RetainedIndex retained) {
        this.intervalS = intervalS;
        this.metrics = metrics;
        this.ids = ids;
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
        long connected = metrics.connections.get();
        publish("version", "Mooring " + Version.text());
        publish("uptime", (System.currentTimeMillis() - startedAtMs) / 1000 + " seconds");
        publish("clients/connected", connected);
        publish("clients/disconnected", Math.max(0, sessions.count() - connected));
        publish("clients/total", sessions.count());
        publish("messages/received", metrics.messagesReceived());
        publish("messages/sent", metrics.messagesSent());
        publish("messages/dropped", metrics.dropped());
        publish("bytes/received", metrics.bytesReceived.sum());
        publish("bytes/sent", metrics.bytesSent.sum());
        publish("retained messages/count", retained.count());
        publish("subscriptions/count", index.subscriptions());
    }

    private void publish(String name, long value) {
        publish(name, Long.toString(value));
    }

    private void publish(String name, String value) {
        if (value.equals(last.put(name, value))) {
            return;
        }
        long now = System.currentTimeMillis();
        Message message = new Message(
                ids.next(now),
                "",
                TopicName.of(ROOT + name),
                0,
                true,
                value.getBytes(StandardCharsets.UTF_8),
                PublishProperties.EMPTY,
                now,
                Message.NEVER);
        vertx.eventBus().send(Address.loop(0), new PublishMessage(message, 0, 0, ""), LocalCodec.OPTIONS);
    }
}
