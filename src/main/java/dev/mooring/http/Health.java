package dev.mooring.http;

import dev.mooring.config.Config;
import dev.mooring.metrics.LoopMetrics;
import dev.mooring.metrics.Metrics;
import dev.mooring.store.StoreMetrics;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Map;

/**
 * Three questions of whoever runs the broker. Live: does every event loop turn? If not, only a new process helps.
 * Ready: may clients be sent here? Startup: is the start over? Each answers 200 or 503, with the reason. They need no
 * token.
 */
final class Health {
    /** A loop that has not turned for so long hangs. */
    static final long LOOP_SILENT_MS_MAX = 10_000;

    private final Config config;
    private final Lifecycle lifecycle;
    private final Metrics metrics;
    private final Map<String, StoreMetrics> stores;

    /** @param stores by pool; the session pool is in it once the stores are open */
    Health(Config config, Lifecycle lifecycle, Metrics metrics, Map<String, StoreMetrics> stores) {
        this.config = config;
        this.lifecycle = lifecycle;
        this.metrics = metrics;
        this.stores = stores;
    }

    void addTo(Router router) {
        router.get("/health/live").handler(this::live);
        router.get("/health/ready").handler(this::ready);
        router.get("/health/startup").handler(this::startup);
    }

    private void live(RoutingContext rc) {
        long nowNs = System.nanoTime();
        JsonArray loops = new JsonArray();
        boolean all = true;
        for (LoopMetrics loop : metrics.loops()) {
            long silentMs = loop.silentMs(nowNs);
            boolean turns = silentMs <= LOOP_SILENT_MS_MAX;
            all &= turns;
            loops.add(new JsonObject().put("turns", turns).put("silent_ms", silentMs));
        }
        answer(rc, all, all ? "every event loop turns" : "an event loop hangs", new JsonObject().put("loops", loops));
    }

    private void ready(RoutingContext rc) {
        Lifecycle.Phase phase = lifecycle.phase();
        String pool = config.session().pool();
        StoreMetrics store = stores.get(pool);
        StoreMetrics.State state = store == null ? StoreMetrics.State.DOWN : store.state;
        List<String> closed = lifecycle.closedListeners();
        String why = "clients are welcome";
        if (phase != Lifecycle.Phase.RUNNING) {
            why = phase.text();
        } else if (state == StoreMetrics.State.DOWN) {
            why = "the session pool " + pool + " is down";
        } else if (!closed.isEmpty()) {
            why = "closed listeners: " + String.join(", ", closed) + "; the log says why";
        }
        boolean ready = phase == Lifecycle.Phase.RUNNING && state != StoreMetrics.State.DOWN && closed.isEmpty();
        JsonObject more = new JsonObject().put("phase", lower(phase)).put("session_pool", lower(state));
        more.put("configuration", metrics.reload.lastRefused ? "refused" : "taken"); // the one before counts: no reason
        answer(rc, ready, why, more.put("closed_listeners", new JsonArray(closed)));
    }

    private void startup(RoutingContext rc) {
        Lifecycle.Phase phase = lifecycle.phase();
        answer(rc, lifecycle.hasStarted(), phase.text(), new JsonObject().put("phase", lower(phase)));
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(java.util.Locale.ROOT);
    }

    private static void answer(RoutingContext rc, boolean well, String why, JsonObject more) {
        rc.response()
                .setStatusCode(well ? 200 : 503)
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
                .end(new JsonObject()
                        .put("status", well ? "up" : "down")
                        .put("reason", why)
                        .mergeIn(more)
                        .toBuffer());
    }
}
