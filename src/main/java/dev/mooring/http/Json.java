package dev.mooring.http;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The forms that answers have in common. */
final class Json {
    private Json() {}

    static void send(RoutingContext rc, JsonObject body) {
        rc.response().putHeader(HttpHeaders.CONTENT_TYPE, "application/json").end(body.toBuffer());
    }

    /** @param next null on the last page */
    static void sendPage(RoutingContext rc, JsonArray items, @Nullable String next) {
        JsonObject page = new JsonObject().put("items", items);
        if (next != null) {
            page.put("next", next);
        }
        send(rc, page);
    }

    static void done(RoutingContext rc) {
        rc.response().setStatusCode(204).end();
    }

    static String instant(long ms) {
        return Instant.ofEpochMilli(ms).toString();
    }
}
