package dev.mooring.store.dynamodb;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.PublishProperties;
import dev.mooring.message.TimestampUnit;
import dev.mooring.message.TopicName;
import dev.mooring.message.UserProperty;
import dev.mooring.store.codec.UserPropertyText;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * A message as an item: the seven documented attributes, and beside them, prefixed with {@code p:}, those of MQTT 5
 * that it has, and when it ends. Reading takes what EMQX and its successors wrote as well.
 */
final class Bodies {
    /** A time above this is in milliseconds. */
    static final long SECONDS_MAX = 100_000_000_000L;

    private static final AttributeValue ZERO = Item.number(0);
    private static final AttributeValue ONE = Item.number(1);
    private static final AttributeValue TWO = Item.number(2);

    private final TimestampUnit unit;
    private final Figures figures;
    private final CharsetDecoder utf8 = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);

    Bodies(TimestampUnit unit, Figures figures) {
        this.unit = unit;
        this.figures = figures;
    }

    /**
     * Null when it has more bytes than an item may have; that is counted, and told to {@code who}, then. On the way of
     * a PUBLISH.
     *
     * @param endsAtMs when DynamoDB may remove it, or {@link Message#NEVER}
     */
    @Nullable
    Map<String, AttributeValue> item(Message m, String id, boolean retain, long endsAtMs, Answer who) {
        Map<String, AttributeValue> item = new HashMap<>(16);
        item.put("msgid", Item.text(id));
        item.put("topic", Item.text(m.topic().text()));
        item.put("sender", Item.text(m.from()));
        item.put("qos", m.qos() == 0 ? ZERO : m.qos() == 1 ? ONE : TWO);
        item.put("retain", retain ? ONE : ZERO);
        item.put("payload", payload(m.payload()));
        item.put("arrived", Item.number(unit.ofMs(m.createdAtMs())));
        if (m.properties().wire().length > 0) {
            properties(item, m.properties());
        }
        if (m.expiresAtMs() != Message.NEVER) {
            item.put("p:expires_at", Item.number(m.expiresAtMs()));
        }
        if (endsAtMs != Message.NEVER) {
            item.put(Table.TTL, Item.number(seconds(endsAtMs)));
        }
        int bytes = Item.sizeBytes(item);
        if (bytes > Item.SIZE_MAX) {
            figures.tooLarge(who, "the message as an item", bytes, Item.SIZE_MAX);
            return null;
        }
        return item;
    }

    /** The first full second at which it has ended. */
    static long seconds(long ms) {
        return Math.floorDiv(ms + 999, 1000L);
    }

    /** A text when it is one, so that other programs can read it. */
    private AttributeValue payload(byte[] payload) {
        try {
            return Item.text(utf8.decode(ByteBuffer.wrap(payload)).toString());
        } catch (CharacterCodingException binary) {
            return Item.bytes(payload);
        }
    }

    private static void properties(Map<String, AttributeValue> item, PublishProperties p) {
        if (p.payloadFormat() >= 0) {
            item.put("p:payload_format", Item.number(p.payloadFormat()));
        }
        String contentType = p.contentType();
        if (contentType != null) {
            item.put("p:content_type", Item.text(contentType));
        }
        String responseTopic = p.responseTopic();
        if (responseTopic != null) {
            item.put("p:response_topic", Item.text(responseTopic));
        }
        byte[] correlationData = p.correlationData();
        if (correlationData != null) {
            item.put("p:correlation_data", Item.bytes(correlationData));
        }
        List<UserProperty> userProperties = p.userProperties();
        if (!userProperties.isEmpty()) {
            item.put("p:user_properties", Item.text(UserPropertyText.of(userProperties)));
        }
    }

    // ---- reading

    /** Whether DynamoDB may have removed the item already. */
    static boolean hasEnded(Map<String, AttributeValue> item, long nowMs) {
        return Item.number(item, Table.TTL, Long.MAX_VALUE / 1000) * 1000 <= nowMs;
    }

    /** Null when it is no message, which has been counted and said then; or when it has ended. */
    @Nullable
    Message read(Map<String, AttributeValue> item, MessageId id, String key) {
        if (hasEnded(item, System.currentTimeMillis())) {
            return null;
        }
        String topic = Item.textOrNull(item, "topic");
        if (topic == null || !TopicName.isValid(topic)) {
            figures.unreadable(key, "its topic is " + topic);
            return null;
        }
        byte[] payload = Item.bytes(item, "payload");
        return new Message(
                id,
                Item.text(item, "sender"),
                TopicName.of(topic),
                (int) Math.max(0, Math.min(2, Item.number(item, "qos", 0))),
                Item.number(item, "retain", 0) == 1 || "true".equals(Item.text(item, "retain")),
                payload == null ? new byte[0] : payload,
                properties(item),
                timeMs(Item.number(item, "arrived", -1), id),
                Item.number(item, "p:expires_at", Message.NEVER));
    }

    private static long timeMs(long arrived, MessageId id) {
        if (arrived < 0) {
            return id.timeUs() / 1000;
        }
        return arrived > SECONDS_MAX ? arrived : arrived * 1000;
    }

    private static PublishProperties properties(Map<String, AttributeValue> item) {
        boolean hasAny = false;
        for (String name : item.keySet()) {
            hasAny |= name.startsWith("p:");
        }
        return hasAny
                ? PublishProperties.of(
                        (int) Math.max(-1, Math.min(1, Item.number(item, "p:payload_format", -1))),
                        Item.textOrNull(item, "p:content_type"),
                        Item.textOrNull(item, "p:response_topic"),
                        Item.bytes(item, "p:correlation_data"),
                        UserPropertyText.parse(Item.textOrNull(item, "p:user_properties")))
                : PublishProperties.EMPTY;
    }
}
