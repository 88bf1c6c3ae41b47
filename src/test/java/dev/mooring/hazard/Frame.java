package dev.mooring.hazard;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A packet from the broker. */
record Frame(int version, int first, byte[] body) {
    static final int CONNACK = 2;
    static final int PUBLISH = 3;
    static final int PUBACK = 4;
    static final int PUBREC = 5;
    static final int PUBREL = 6;
    static final int PUBCOMP = 7;
    static final int SUBACK = 9;
    static final int UNSUBACK = 11;
    static final int PINGRESP = 13;
    static final int DISCONNECT = 14;

    int type() {
        return first >> 4 & 15;
    }

    int qos() {
        return first >> 1 & 3;
    }

    boolean dup() {
        return (first & 8) != 0;
    }

    boolean retain() {
        return (first & 1) != 0;
    }

    /** Of PUBLISH. */
    String topic() {
        return new String(body, 2, u16(0), StandardCharsets.UTF_8);
    }

    /** Of PUBLISH and of all acks. */
    int packetId() {
        return type() == PUBLISH ? u16(2 + u16(0)) : u16(0);
    }

    /** Of PUBLISH; not for properties longer than 127 bytes. */
    String payload() {
        int at = 2 + u16(0) + (qos() > 0 ? 2 : 0);
        int from = version == 5 ? at + 1 + body[at] : at;
        return new String(body, from, body.length - from, StandardCharsets.UTF_8);
    }

    /** Of CONNACK, DISCONNECT and the acks of PUBLISH; absent is 0. */
    int reason() {
        int at = type() == CONNACK ? 1 : type() == DISCONNECT ? 0 : 2;
        return body.length > at ? body[at] & 0xFF : 0;
    }

    /** Of CONNACK. */
    boolean sessionPresent() {
        return (body[0] & 1) != 0;
    }

    /** Of SUBACK: the code of the filter at this place. */
    int granted(int place) {
        int from = version == 5 ? 3 + body[2] : 2;
        return body[from + place] & 0xFF;
    }

    private int u16(int at) {
        return ByteBuffer.wrap(body).getShort(at) & 0xFFFF;
    }

    @Override
    public String toString() {
        String kind = "type " + type();
        if (type() == PUBLISH) {
            return "PUBLISH " + topic() + " qos " + qos() + (dup() ? " dup" : "");
        }
        return kind + (body.length > 0 ? " of " + body.length + " bytes, reason " + reason() : "");
    }
}
