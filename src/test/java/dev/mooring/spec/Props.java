package dev.mooring.spec;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * MQTT 5 properties as a list: order, repetition and nonsense are kept, because tests send all three.
 *
 * <p>Values are {@link Integer} (byte and two byte), {@link Long} (four byte and varint), {@link String},
 * {@code byte[]} or {@link Map.Entry} of two strings (user property).
 */
final class Props {
    static final int PAYLOAD_FORMAT_INDICATOR = 0x01;
    static final int MESSAGE_EXPIRY_INTERVAL = 0x02;
    static final int CONTENT_TYPE = 0x03;
    static final int RESPONSE_TOPIC = 0x08;
    static final int CORRELATION_DATA = 0x09;
    static final int SUBSCRIPTION_IDENTIFIER = 0x0B;
    static final int SESSION_EXPIRY_INTERVAL = 0x11;
    static final int ASSIGNED_CLIENT_IDENTIFIER = 0x12;
    static final int SERVER_KEEP_ALIVE = 0x13;
    static final int AUTHENTICATION_METHOD = 0x15;
    static final int AUTHENTICATION_DATA = 0x16;
    static final int REQUEST_PROBLEM_INFORMATION = 0x17;
    static final int WILL_DELAY_INTERVAL = 0x18;
    static final int REQUEST_RESPONSE_INFORMATION = 0x19;
    static final int RESPONSE_INFORMATION = 0x1A;
    static final int SERVER_REFERENCE = 0x1C;
    static final int REASON_STRING = 0x1F;
    static final int RECEIVE_MAXIMUM = 0x21;
    static final int TOPIC_ALIAS_MAXIMUM = 0x22;
    static final int TOPIC_ALIAS = 0x23;
    static final int MAXIMUM_QOS = 0x24;
    static final int RETAIN_AVAILABLE = 0x25;
    static final int USER_PROPERTY = 0x26;
    static final int MAXIMUM_PACKET_SIZE = 0x27;
    static final int WILDCARD_SUBSCRIPTION_AVAILABLE = 0x28;
    static final int SUBSCRIPTION_IDENTIFIER_AVAILABLE = 0x29;
    static final int SHARED_SUBSCRIPTION_AVAILABLE = 0x2A;

    record Entry(int id, Object value) {
        @Override
        public String toString() {
            return "0x" + Integer.toHexString(id) + "="
                    + (value instanceof byte[] b ? Arrays.toString(b) : String.valueOf(value));
        }
    }

    private final List<Entry> entries = new ArrayList<>();
    private final ByteArrayOutputStream wire = new ByteArrayOutputStream();

    static Props props() {
        return new Props();
    }

    Props payloadFormatIndicator(int v) {
        return byteProperty(PAYLOAD_FORMAT_INDICATOR, v);
    }

    Props messageExpiryInterval(long seconds) {
        return fourByteProperty(MESSAGE_EXPIRY_INTERVAL, seconds);
    }

    Props contentType(String v) {
        return stringProperty(CONTENT_TYPE, v);
    }

    Props responseTopic(String v) {
        return stringProperty(RESPONSE_TOPIC, v);
    }

    Props correlationData(byte[] v) {
        return binaryProperty(CORRELATION_DATA, v);
    }

    Props subscriptionIdentifier(long v) {
        return varintProperty(SUBSCRIPTION_IDENTIFIER, v);
    }

    Props sessionExpiryInterval(long seconds) {
        return fourByteProperty(SESSION_EXPIRY_INTERVAL, seconds);
    }

    Props authenticationMethod(String v) {
        return stringProperty(AUTHENTICATION_METHOD, v);
    }

    Props authenticationData(byte[] v) {
        return binaryProperty(AUTHENTICATION_DATA, v);
    }

    Props requestProblemInformation(int v) {
        return byteProperty(REQUEST_PROBLEM_INFORMATION, v);
    }

    Props requestResponseInformation(int v) {
        return byteProperty(REQUEST_RESPONSE_INFORMATION, v);
    }

    Props willDelayInterval(long seconds) {
        return fourByteProperty(WILL_DELAY_INTERVAL, seconds);
    }

    Props reasonString(String v) {
        return stringProperty(REASON_STRING, v);
    }

    Props receiveMaximum(int v) {
        return twoByteProperty(RECEIVE_MAXIMUM, v);
    }

    Props topicAliasMaximum(int v) {
        return twoByteProperty(TOPIC_ALIAS_MAXIMUM, v);
    }

    Props topicAlias(int v) {
        return twoByteProperty(TOPIC_ALIAS, v);
    }

    Props maximumPacketSize(long v) {
        return fourByteProperty(MAXIMUM_PACKET_SIZE, v);
    }

    Props userProperty(String name, String value) {
        entries.add(new Entry(USER_PROPERTY, Map.entry(name, value)));
        wire.write(USER_PROPERTY);
        writeString(wire, name);
        writeString(wire, value);
        return this;
    }

    Props byteProperty(int id, int v) {
        entries.add(new Entry(id, v));
        wire.write(id);
        wire.write(v);
        return this;
    }

    Props twoByteProperty(int id, int v) {
        entries.add(new Entry(id, v));
        wire.write(id);
        wire.write(v >>> 8);
        wire.write(v);
        return this;
    }

    Props fourByteProperty(int id, long v) {
        entries.add(new Entry(id, v));
        wire.write(id);
        for (int shift = 24; shift >= 0; shift -= 8) {
            wire.write((int) (v >>> shift));
        }
        return this;
    }

    Props varintProperty(int id, long v) {
        entries.add(new Entry(id, v));
        wire.write(id);
        wire.writeBytes(varint(v));
        return this;
    }

    Props stringProperty(int id, String v) {
        entries.add(new Entry(id, v));
        wire.write(id);
        writeString(wire, v);
        return this;
    }

    Props binaryProperty(int id, byte[] v) {
        entries.add(new Entry(id, v));
        wire.write(id);
        wire.write(v.length >>> 8);
        wire.write(v.length);
        wire.writeBytes(v);
        return this;
    }

    /** Bytes as they are, known property or not. */
    Props raw(String hex) {
        wire.writeBytes(RawClient.hex(hex));
        return this;
    }

    /** Length and properties. */
    byte[] bytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(varint(wire.size()));
        out.writeBytes(wire.toByteArray());
        return out.toByteArray();
    }

    List<Entry> entries() {
        return entries;
    }

    boolean has(int id) {
        return entries.stream().anyMatch(e -> e.id() == id);
    }

    /** All values of a property, in order. */
    List<Object> all(int id) {
        return entries.stream().filter(e -> e.id() == id).map(Entry::value).toList();
    }

    /** The number in a property, or {@code absent}. */
    long number(int id, long absent) {
        List<Object> all = all(id);
        return all.isEmpty() ? absent : ((Number) all.get(0)).longValue();
    }

    /** The text in a property, or null. */
    String text(int id) {
        List<Object> all = all(id);
        return all.isEmpty() ? null : (String) all.get(0);
    }

    /** The bytes in a property, or null. */
    byte[] binary(int id) {
        List<Object> all = all(id);
        return all.isEmpty() ? null : (byte[]) all.get(0);
    }

    /** {@code name=value} of each user property, in order. */
    List<String> userProperties() {
        return all(USER_PROPERTY).stream().map(Object::toString).toList();
    }

    static byte[] varint(long v) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        long rest = v;
        do {
            out.write((int) (rest % 128) | (rest >= 128 ? 0x80 : 0));
            rest /= 128;
        } while (rest > 0);
        return out.toByteArray();
    }

    static void writeString(ByteArrayOutputStream out, String v) {
        byte[] utf8 = v.getBytes(StandardCharsets.UTF_8);
        out.write(utf8.length >>> 8);
        out.write(utf8.length);
        out.writeBytes(utf8);
    }

    @Override
    public String toString() {
        return entries.toString();
    }
}
