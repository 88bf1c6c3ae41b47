package dev.mooring.http;

import dev.mooring.auth.Audit;
import dev.mooring.bus.Address;
import dev.mooring.bus.LocalBody;
import dev.mooring.bus.LocalCodec;
import dev.mooring.message.Message;
import dev.mooring.message.PublishProperties;
import dev.mooring.message.ReasonCode;
import dev.mooring.message.TopicFilter;
import dev.mooring.message.TopicName;
import dev.mooring.mqtt.NodeState;
import dev.mooring.route.RetainedIndex;
import dev.mooring.session.PublishMessage;
import dev.mooring.session.Published;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Retained messages, and publishing: what is published here goes the way of every message, hooks included. */
final class MessagesApi {
    private static final int PAYLOAD_SHOWN_MAX = 1 << 20;
    /** Topics looked at for one page: it stays well below a millisecond on the loop. */
    private static final int SCAN_MAX = 2_000;

    private static final byte[] NOTHING = {};

    private final Vertx vertx;
    private final NodeState node;

    MessagesApi(Vertx vertx, NodeState node) {
        this.vertx = vertx;
        this.node = node;
    }

    void listRetained(RoutingContext rc) {
        Query query = Query.of(rc);
        TopicFilter filter = filter(query.text("filter", "#"));
        if (filter == null || filter.isShared()) {
            Problem.badRequest("`filter` is no topic filter: + and # stand for whole levels, # only at the end")
                    .send(rc);
            return;
        }
        RetainedIndex.Page page =
                node.retained().page(filter, query.text("after"), query.limit(), SCAN_MAX, System.currentTimeMillis());
        JsonArray items = new JsonArray();
        page.messages().forEach(m -> items.add(retained(m)));
        Json.sendPage(rc, items, page.next());
    }

    private static @Nullable TopicFilter filter(String text) {
        try {
            return TopicFilter.of(text);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static @Nullable TopicName topic(String text) {
        try {
            return TopicName.of(text);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static JsonObject retained(Message m) {
        JsonObject json = new JsonObject()
                .put("topic", m.topic().text())
                .put("id", m.id().toString())
                .put("qos", m.qos())
                .put("from", m.from())
                .put("bytes", m.payload().length)
                .put("published_at", Json.instant(m.createdAtMs()));
        return m.expiresAtMs() == Message.NEVER ? json : json.put("expires_at", Json.instant(m.expiresAtMs()));
    }

    void getRetained(RoutingContext rc) {
        Message message = existing(rc);
        if (message != null) {
            JsonObject json = retained(message);
            if (message.payload().length <= PAYLOAD_SHOWN_MAX) {
                json.put("payload", Base64.getEncoder().encodeToString(message.payload()));
            }
            Json.send(rc, json);
        }
    }

    /** Null when it was answered that there is none. */
    private @Nullable Message existing(RoutingContext rc) {
        TopicName topic = topic(Query.of(rc).text("topic", ""));
        if (topic == null) {
            noTopic(rc);
            return null;
        }
        Message message = node.retained().get(topic, System.currentTimeMillis());
        if (message == null) {
            Problem.notFound("this topic has no retained message; GET /api/v1/retained lists them")
                    .send(rc);
        }
        return message;
    }

    private static void noTopic(RoutingContext rc) {
        Problem.badRequest("`topic` is no topic name: it must not have the wildcards + and #, nor U+0000")
                .send(rc);
    }

    void deleteRetained(RoutingContext rc) {
        Message message = existing(rc);
        if (message == null) {
            return;
        }
        String topic = message.topic().text();
        publish(message.topic(), NOTHING, 1, true, Message.NEVER)
                .onSuccess(published -> {
                    Audit.log(Access.who(rc), "deleteRetained", topic, lower(published.reason()));
                    if (published.reason().isError()) {
                        notStored(rc, published.reason());
                    } else {
                        Json.done(rc);
                    }
                })
                .onFailure(cause -> {
                    Audit.log(Access.who(rc), "deleteRetained", topic, "no answer");
                    ClientsApi.silent(rc);
                });
    }

    void publish(RoutingContext rc) {
        JsonObject body = Query.of(rc).body();
        TopicName topic = topic(body.getString("topic"));
        if (topic == null || topic.text().startsWith("$")) {
            Problem.badRequest("`topic` is no topic name that may be published to:"
                            + " no +, # and U+0000 in it, no $ before it")
                    .send(rc);
            return;
        }
        byte[] payload;
        try {
            String text = body.getString("payload", "");
            boolean base64 = body.getString("encoding", "text").equals("base64");
            payload = base64 ? Base64.getDecoder().decode(text) : text.getBytes(StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            Problem.badRequest("`payload` is not Base64 as `encoding` says").send(rc);
            return;
        }
        int sizeMax = node.config().get().limits().packetSizeMax();
        if (payload.length > sizeMax) {
            Problem.badRequest("the payload has " + payload.length + " bytes, more than limits.packet_size_max ("
                            + sizeMax + ")")
                    .send(rc);
            return;
        }
        boolean retain = body.getBoolean("retain", false);
        if (retain && !node.config().get().mqtt().retainAvailable()) {
            Problem.badRequest("retained messages are switched off by mqtt.retain_available")
                    .send(rc);
            return;
        }
        Long expiryS = body.getLong("expiry_s");
        long expiresAtMs = expiryS == null ? Message.NEVER : System.currentTimeMillis() + 1000 * expiryS;
        publish(topic, payload, body.getInteger("qos", 0), retain, expiresAtMs)
                .onSuccess(published -> {
                    Audit.log(Access.who(rc), "publish", topic.text(), lower(published.reason()));
                    if (published.reason().isError()) {
                        notStored(rc, published.reason());
                    } else {
                        Json.send(
                                rc,
                                new JsonObject().put("id", published.id()).put("reason", lower(published.reason())));
                    }
                })
                .onFailure(cause -> {
                    Audit.log(Access.who(rc), "publish", topic.text(), "no answer");
                    ClientsApi.silent(rc);
                });
    }

    private record Outcome(String id, ReasonCode reason) {}

    private Future<Outcome> publish(TopicName topic, byte[] payload, int qos, boolean retain, long expiresAtMs) {
        long now = System.currentTimeMillis();
        Message message = new Message(
                node.ids().next(now), "", topic, qos, retain, payload, PublishProperties.EMPTY, now, expiresAtMs);
        int loop = Math.floorMod(
                topic.text().hashCode(), node.config().get().loops()); // messages of a topic keep their order
        return vertx.eventBus()
                .<LocalBody>request(Address.loop(loop), new PublishMessage(message, 0, ""), LocalCodec.OPTIONS)
                .map(m -> new Outcome(message.id().toString(), ((Published) m.body()).reason()));
    }

    private static void notStored(RoutingContext rc, ReasonCode reason) {
        Problem.unavailable("the message was not taken: " + lower(reason)
                        + "; a queue or a store is full or down, see /api/v1/pools")
                .send(rc);
    }

    private static String lower(ReasonCode reason) {
        return reason.name().toLowerCase(Locale.ROOT);
    }
}
