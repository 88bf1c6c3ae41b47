package dev.mooring.store.redis;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.PublishProperties;
import dev.mooring.message.TimestampUnit;
import dev.mooring.message.TopicName;
import dev.mooring.message.UserProperty;
import dev.mooring.store.codec.UserPropertyText;
import io.vertx.redis.client.Request;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A message as the fields of a hash: the seven documented ones in their order, and behind them, prefixed with
 * {@code p:}, those of MQTT 5 that it has. Reading takes what EMQX and its successors wrote as well.
 */
final class Bodies {
    /** A time above this is in milliseconds. */
    static final long SECONDS_MAX = 100_000_000_000L;

    private static final byte[] ID = Keys.utf8("id");
    private static final byte[] FROM = Keys.utf8("from");
    private static final byte[] QOS = Keys.utf8("qos");
    private static final byte[] TOPIC = Keys.utf8("topic");
    private static final byte[] PAYLOAD = Keys.utf8("payload");
    private static final byte[] TS = Keys.utf8("ts");
    private static final byte[] RETAIN = Keys.utf8("retain");
    private static final byte[] TRUE = Keys.utf8("true");
    private static final byte[] FALSE = Keys.utf8("false");
    private static final byte[][] QOS_VALUES = {Keys.utf8("0"), Keys.utf8("1"), Keys.utf8("2")};

    private final TimestampUnit unit;
    private final Figures figures;

    Bodies(TimestampUnit unit, Figures figures) {
        this.unit = unit;
        this.figures = figures;
    }

    /** Appends names and values. On the way of a PUBLISH. */
    Request fields(Request request, Message m, byte[] id, boolean retain) {
        request.arg(ID)
                .arg(id)
                .arg(FROM)
                .arg(m.from())
                .arg(QOS)
                .arg(QOS_VALUES[m.qos()])
                .arg(TOPIC)
                .arg(m.topic().utf8())
                .arg(PAYLOAD)
                .arg(m.payload())
                .arg(TS)
                .arg(Keys.number(unit.ofMs(m.createdAtMs())))
                .arg(RETAIN)
                .arg(retain ? TRUE : FALSE);
        if (m.properties().wire().length > 0) {
            properties(request, m.properties());
        }
        if (m.expiresAtMs() != Message.NEVER) {
            request.arg("p:expires_at").arg(m.expiresAtMs());
        }
        return request;
    }

    private static void properties(Request request, PublishProperties p) {
        if (p.payloadFormat() >= 0) {
            request.arg("p:payload_format").arg(p.payloadFormat());
        }
        String contentType = p.contentType();
        if (contentType != null) {
            request.arg("p:content_type").arg(contentType);
        }
        String responseTopic = p.responseTopic();
        if (responseTopic != null) {
            request.arg("p:response_topic").arg(responseTopic);
        }
        byte[] correlationData = p.correlationData();
        if (correlationData != null) {
            request.arg("p:correlation_data").arg(correlationData);
        }
        List<UserProperty> userProperties = p.userProperties();
        if (!userProperties.isEmpty()) {
            request.arg("p:user_properties").arg(UserPropertyText.of(userProperties));
        }
    }

    // ---- reading

    /** Null when it is no message; that has been counted and said then. */
    @Nullable
    Message read(Hash hash, MessageId id, byte[] key) {
        String topic = hash.text("topic");
        if (topic == null || !TopicName.isValid(topic)) {
            figures.unreadable(new String(key, StandardCharsets.UTF_8), "its topic is " + topic);
            return null;
        }
        byte[] payload = hash.get("payload");
        String from = hash.text("from");
        String retain = hash.text("retain");
        return new Message(
                id,
                from == null ? "" : from,
                TopicName.of(topic),
                (int) Math.max(0, Math.min(2, number(hash.text("qos"), 0))),
                "true".equals(retain) || "1".equals(retain),
                payload == null ? new byte[0] : payload,
                properties(hash),
                timeMs(hash.text("ts"), id),
                number(hash.text("p:expires_at"), Message.NEVER));
    }

    /** The id of a body that is found by its topic, as text. */
    static String id(Hash hash) {
        String id = hash.text("id");
        return id == null ? "" : id;
    }

    private static long timeMs(@Nullable String ts, MessageId id) {
        long time = number(ts, -1);
        if (time < 0) {
            return id.timeUs() / 1000;
        }
        return time > SECONDS_MAX ? time : time * 1000;
    }

    private static PublishProperties properties(Hash hash) {
        boolean hasAny = false;
        for (int i = 0; i < hash.size() && !hasAny; i++) {
            hasAny = hash.name(i).startsWith("p:");
        }
        return hasAny
                ? PublishProperties.of(
                        (int) Math.max(-1, Math.min(1, number(hash.text("p:payload_format"), -1))),
                        hash.text("p:content_type"),
                        hash.text("p:response_topic"),
                        hash.get("p:correlation_data"),
                        UserPropertyText.parse(hash.text("p:user_properties")))
                : PublishProperties.EMPTY;
    }

    private static long number(@Nullable String text, long otherwise) {
        try {
            return text == null ? otherwise : Long.parseLong(text);
        } catch (NumberFormatException e) {
            return otherwise;
        }
    }
}
