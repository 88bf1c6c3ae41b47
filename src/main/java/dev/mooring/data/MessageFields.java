package dev.mooring.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.PublishProperties;
import dev.mooring.message.TopicName;
import dev.mooring.message.UserProperty;
import dev.mooring.message.Will;
import java.util.ArrayList;
import java.util.List;

/** Messages and Wills as JSON objects. Bytes are base64; what a message does not have is left out. */
final class MessageFields {
    private MessageFields() {}

    static void write(Message m, ObjectNode to) {
        to.put("id", m.id().toString());
        if (!m.storedId().equals(m.id())) {
            to.put("stored_id", m.storedId().toString());
        }
        to.put("from", m.from());
        content(m.topic(), m.qos(), m.retain(), m.payload(), m.properties(), to);
        to.put("created_at_ms", m.createdAtMs());
        if (m.expiresAtMs() != Message.NEVER) {
            to.put("expires_at_ms", m.expiresAtMs());
        }
    }

    static void write(Will w, ObjectNode to) {
        content(w.topic(), w.qos(), w.retain(), w.payload(), w.properties(), to);
        to.put("delay_s", w.delayS());
        if (w.expiryS() >= 0) {
            to.put("expiry_s", w.expiryS());
        }
        to.put("owner", w.owner());
    }

    private static void content(
            TopicName topic, int qos, boolean retain, byte[] payload, PublishProperties p, ObjectNode to) {
        to.put("topic", topic.text()).put("qos", qos).put("retain", retain).put("payload", payload);
        if (p.payloadFormat() >= 0) {
            to.put("payload_format", p.payloadFormat());
        }
        String contentType = p.contentType();
        if (contentType != null) {
            to.put("content_type", contentType);
        }
        String responseTopic = p.responseTopic();
        if (responseTopic != null) {
            to.put("response_topic", responseTopic);
        }
        byte[] correlationData = p.correlationData();
        if (correlationData != null) {
            to.put("correlation_data", correlationData);
        }
        if (!p.userProperties().isEmpty()) {
            ArrayNode pairs = to.putArray("user_properties");
            p.userProperties().forEach(u -> pairs.addArray().add(u.name()).add(u.value()));
        }
    }

    // ---- reading

    static Message message(Fields from) throws Unusable {
        MessageId id = id(from.text("id"));
        String stored = from.textOrNull("stored_id");
        return new Message(
                id,
                from.text("from"),
                topic(from),
                from.small("qos", 2),
                from.flag("retain"),
                payload(from),
                properties(from),
                from.number("created_at_ms"),
                from.number("expires_at_ms", Message.NEVER),
                stored == null ? id : id(stored));
    }

    static Will will(Fields from) throws Unusable {
        return new Will(
                topic(from),
                from.small("qos", 2),
                from.flag("retain"),
                payload(from),
                properties(from),
                from.number("delay_s"),
                from.number("expiry_s", -1),
                from.text("owner"));
    }

    static MessageId id(String text) throws Unusable {
        try {
            return MessageId.parse(text);
        } catch (IllegalArgumentException e) {
            throw new Unusable(String.valueOf(e.getMessage()));
        }
    }

    private static TopicName topic(Fields from) throws Unusable {
        String topic = from.text("topic");
        if (!TopicName.isValid(topic)) {
            throw new Unusable("\"" + topic + "\" is no topic");
        }
        return TopicName.of(topic);
    }

    private static byte[] payload(Fields from) throws Unusable {
        byte[] payload = from.bytesOrNull("payload");
        if (payload == null) {
            throw new Unusable("\"payload\" is missing");
        }
        return payload;
    }

    private static PublishProperties properties(Fields from) throws Unusable {
        List<UserProperty> pairs = new ArrayList<>();
        for (JsonNode pair : from.node().path("user_properties")) {
            if (pair.size() != 2) {
                throw new Unusable("\"user_properties\" has what is no pair");
            }
            pairs.add(new UserProperty(pair.get(0).asText(), pair.get(1).asText()));
        }
        return PublishProperties.of(
                from.node().has("payload_format") ? from.small("payload_format", 1) : -1,
                from.textOrNull("content_type"),
                from.textOrNull("response_topic"),
                from.bytesOrNull("correlation_data"),
                pairs);
    }
}
