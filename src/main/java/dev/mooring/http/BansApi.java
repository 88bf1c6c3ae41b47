package dev.mooring.http;

import dev.mooring.auth.AddressRange;
import dev.mooring.auth.Audit;
import dev.mooring.auth.Guard;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Bans: who is kept out, by the broker itself or by an administrator. Whoever is connected stays: kick him, too. */
final class BansApi {
    private static final long DURATION_S = 3_600;

    private final Guard guard;

    BansApi(Guard guard) {
        this.guard = guard;
    }

    void list(RoutingContext rc) {
        Query query = Query.of(rc);
        String after = query.text("after", "");
        String only = query.text("kind", "");
        List<Guard.Ban> all = guard.bans(System.currentTimeMillis()).stream()
                .filter(ban -> place(ban).compareTo(after) > 0
                        && (only.isEmpty() || kind(ban).equals(only)))
                .sorted((a, b) -> place(a).compareTo(place(b)))
                .toList();
        List<Guard.Ban> page = all.subList(0, Math.min(all.size(), query.limit()));
        JsonArray items = new JsonArray();
        page.forEach(ban -> items.add(json(ban)));
        Json.sendPage(rc, items, page.size() < all.size() ? place(page.get(page.size() - 1)) : null);
    }

    /** In the list's order. */
    private static String place(Guard.Ban ban) {
        return kind(ban) + ":" + ban.value();
    }

    private static String kind(Guard.Ban ban) {
        return ban.kind() == Guard.Kind.ADDRESS ? "address" : "clientid";
    }

    private static JsonObject json(Guard.Ban ban) {
        return new JsonObject()
                .put("kind", kind(ban))
                .put("value", ban.value())
                .put("until", Json.instant(ban.untilMs()))
                .put("reason", ban.why());
    }

    void add(RoutingContext rc) {
        JsonObject body = Query.of(rc).body();
        Guard.Kind kind = kind(body.getString("kind"));
        String value = value(kind, body.getString("value"));
        if (value == null) {
            noAddress(rc);
            return;
        }
        long untilMs = System.currentTimeMillis() + 1000 * body.getLong("duration_s", DURATION_S);
        Guard.Ban ban = new Guard.Ban(kind, value, untilMs, body.getString("reason", "by an administrator"));
        guard.add(ban);
        String outcome = "until " + Json.instant(untilMs) + ": " + ban.why();
        Audit.log(Access.who(rc), "addBan", kind(ban) + " " + value, outcome);
        rc.response().setStatusCode(201);
        Json.send(rc, json(ban));
    }

    void lift(RoutingContext rc) {
        Query query = Query.of(rc);
        Guard.Kind kind = kind(query.text("kind", ""));
        String value = value(kind, query.text("value", ""));
        if (value == null) {
            noAddress(rc);
            return;
        }
        boolean wasThere = guard.lift(kind, value);
        String name = kind.name().toLowerCase(Locale.ROOT).replace("_", "");
        Audit.log(Access.who(rc), "liftBan", name + " " + value, wasThere ? "done" : "none");
        if (wasThere) {
            Json.done(rc);
        } else {
            Problem.notFound("there is no such ban; GET /api/v1/bans lists them")
                    .send(rc);
        }
    }

    private static Guard.Kind kind(String name) {
        return name.equals("address") ? Guard.Kind.ADDRESS : Guard.Kind.CLIENT_ID;
    }

    /** As clients are known by it; null for what is no address. */
    private static @Nullable String value(Guard.Kind kind, String given) {
        if (kind == Guard.Kind.CLIENT_ID) {
            return given;
        }
        AddressRange range = given.contains("/") ? null : AddressRange.parse(given);
        return range == null ? null : range.first().getHostAddress();
    }

    private static void noAddress(RoutingContext rc) {
        Problem.badRequest("`value` is no IP address; one in digits is needed, as 10.1.2.3 or ::1, and no range")
                .send(rc);
    }
}
