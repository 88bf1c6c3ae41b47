package dev.mooring.mqtt;

import dev.mooring.message.ReasonCode;
import org.jspecify.annotations.Nullable;

/** Which reason codes a client may send in which packet, as tables by their byte. */
final class ReasonCodes {
    /** PUBACK and PUBREC, tables 3-4 and 3-5 ([MQTT-3.4.2-1], [MQTT-3.5.2-1]). */
    static final @Nullable ReasonCode[] PUBACK = table(
            ReasonCode.SUCCESS,
            ReasonCode.NO_MATCHING_SUBSCRIBERS,
            ReasonCode.UNSPECIFIED_ERROR,
            ReasonCode.IMPLEMENTATION_SPECIFIC_ERROR,
            ReasonCode.NOT_AUTHORIZED,
            ReasonCode.TOPIC_NAME_INVALID,
            ReasonCode.PACKET_IDENTIFIER_IN_USE,
            ReasonCode.QUOTA_EXCEEDED,
            ReasonCode.PAYLOAD_FORMAT_INVALID);

    /** PUBREL and PUBCOMP, tables 3-6 and 3-7 ([MQTT-3.6.2-1], [MQTT-3.7.2-1]). */
    static final @Nullable ReasonCode[] PUBREL = table(ReasonCode.SUCCESS, ReasonCode.PACKET_IDENTIFIER_NOT_FOUND);

    /** What table 3-10 gives to clients ([MQTT-3.14.2-1]). */
    static final @Nullable ReasonCode[] DISCONNECT = table(
            ReasonCode.SUCCESS,
            ReasonCode.DISCONNECT_WITH_WILL,
            ReasonCode.UNSPECIFIED_ERROR,
            ReasonCode.MALFORMED_PACKET,
            ReasonCode.PROTOCOL_ERROR,
            ReasonCode.IMPLEMENTATION_SPECIFIC_ERROR,
            ReasonCode.TOPIC_NAME_INVALID,
            ReasonCode.RECEIVE_MAXIMUM_EXCEEDED,
            ReasonCode.TOPIC_ALIAS_INVALID,
            ReasonCode.PACKET_TOO_LARGE,
            ReasonCode.MESSAGE_RATE_TOO_HIGH,
            ReasonCode.QUOTA_EXCEEDED,
            ReasonCode.ADMINISTRATIVE_ACTION,
            ReasonCode.PAYLOAD_FORMAT_INVALID);

    /** What table 3-11 gives to clients ([MQTT-3.15.2-1]). */
    static final @Nullable ReasonCode[] AUTH = table(ReasonCode.CONTINUE_AUTHENTICATION, ReasonCode.RE_AUTHENTICATE);

    private ReasonCodes() {}

    /** Reads a reason code that must be in the table. */
    static ReasonCode read(WireReader in, @Nullable ReasonCode[] legal) {
        int code = in.u8();
        ReasonCode reason = legal[code];
        if (reason == null) {
            in.fail(ReasonCode.PROTOCOL_ERROR, "reason code " + code + " is not for this packet");
            return ReasonCode.SUCCESS;
        }
        return reason;
    }

    private static @Nullable ReasonCode[] table(ReasonCode... legal) {
        @Nullable ReasonCode[] table = new ReasonCode[256];
        for (ReasonCode reason : legal) {
            table[reason.code()] = reason;
        }
        return table;
    }
}
