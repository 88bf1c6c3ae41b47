package dev.mooring;

import dev.mooring.config.Config;
import dev.mooring.config.Pool;
import dev.mooring.store.StoreMetrics;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** What the start prints: everything a person wants to know first, in one place. */
final class Banner {
    private Banner() {}

    /**
     * @param httpPort -1 for none
     * @param source of the configuration
     * @param startMs from the start of the JVM until the listeners accept
     */
    static String text(
            Config config,
            List<Integer> ports,
            int httpPort,
            Map<String, StoreMetrics> stores,
            String source,
            long startMs) {
        StringBuilder text = new StringBuilder();
        text.append("Mooring ").append(Version.text()).append(", an MQTT 3.1.1 and 5.0 broker\n");
        line(text, "node", config.node().name());
        line(text, "configuration", source);
        for (int i = 0; i < ports.size(); i++) {
            Config.Listener l = config.listeners().get(i);
            String path = l.type().isWebSocket() ? l.path() : "";
            String type = switch (l.type()) {
                case TCP -> "mqtt";
                case TLS -> "mqtts";
                case WS -> "ws";
                case WSS -> "wss";
            };
            if (ports.get(i) == 0) {
                line(text, "listener", l.name() + " is closed, the log says why");
                continue;
            }
            line(text, "listener", type + "://" + l.host() + ":" + ports.get(i) + path);
        }
        if (httpPort >= 0) {
            Config.Http http = config.http();
            String scheme = http.ssl().enable() ? "https" : "http";
            String token = http.token().isEmpty() ? "token in " + http.tokenFile() : "token as configured";
            line(text, "listener", scheme + "://" + http.host() + ":" + httpPort + " (" + token + ")");
        }
        for (Map.Entry<String, Pool> pool : config.pools().entrySet()) {
            String sessions = pool.getKey().equals(config.session().pool()) ? ", keeps the sessions" : "";
            StoreMetrics figures = stores.get(pool.getKey());
            boolean down = figures != null && figures.state == StoreMetrics.State.DOWN;
            String state = down ? ", NOT THERE, see the log" : "";
            line(text, "pool", pool.getKey() + ": " + describe(pool.getValue()) + sessions + state);
        }
        line(text, "started in", startMs + " ms");
        line(
                text,
                "stop with",
                "Ctrl-C, or kill -TERM " + ProcessHandle.current().pid());
        return text.toString();
    }

    private static String describe(Pool pool) {
        if (pool instanceof Pool.EmbeddedPool p) {
            String sync = p.sync().name().toLowerCase(java.util.Locale.ROOT);
            return "embedded in " + Path.of(p.path()).toAbsolutePath() + " (sync " + sync + ")";
        }
        if (pool instanceof Pool.DynamoDbPool p) {
            String where = p.server().isEmpty() ? "DynamoDB" : "DynamoDB at " + p.server();
            return where
                    + (p.region().isEmpty() ? "" : " in " + p.region())
                    + (p.tablePrefix().isEmpty() ? "" : ", tables " + p.tablePrefix() + "*");
        }
        Pool.RedisPool p = (Pool.RedisPool) pool;
        String type = p.type().name().toLowerCase(java.util.Locale.ROOT);
        return "redis at " + p.server() + " (" + type + (p.ssl().enable() ? ", TLS" : "") + ")";
    }

    private static void line(StringBuilder text, String name, String value) {
        text.append("  ").append(String.format("%-14s", name)).append(value).append('\n');
    }
}
