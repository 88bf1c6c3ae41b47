package dev.mooring.http;

import dev.mooring.config.Pool;
import dev.mooring.metrics.ActionMetrics;
import dev.mooring.metrics.Metrics;
import dev.mooring.mqtt.NodeState;
import dev.mooring.rule.Rule;
import dev.mooring.store.StoreMetrics;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.Map;

/** The node itself, its rules and its pools. */
final class NodeApi {
    private final NodeState node;
    private final Lifecycle lifecycle;
    private final Map<String, StoreMetrics> stores;
    private final String version;

    NodeApi(NodeState node, Lifecycle lifecycle, Map<String, StoreMetrics> stores, String version) {
        this.node = node;
        this.lifecycle = lifecycle;
        this.stores = stores;
        this.version = version;
    }

    void node(RoutingContext rc) {
        Metrics m = node.metrics();
        Json.send(
                rc,
                new JsonObject()
                        .put("name", node.config().get().node().name())
                        .put("version", version)
                        .put("phase", lower(lifecycle.phase()))
                        .put("uptime_s", ManagementFactory.getRuntimeMXBean().getUptime() / 1000)
                        .put("connections", m.connections.get())
                        .put("sessions", node.sessions().count())
                        .put("subscriptions", node.index().subscriptions())
                        .put("retained_messages", node.retained().count())
                        .put("messages_received", m.messagesReceived())
                        .put("messages_sent", m.messagesSent())
                        .put("messages_dropped", m.dropped()));
    }

    void hooks(RoutingContext rc) {
        JsonArray items = new JsonArray();
        for (Rule rule : node.config().get().hooks()) {
            JsonObject json = new JsonObject()
                    .put("hook", rule.hook().text())
                    .put("action", rule.label())
                    .put("pool", rule.pool())
                    .put("on_error", lower(rule.onError()))
                    .put("enabled", rule.enabled())
                    .put("counts", counts(rule));
            if (rule.filter() != null) {
                json.put("topic", rule.filter().text());
            }
            items.add(json);
        }
        Json.send(rc, new JsonObject().put("items", items));
    }

    private JsonObject counts(Rule rule) {
        ActionMetrics m = node.metrics().actions().of(rule.key());
        StoreMetrics store = stores.get(rule.pool());
        return new JsonObject()
                .put("matched", m.matched.sum())
                .put("success", m.succeeded.sum())
                .put("failed", m.failed.sum())
                .put(
                        "retried",
                        store == null ? 0 : store.retriedOf(rule.action().kind()))
                .put("dropped", m.dropped.sum())
                .put("skipped", m.skipped.sum());
    }

    void pools(RoutingContext rc) {
        JsonArray items = new JsonArray();
        for (Map.Entry<String, Pool> pool : node.config().get().pools().entrySet()) {
            StoreMetrics m = stores.get(pool.getKey());
            if (m != null) {
                items.add(new JsonObject()
                        .put("name", pool.getKey())
                        .put("backend", backend(pool.getValue()))
                        .put(
                                "keeps_sessions",
                                node.config().get().session().pool().equals(pool.getKey()))
                        .put("state", lower(m.state))
                        .put("queued_operations", m.queuedOps.get())
                        .put("queued_bytes", m.queuedBytes.get())
                        .put("commits", m.commits.sum())
                        .put("applied", m.applied.sum())
                        .put("failed", m.failed.sum())
                        .put("retried", m.retried.sum())
                        .put("cancelled", m.cancelled.sum()));
            }
        }
        Json.send(rc, new JsonObject().put("items", items));
    }

    private static String backend(Pool pool) {
        return pool instanceof Pool.EmbeddedPool ? "embedded" : pool instanceof Pool.RedisPool ? "redis" : "dynamodb";
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
