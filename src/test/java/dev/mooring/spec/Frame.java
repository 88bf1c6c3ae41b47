package dev.mooring.spec;

import static dev.mooring.spec.RawClient.hex;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * One packet from the server, taken apart strictly: what the standard does not allow a server to send is an
 * {@link AssertionError} here, in every test.
 */
final class Frame {
    static final int CONNECT = 1;
    static final int CONNACK = 2;
    static final int PUBLISH = 3;
    static final int PUBACK = 4;
    static final int PUBREC = 5;
    static final int PUBREL = 6;
    static final int PUBCOMP = 7;
    static final int SUBSCRIBE = 8;
    static final int SUBACK = 9;
    static final int UNSUBSCRIBE = 10;
    static final int UNSUBACK = 11;
    static final int PINGREQ = 12;
    static final int PINGRESP = 13;
    static final int DISCONNECT = 14;
    static final int AUTH = 15;

    private static final List<String> NAMES = List.of(
            "reserved",
            "CONNECT",
            "CONNACK",
            "PUBLISH",
            "PUBACK",
            "PUBREC",
            "PUBREL",
            "PUBCOMP",
            "SUBSCRIBE",
            "SUBACK",
            "UNSUBSCRIBE",
            "UNSUBACK",
            "PINGREQ",
            "PINGRESP",
            "DISCONNECT",
            "AUTH");

    /** The whole packet. */
    final byte[] bytes;

    final int type;
    /** Lower four bits of byte 1. */
    final int flags;
    /** PUBLISH only. */
    boolean dup;

    /** PUBLISH only. */
    int qos;

    /** PUBLISH only. */
    boolean retain;
    /** PUBLISH only; {@link RawClient} fills in the name where the server uses an alias alone. */
    String topic = "";

    /** PUBLISH only: the server left the topic name out. */
    boolean aliasOnly;

    /** PUBLISH only. */
    byte[] payload = {};

    /** 0 where the packet has none. */
    int packetId;
    /** CONNACK only. */
    boolean sessionPresent;
    /** CONNACK (also the 3.1.1 return code), PUBACK, PUBREC, PUBREL, PUBCOMP, DISCONNECT, AUTH; 0 where left out. */
    int reasonCode;
    /** SUBACK (also the 3.1.1 return codes) and UNSUBACK. */
    List<Integer> reasonCodes = List.of();

    Props props = new Props();

    private final ByteBuffer in;

    private Frame(int version, byte[] bytes, int headerLength) {
        this.bytes = bytes;
        this.type = (bytes[0] & 0xFF) >>> 4;
        this.flags = bytes[0] & 0x0F;
        this.in = ByteBuffer.wrap(bytes, headerLength, bytes.length - headerLength);
        if (type != PUBLISH) {
            check(flags == (type == PUBREL ? 2 : 0), "reserved flags");
        }
        switch (type) {
            case CONNACK -> connack(version);
            case PUBLISH -> publish(version);
            case PUBACK, PUBREC, PUBREL, PUBCOMP -> ack(version);
            case SUBACK, UNSUBACK -> suback(version);
            case PINGRESP -> {}
            case DISCONNECT, AUTH -> disconnect(version);
            default -> check(false, "a server does not send this packet");
        }
        check(!in.hasRemaining(), "bytes left over");
    }

    /** @param headerLength bytes of the fixed header */
    static Frame parse(int version, byte[] bytes, int headerLength) {
        try {
            return new Frame(version, bytes, headerLength);
        } catch (java.nio.BufferUnderflowException e) {
            throw new AssertionError("the server sent a packet that is too short: " + hex(bytes), e);
        }
    }

    static String name(int type) {
        return NAMES.get(type);
    }

    String payloadText() {
        return new String(payload, StandardCharsets.UTF_8);
    }

    private void connack(int version) {
        int acknowledgeFlags = in.get();
        check((acknowledgeFlags & 0xFE) == 0, "reserved bits of the acknowledge flags [MQTT-3.2.2-1]");
        sessionPresent = acknowledgeFlags == 1;
        reasonCode = in.get() & 0xFF;
        if (version == 5) {
            readProps(
                    0x11, 0x12, 0x13, 0x15, 0x16, 0x1A, 0x1C, 0x1F, 0x21, 0x22, 0x24, 0x25, 0x26, 0x27, 0x28, 0x29,
                    0x2A);
        } else {
            check(reasonCode <= 5, "return code");
        }
        check(!sessionPresent || reasonCode == 0, "session present beside an error [MQTT-3.2.2-6]");
    }

    private void publish(int version) {
        dup = (flags & 8) != 0;
        qos = flags >>> 1 & 3;
        retain = (flags & 1) != 0;
        check(qos < 3, "QoS 3 [MQTT-3.3.1-4]");
        check(qos > 0 || !dup, "DUP at QoS 0 [MQTT-3.3.1-2]");
        topic = readString();
        check(topic.indexOf('+') < 0 && topic.indexOf('#') < 0, "wildcard in a topic name [MQTT-3.3.2-2]");
        if (qos > 0) {
            packetId = in.getShort() & 0xFFFF;
            check(packetId > 0, "packet identifier 0 [MQTT-2.2.1-3]");
        }
        if (version == 5) {
            readProps(0x01, 0x02, 0x03, 0x08, 0x09, 0x0B, 0x23, 0x26);
            check(props.number(Props.TOPIC_ALIAS, 1) > 0, "topic alias 0 [MQTT-3.3.2-8]");
        }
        check(!topic.isEmpty() || props.has(Props.TOPIC_ALIAS), "neither topic nor alias");
        payload = rest();
    }

    private void ack(int version) {
        packetId = in.getShort() & 0xFFFF;
        check(packetId > 0, "packet identifier 0");
        if (version == 5 && in.hasRemaining()) {
            reasonCode = in.get() & 0xFF;
            if (in.hasRemaining()) {
                readProps(Props.REASON_STRING, Props.USER_PROPERTY);
            }
        }
        Set<Integer> allowed =
                type <= PUBREC ? Set.of(0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99) : Set.of(0x00, 0x92);
        check(allowed.contains(reasonCode), "not a reason code of this packet [MQTT-3.x.2-1]");
    }

    private void suback(int version) {
        packetId = in.getShort() & 0xFFFF;
        if (version == 5) {
            readProps(Props.REASON_STRING, Props.USER_PROPERTY);
        }
        reasonCodes = new ArrayList<>();
        for (byte b : rest()) {
            reasonCodes.add(b & 0xFF);
        }
        check(version == 5 || type == SUBACK || reasonCodes.isEmpty(), "payload in a 3.1.1 UNSUBACK");
        for (int code : reasonCodes) {
            check(code <= 2 || code == 0x11 || code >= 0x80, "reason code");
            check(version == 5 || code <= 2 || code == 0x80, "3.1.1 return code [MQTT311-3.9.3-2]");
        }
    }

    private void disconnect(int version) {
        check(version == 5, "a 3.1.1 server does not send this packet");
        if (in.hasRemaining()) {
            reasonCode = in.get() & 0xFF;
        }
        if (in.hasRemaining()) {
            if (type == AUTH) {
                readProps(0x15, 0x16, 0x1F, 0x26);
            } else {
                readProps(0x1C, 0x1F, 0x26); // never 0x11: [MQTT-3.14.2-2]
            }
        }
    }

    private void readProps(int... allowed) {
        int length = readVarint();
        int end = in.position() + length;
        check(length <= in.remaining(), "property length");
        Set<Integer> seen = new HashSet<>();
        while (in.position() < end) {
            int id = readVarint();
            boolean ok = false;
            for (int a : allowed) {
                ok |= a == id;
            }
            check(ok, "property 0x" + Integer.toHexString(id) + " does not belong here");
            boolean repeatable = id == Props.USER_PROPERTY || id == Props.SUBSCRIPTION_IDENTIFIER;
            check(seen.add(id) || repeatable, "property 0x" + Integer.toHexString(id) + " twice");
            readProp(id);
        }
        check(in.position() == end, "a property runs over the property length");
    }

    private void readProp(int id) {
        switch (id) {
            case 0x01, 0x17, 0x19, 0x24, 0x25, 0x28, 0x29, 0x2A -> {
                int v = in.get() & 0xFF;
                check(v <= 1, "property 0x" + Integer.toHexString(id) + " is neither 0 nor 1");
                props.byteProperty(id, v);
            }
            case 0x13, 0x21, 0x22, 0x23 -> {
                int v = in.getShort() & 0xFFFF;
                check(id != 0x21 || v > 0, "receive maximum 0");
                props.twoByteProperty(id, v);
            }
            case 0x02, 0x11, 0x18, 0x27 -> {
                long v = in.getInt() & 0xFFFF_FFFFL;
                check(id != 0x27 || v > 0, "maximum packet size 0");
                props.fourByteProperty(id, v);
            }
            case 0x0B -> {
                long v = readVarint();
                check(v > 0, "subscription identifier 0");
                props.varintProperty(id, v);
            }
            case 0x09, 0x16 -> props.binaryProperty(id, readBinary());
            case 0x26 -> props.userProperty(readString(), readString());
            default -> props.stringProperty(id, readString());
        }
    }

    private int readVarint() {
        int value = 0;
        for (int shift = 0; shift < 28; shift += 7) {
            int b = in.get();
            value |= (b & 0x7F) << shift;
            if ((b & 0x80) == 0) {
                check(b != 0 || shift == 0, "over-long variable byte integer [MQTT-1.5.5-1]");
                return value;
            }
        }
        check(false, "variable byte integer of more than four bytes");
        return -1;
    }

    private byte[] readBinary() {
        byte[] b = new byte[in.getShort() & 0xFFFF];
        in.get(b);
        return b;
    }

    private String readString() {
        byte[] b = readBinary();
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(b))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new AssertionError("bad UTF-8 from the server: " + this, e);
        }
    }

    private byte[] rest() {
        byte[] b = new byte[in.remaining()];
        in.get(b);
        return b;
    }

    private void check(boolean ok, String problem) {
        if (!ok) {
            throw new AssertionError("the server sent something forbidden, " + problem + ": " + this);
        }
    }

    @Override
    public String toString() {
        StringBuilder s = new StringBuilder(name(type));
        if (type == PUBLISH) {
            s.append(" qos ").append(qos).append(dup ? " dup" : "").append(retain ? " retain" : "");
            s.append(" '").append(topic).append("' '").append(payloadText()).append('\'');
        }
        if (packetId > 0) {
            s.append(" #").append(packetId);
        }
        if (reasonCode != 0) {
            s.append(" 0x").append(Integer.toHexString(reasonCode));
        }
        if (!reasonCodes.isEmpty()) {
            s.append(' ').append(reasonCodes);
        }
        if (!props.entries().isEmpty()) {
            s.append(' ').append(props);
        }
        String all = hex(bytes);
        return s + " [" + (all.length() > 300 ? all.substring(0, 300) + "…" : all) + "]";
    }
}
