package dev.mooring.http;

import dev.mooring.auth.Audit;
import dev.mooring.trace.Trace;
import dev.mooring.trace.Traces;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Starts, shows and ends traces. Files are written and read on worker threads, one thing at a time. */
final class TracesApi {
    /** How often what has gathered is written. */
    private static final long WRITE_MS = 200;

    private final Vertx vertx;
    private final Traces traces;
    private boolean writing;

    TracesApi(Vertx vertx, Traces traces) {
        this.vertx = vertx;
        this.traces = traces;
        vertx.setPeriodic(WRITE_MS, t -> write());
    }

    private void write() {
        if (traces.active() != null && !writing) {
            writing = true;
            vertx.executeBlocking(() -> {
                        traces.write();
                        return null;
                    })
                    .onComplete(r -> writing = false);
        }
    }

    void start(RoutingContext rc) {
        JsonObject body = Query.of(rc).body();
        long now = System.currentTimeMillis();
        Trace trace;
        try {
            trace = new Trace(
                    body.getString("name"),
                    Trace.Kind.valueOf(body.getString("kind").toUpperCase(Locale.ROOT)),
                    body.getString("value"),
                    now,
                    now + 1000 * body.getLong("duration_s", 600L),
                    body.getLong("bytes_max", 10L << 20));
        } catch (IllegalArgumentException e) {
            Problem.badRequest("`value` is no topic filter: + and # stand for whole levels, # only at the end")
                    .send(rc);
            return;
        }
        vertx.executeBlocking(() -> traces.start(trace))
                .onSuccess(started -> {
                    Audit.log(Access.who(rc), "startTrace", trace.name(), started ? "started" : "refused");
                    if (started) {
                        rc.response().setStatusCode(201);
                        Json.send(rc, json(trace));
                    } else {
                        new Problem(
                                        409,
                                        "Conflict",
                                        "there is a trace of this name, or there are " + Traces.COUNT_MAX
                                                + " already; delete one")
                                .send(rc);
                    }
                })
                .onFailure(cause -> {
                    Audit.log(Access.who(rc), "startTrace", trace.name(), "failed");
                    Problem.unavailable("the trace's file can't be made in http.trace_dir: "
                                    + cause.getClass().getSimpleName())
                            .send(rc);
                });
    }

    void list(RoutingContext rc) {
        JsonArray items = new JsonArray();
        traces.list().forEach(t -> items.add(json(t)));
        Json.send(rc, new JsonObject().put("items", items));
    }

    private JsonObject json(Trace t) {
        return new JsonObject()
                .put("name", t.name())
                .put("kind", t.kind().name().toLowerCase(Locale.ROOT))
                .put("value", t.value())
                .put("running", traces.isRunning(t))
                .put("started_at", Json.instant(t.startedAtMs()))
                .put("ends_at", Json.instant(t.endsAtMs()))
                .put("bytes", t.bytes())
                .put("bytes_max", t.bytesMax())
                .put("lost_events", t.lost());
    }

    void stop(RoutingContext rc) {
        change(rc, "stopTrace", false);
    }

    void delete(RoutingContext rc) {
        change(rc, "deleteTrace", true);
    }

    private void change(RoutingContext rc, String operation, boolean delete) {
        Trace trace = existing(rc);
        if (trace == null) {
            return;
        }
        vertx.executeBlocking(() -> {
                    if (delete) {
                        traces.delete(trace);
                    } else {
                        traces.stop(trace);
                    }
                    return null;
                })
                .onSuccess(v -> {
                    Audit.log(Access.who(rc), operation, trace.name(), "done");
                    Json.done(rc);
                })
                .onFailure(cause -> {
                    Audit.log(Access.who(rc), operation, trace.name(), "failed");
                    rc.fail(cause);
                });
    }

    /** Null when it was answered that there is none. */
    private @Nullable Trace existing(RoutingContext rc) {
        Trace trace = traces.get(rc.pathParam("name"));
        if (trace == null) {
            Problem.notFound("there is no trace of this name; GET /api/v1/traces lists them")
                    .send(rc);
        }
        return trace;
    }

    void download(RoutingContext rc) {
        Trace trace = existing(rc);
        if (trace != null) {
            Audit.log(Access.who(rc), "getTraceFile", trace.name(), "sent");
            rc.response()
                    .putHeader("Content-Type", "application/octet-stream")
                    .putHeader("Content-Disposition", "attachment; filename=\"" + trace.name() + ".jsonl\"")
                    .sendFile(traces.file(trace).toAbsolutePath().toString())
                    .onFailure(rc::fail);
        }
    }
}
