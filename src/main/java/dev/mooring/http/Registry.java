package dev.mooring.http;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.VertxOptions;
import io.vertx.core.spi.VertxMetricsFactory;
import io.vertx.micrometer.MetricsDomain;
import io.vertx.micrometer.MicrometerMetricsFactory;
import io.vertx.micrometer.MicrometerMetricsOptions;
import java.util.EnumSet;

/**
 * Where figures of Vert.x and the JVM gather. Of Vert.x only its pools of worker threads and this HTTP listener are
 * measured: the rest would cost a message of the event bus, or a read of a socket, more than that itself.
 */
public final class Registry {
    private Registry() {}

    public static PrometheusMeterRegistry create() {
        return new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    }

    /** Has Vert.x measure into the registry; the options are changed accordingly. */
    public static VertxMetricsFactory of(PrometheusMeterRegistry registry, VertxOptions options) {
        MicrometerMetricsOptions metrics = new MicrometerMetricsOptions();
        metrics.setEnabled(true);
        for (MetricsDomain domain :
                EnumSet.complementOf(EnumSet.of(MetricsDomain.NAMED_POOLS, MetricsDomain.HTTP_SERVER))) {
            metrics.addDisabledMetricsCategory(domain);
        }
        options.setMetricsOptions(metrics);
        return new MicrometerMetricsFactory(registry);
    }
}
