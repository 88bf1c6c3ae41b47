package dev.mooring.http;

import dev.mooring.mqtt.NodeState;
import dev.mooring.store.StoreMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /metrics}: the broker's figures, those of the JVM, and what Vert.x says of its pools, in Prometheus' text
 * form or as OpenMetrics. Confined to the HTTP listener's loop; the text is made on a worker thread.
 */
final class Exposition {
    private final Vertx vertx;
    private final PrometheusMeterRegistry registry;
    private @Nullable JvmGcMetrics garbage;

    Exposition(Vertx vertx, PrometheusMeterRegistry registry) {
        this.vertx = vertx;
        this.registry = registry;
    }

    /** Blocking, for some tens of milliseconds: the JVM's beans are looked up. */
    void open(NodeState node, Lifecycle lifecycle, Map<String, StoreMetrics> stores, String version) {
        registry.getPrometheusRegistry().register(new BrokerFigures(node, lifecycle, version));
        registry.getPrometheusRegistry()
                .register(new PoolFigures(
                        stores,
                        node.metrics().actions(),
                        () -> node.config().get().hooks()));
        JvmGcMetrics gc = new JvmGcMetrics();
        gc.bindTo(registry);
        garbage = gc;
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
    }

    void scrape(RoutingContext rc) {
        String accept = rc.request().getHeader(HttpHeaders.ACCEPT);
        boolean open = accept != null && accept.contains("application/openmetrics-text");
        String type = open
                ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                : "text/plain; version=0.0.4; charset=utf-8";
        vertx.executeBlocking(() -> registry.scrape(type))
                .onSuccess(text ->
                        rc.response().putHeader(HttpHeaders.CONTENT_TYPE, type).end(text))
                .onFailure(rc::fail);
    }

    void close() {
        JvmGcMetrics gc = garbage;
        if (gc != null) {
            gc.close();
        }
    }
}
