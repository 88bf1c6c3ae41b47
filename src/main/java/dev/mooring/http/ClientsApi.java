package dev.mooring.http;

import dev.mooring.auth.Audit;
import dev.mooring.bus.Address;
import dev.mooring.bus.LocalBody;
import dev.mooring.bus.LocalCodec;
import dev.mooring.message.Subscription;
import dev.mooring.mqtt.NodeState;
import dev.mooring.route.Subscriber;
import dev.mooring.session.ClientInfo;
import dev.mooring.session.ClientsFound;
import dev.mooring.session.ClientsQuery;
import dev.mooring.session.Kick;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import org.jspecify.annotations.Nullable;

/**
 * Clients: a list from the directory that all shards share, one client from those that own it, which are asked over the
 * bus. So nothing here touches what a loop is working on.
 */
final class ClientsApi {
    /** Sessions looked at for one page at most: a filter that matches nothing must not read them all. */
    private static final int SCAN_MAX = 20_000;

    private static final int SUBSCRIPTIONS_MAX = 1_000;

    private final Vertx vertx;
    private final NodeState node;

    ClientsApi(Vertx vertx, NodeState node) {
        this.vertx = vertx;
        this.node = node;
    }

    void list(RoutingContext rc) {
        Query query = Query.of(rc);
        String prefix = query.text("prefix", "");
        String after = query.text("after");
        String contains = query.text("contains", "");
        String state = query.text("state");
        NavigableMap<String, Subscriber> all = node.sessions().directory();
        NavigableMap<String, Subscriber> rest =
                after != null && after.compareTo(prefix) >= 0 ? all.tailMap(after, false) : all.tailMap(prefix, true);
        JsonArray items = new JsonArray();
        String last = null;
        int left = SCAN_MAX;
        for (Iterator<Map.Entry<String, Subscriber>> it = rest.entrySet().iterator(); it.hasNext(); ) {
            if (items.size() == query.limit() || left-- == 0) {
                Json.sendPage(rc, items, last);
                return;
            }
            Map.Entry<String, Subscriber> entry = it.next();
            last = entry.getKey();
            if (!last.startsWith(prefix)) {
                break;
            }
            Subscriber s = entry.getValue();
            if (last.contains(contains) && (state == null || state.equals("connected") == isConnected(s))) {
                items.add(client(s));
            }
        }
        Json.sendPage(rc, items, null);
    }

    private static boolean isConnected(Subscriber s) {
        return s.loop() != Subscriber.OFFLINE;
    }

    private static JsonObject client(Subscriber s) {
        return new JsonObject()
                .put("clientid", s.clientId())
                .put("connected", isConnected(s))
                .put("persistent", s.durable())
                .put("queued_messages", Math.max(0, s.queuedCount.get()))
                .put("queued_bytes", Math.max(0, s.queuedBytes.get()));
    }

    void get(RoutingContext rc) {
        String clientId = Query.of(rc).text("clientid", "");
        Subscriber s = node.sessions().directory().get(clientId);
        if (s == null) {
            noSuchClient(rc);
            return;
        }
        int loop = s.loop();
        Future<@Nullable ClientInfo> connection =
                loop == Subscriber.OFFLINE ? Future.succeededFuture() : ask(Address.loop(loop), clientId);
        String shard = Address.session(node.sessions().shard(clientId));
        connection
                .compose(live -> ask(shard, clientId).map(session -> {
                    if (session != null) {
                        Json.send(rc, detail(s, session, live));
                    } else {
                        noSuchClient(rc);
                    }
                    return null;
                }))
                .onFailure(cause -> silent(rc));
    }

    /** Null when it is not there. */
    Future<@Nullable ClientInfo> ask(String address, String clientId) {
        ClientsQuery query = new ClientsQuery(List.of(clientId), SUBSCRIPTIONS_MAX);
        return vertx.eventBus()
                .<LocalBody>request(address, query, LocalCodec.OPTIONS)
                .map(m -> {
                    List<ClientInfo> found = ((ClientsFound) m.body()).clients();
                    return found.isEmpty() ? null : found.get(0);
                });
    }

    private static JsonObject detail(Subscriber s, ClientInfo session, @Nullable ClientInfo live) {
        ClientInfo current = live == null ? session : live;
        JsonArray subscriptions = new JsonArray();
        current.subscriptions().forEach(one -> subscriptions.add(subscription(one)));
        JsonObject json = client(s)
                .put("connected", live != null)
                .put("session_expiry_s", current.expiryS())
                .put("subscriptions_count", current.subscriptionCount())
                .put("subscriptions", subscriptions);
        if (session.disconnectedAtMs() > 0) {
            json.put("disconnected_at", Json.instant(session.disconnectedAtMs()));
        }
        if (session.lastDisconnect() != null) {
            json.put("last_disconnect_reason", session.lastDisconnect());
        }
        if (current.will() != null) {
            json.put("will_topic", current.will().topic().text());
        }
        if (live != null && live.connection() != null) {
            json.put("connection", connection(live.connection()));
        }
        return json;
    }

    private static JsonObject connection(ClientInfo.ConnectionInfo c) {
        JsonObject json = new JsonObject()
                .put("protocol", c.protocolVersion() == 5 ? "5.0" : c.protocolVersion() == 4 ? "3.1.1" : "3.1")
                .put("address", c.address())
                .put("clean_start", c.cleanStart())
                .put("keep_alive_s", c.keepAliveS())
                .put("connected_at", Json.instant(1000 * c.connectedAtS()))
                .put("receive_maximum", c.receiveMaximum())
                .put("inflight_messages", c.inflight())
                .put("memory_messages", c.queuedInMemory())
                .put("behind", c.behind())
                .put("unanswered_messages", c.unanswered());
        return c.username() == null ? json : json.put("username", c.username());
    }

    static JsonObject subscription(Subscription s) {
        return new JsonObject()
                .put("filter", s.filter().text())
                .put("qos", s.qos())
                .put("no_local", s.noLocal())
                .put("retain_as_published", s.retainAsPublished())
                .put("retain_handling", s.retainHandling())
                .put("identifier", s.identifier());
    }

    void kick(RoutingContext rc) {
        String clientId = Query.of(rc).text("clientid", "");
        String shard = Address.session(node.sessions().shard(clientId));
        vertx.eventBus()
                .<LocalBody>request(shard, new Kick(clientId), LocalCodec.OPTIONS)
                .onSuccess(m -> {
                    Kick.Result result = ((Kick.Done) m.body()).result();
                    Audit.log(
                            Access.who(rc),
                            "kickClient",
                            clientId,
                            result.name().toLowerCase(java.util.Locale.ROOT));
                    switch (result) {
                        case KICKED -> Json.done(rc);
                        case NOT_CONNECTED ->
                            Problem.notFound("no client with this id is connected")
                                    .send(rc);
                        case BUSY ->
                            new Problem(
                                            409,
                                            "Conflict",
                                            "the client is just connecting or being taken over; ask again in a moment")
                                    .send(rc);
                    }
                })
                .onFailure(cause -> {
                    Audit.log(Access.who(rc), "kickClient", clientId, "no answer");
                    silent(rc);
                });
    }

    private static void noSuchClient(RoutingContext rc) {
        Problem.notFound("there is no session with this client id; GET /api/v1/clients lists them")
                .send(rc);
    }

    static void silent(RoutingContext rc) {
        Problem.unavailable("a part of the broker did not answer in time; /health/live says whether its loops turn")
                .send(rc);
    }
}
