package dev.mooring.http;

import dev.mooring.config.ConfigError;
import dev.mooring.config.ReloadOutcome;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.Locale;
import java.util.function.Function;

/** Has the configuration read again, and says what came of it. */
final class ReloadApi {
    private final Lifecycle lifecycle;
    private final Function<String, Future<ReloadOutcome>> reload;

    /** @param reload is told who wants it */
    ReloadApi(Lifecycle lifecycle, Function<String, Future<ReloadOutcome>> reload) {
        this.lifecycle = lifecycle;
        this.reload = reload;
    }

    void reload(RoutingContext rc) {
        if (lifecycle.phase() != Lifecycle.Phase.RUNNING) {
            Problem.unavailable(lifecycle.phase().text()).send(rc);
            return;
        }
        reload.apply(Access.who(rc)).onFailure(rc::fail).onSuccess(outcome -> {
            String result = outcome.result().name().toLowerCase(Locale.ROOT);
            if (!outcome.errors().isEmpty()) {
                refused(rc, outcome);
            } else {
                Json.send(
                        rc,
                        new JsonObject()
                                .put("result", result)
                                .put("changed", new JsonArray(outcome.changed()))
                                .put("restart", new JsonArray(outcome.restart()))
                                .put("config_hash", outcome.hash()));
            }
        });
    }

    private static void refused(RoutingContext rc, ReloadOutcome outcome) {
        JsonArray errors = new JsonArray();
        for (ConfigError error : outcome.errors()) {
            errors.add(new JsonObject()
                    .put("pointer", error.pointer())
                    .put("origin", error.origin().text())
                    .put("line", error.origin().line())
                    .put("message", error.message()));
        }
        boolean partly = outcome.result() == ReloadOutcome.Result.PARTLY;
        rc.response()
                .setStatusCode(partly ? 500 : 422)
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/problem+json")
                .end(new JsonObject()
                        .put("type", "about:blank")
                        .put("title", partly ? "Configuration partly in place" : "Configuration refused")
                        .put("status", partly ? 500 : 422)
                        .put(
                                "detail",
                                partly
                                        ? "only a part of it is in place: reload again, or restart; see errors"
                                        : "the configuration is refused, and the running one stays; see errors")
                        .put("errors", errors)
                        .toBuffer());
    }
}
