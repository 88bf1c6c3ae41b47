package dev.mooring.http;

import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who had the broker do what, and what came of it: one line for each, by the logger {@code audit}. What clients and
 * administrators chose stands in it as JSON, so it can't break the line.
 */
final class AuditLog {
    private static final Logger LOG = LoggerFactory.getLogger("audit");

    private AuditLog() {}

    /**
     * @param action as the contract's operation
     * @param target what it was done to
     */
    static void record(RoutingContext rc, String action, String target, String result) {
        JsonObject entry = new JsonObject()
                .put("who", "http token")
                .put("from", String.valueOf(rc.request().remoteAddress()))
                .put("action", action)
                .put("target", target)
                .put("result", result);
        LOG.info("{}", entry.encode());
    }
}
