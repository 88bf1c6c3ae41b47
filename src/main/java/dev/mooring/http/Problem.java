package dev.mooring.http;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;

/**
 * An error as {@code application/problem+json}, RFC 9457.
 *
 * @param status of HTTP
 * @param title the same for every problem of its kind
 * @param detail what is wrong this time, and what to do
 */
record Problem(int status, String title, String detail) {
    static Problem badRequest(String detail) {
        return new Problem(400, "Bad request", detail);
    }

    static Problem notFound(String detail) {
        return new Problem(404, "Not found", detail);
    }

    static Problem unavailable(String detail) {
        return new Problem(503, "Not available", detail);
    }

    void send(RoutingContext rc) {
        if (rc.response().ended() || rc.response().closed()) {
            return;
        }
        rc.response()
                .setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/problem+json")
                .end(new JsonObject()
                        .put("type", "about:blank")
                        .put("title", title)
                        .put("status", status)
                        .put("detail", detail)
                        .toBuffer());
    }
}
