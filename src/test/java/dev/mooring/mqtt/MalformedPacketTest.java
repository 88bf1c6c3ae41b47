package dev.mooring.mqtt;

import static dev.mooring.message.ReasonCode.MALFORMED_PACKET;
import static dev.mooring.message.ReasonCode.PROTOCOL_ERROR;
import static dev.mooring.message.ReasonCode.QUOTA_EXCEEDED;
import static dev.mooring.message.ReasonCode.TOPIC_ALIAS_INVALID;
import static dev.mooring.message.ReasonCode.TOPIC_NAME_INVALID;
import static dev.mooring.message.ReasonCode.UNSUPPORTED_PROTOCOL_VERSION;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.ReasonCode;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a client must not send, as bytes, and the reason that the standard names. Each is one step from a legal packet.
 */
class MalformedPacketTest {
    private static final DecoderLimits LIMITS = new DecoderLimits(1 << 16, 300, 10, 3, 4);

    static Stream<Arguments> fixedHeaders() {
        return Stream.of(
                of("[MQTT-2.1.3-1] flags of PUBACK", 5, "41 0001", MALFORMED_PACKET),
                of("[MQTT-2.1.3-1] flags of PUBREC", 4, "52 0001", MALFORMED_PACKET),
                of("[MQTT-3.6.1-1] flags of PUBREL", 5, "60 0001", MALFORMED_PACKET),
                of("[MQTT-3.6.1-1] flags of PUBREL", 4, "63 0001", MALFORMED_PACKET),
                of("[MQTT-2.1.3-1] flags of PUBCOMP", 5, "78 0001", MALFORMED_PACKET),
                of("[MQTT-3.8.1-1] flags of SUBSCRIBE", 5, "80 0001 [ ] s:a 00", MALFORMED_PACKET),
                of("[MQTT-3.8.1-1] flags of SUBSCRIBE", 4, "8A 0001 s:a 00", MALFORMED_PACKET),
                of("[MQTT-3.10.1-1] flags of UNSUBSCRIBE", 5, "A0 0001 [ ] s:a", MALFORMED_PACKET),
                of("[MQTT-2.1.3-1] flags of PINGREQ", 4, "C1", MALFORMED_PACKET),
                of("[MQTT-3.14.1-1] flags of DISCONNECT", 5, "E1", MALFORMED_PACKET),
                of("[MQTT-3.15.1-1] flags of AUTH", 5, "F1 18 [ 15 s:X ]", MALFORMED_PACKET),
                of("[MQTT-2.1.3-1] flags of CONNECT", 0, "11 s:MQTT 04 02 0000 s:c", MALFORMED_PACKET),
                of("[MQTT-3.3.1-4] QoS 3", 5, "36 s:a 0001 [ ]", MALFORMED_PACKET),
                of("[MQTT-3.3.1-4] QoS 3", 4, "36 s:a 0001", MALFORMED_PACKET),
                of("[MQTT-3.3.1-2] DUP at QoS 0", 5, "38 s:a [ ]", MALFORMED_PACKET),
                of("[MQTT-3.3.1-2] DUP at QoS 0", 4, "39 s:a", MALFORMED_PACKET),
                of("type 0", 5, "00", MALFORMED_PACKET),
                of("type 15 in 3.1.1", 4, "F0", MALFORMED_PACKET),
                of("type 15 in 3.1", 3, "F0", MALFORMED_PACKET),
                of("CVE-2021-28166 CONNACK from a client", 5, "20 0000", PROTOCOL_ERROR),
                of("SUBACK from a client", 5, "90 0001 [ ] 00", PROTOCOL_ERROR),
                of("UNSUBACK from a client", 4, "B0 0001", PROTOCOL_ERROR),
                of("PINGRESP from a client", 4, "D0", PROTOCOL_ERROR),
                of("[MQTT-3.1.0-1] first packet is not CONNECT", 0, "30 s:a", PROTOCOL_ERROR),
                of("[MQTT-3.1.0-1] AUTH before CONNECT", 0, "F0 18 [ 15 s:X ]", PROTOCOL_ERROR),
                of("[MQTT-3.1.0-2] second CONNECT", 4, "10 s:MQTT 04 02 0000 s:c", PROTOCOL_ERROR),
                of("[MQTT-3.1.0-2] second CONNECT", 5, "10 s:MQTT 05 02 0000 [ ] s:c", PROTOCOL_ERROR));
    }

    static Stream<Arguments> connects() {
        return Stream.of(
                of("[MQTT-3.1.2-2] level 6", 0, "10 s:MQTT 06 02 0000 [ ] s:c", UNSUPPORTED_PROTOCOL_VERSION),
                of("[MQTT-3.1.2-2] level 2", 0, "10 s:MQTT 02 02 0000 s:c", UNSUPPORTED_PROTOCOL_VERSION),
                of("a bridge's level", 0, "10 s:MQTT 84 02 0000 s:c", UNSUPPORTED_PROTOCOL_VERSION),
                of("level 3 by the new name", 0, "10 s:MQTT 03 02 0000 s:c", UNSUPPORTED_PROTOCOL_VERSION),
                of("level 4 by the old name", 0, "10 s:MQIsdp 04 02 0000 s:c", UNSUPPORTED_PROTOCOL_VERSION),
                of("[MQTT-3.1.2-1] other name", 0, "10 s:mqtt 04 02 0000 s:c", UNSUPPORTED_PROTOCOL_VERSION),
                of("[MQTT-3.1.2-1] no name", 0, "10 7FFF 04 02 0000 s:c", MALFORMED_PACKET),
                of("empty CONNECT", 0, "10", MALFORMED_PACKET),
                of("[MQTT-3.1.2-3] reserved flag", 0, "10 s:MQTT 04 03 0000 s:c", MALFORMED_PACKET),
                of("[MQTT-3.1.2-3] reserved flag", 0, "10 s:MQTT 05 03 0000 [ ] s:c", MALFORMED_PACKET),
                of("[MQTT-3.1.2-11] Will QoS alone", 0, "10 s:MQTT 05 0A 0000 [ ] s:c", MALFORMED_PACKET),
                of("[MQTT-3.1.2-13] Will QoS alone", 0, "10 s:MQTT 04 12 0000 s:c", MALFORMED_PACKET),
                of("[MQTT-3.1.2-13] Will retain alone", 0, "10 s:MQTT 05 22 0000 [ ] s:c", MALFORMED_PACKET),
                of("[MQTT-3.1.2-15] Will retain alone", 0, "10 s:MQTT 04 22 0000 s:c", MALFORMED_PACKET),
                of("[MQTT-3.1.2-12] Will QoS 3", 0, "10 s:MQTT 05 1E 0000 [ ] s:c [ ] s:w s:p", MALFORMED_PACKET),
                of("[MQTT-3.1.2-14] Will QoS 3", 0, "10 s:MQTT 04 1E 0000 s:c s:w s:p", MALFORMED_PACKET),
                of("Will QoS 3 in 3.1", 0, "10 s:MQIsdp 03 1E 0000 s:c s:w s:p", MALFORMED_PACKET),
                of("[MQTT-3.1.2-22] password alone", 0, "10 s:MQTT 04 42 0000 s:c s:pw", MALFORMED_PACKET),
                of("[MQTT-3.1.3-1] no client id", 0, "10 s:MQTT 04 02 0000", MALFORMED_PACKET),
                of("[MQTT-3.1.3-1] no Will", 0, "10 s:MQTT 04 06 0000 s:c", MALFORMED_PACKET),
                of("[MQTT-3.1.3-1] no user name", 0, "10 s:MQTT 04 82 0000 s:c", MALFORMED_PACKET),
                of("[MQTT-3.1.2-17] no user name", 0, "10 s:MQTT 05 82 0000 [ ] s:c", MALFORMED_PACKET),
                of("[MQTT-3.1.2-19] no password", 0, "10 s:MQTT 05 C2 0000 [ ] s:c s:u", MALFORMED_PACKET),
                of("[MQTT-3.1.2-16] user name without flag", 0, "10 s:MQTT 04 02 0000 s:c s:u", MALFORMED_PACKET),
                of("[MQTT-3.1.3-4] client id not UTF-8", 0, "10 s:MQTT 04 02 0000 0001FF", MALFORMED_PACKET),
                of("[MQTT-1.5.4-2] client id with U+0000", 0, "10 s:MQTT 04 02 0000 00026100", MALFORMED_PACKET),
                of("[MQTT-3.1.3-11] Will topic not UTF-8", 0, "10 s:MQTT 04 06 0000 s:c 0001C0 s:p", MALFORMED_PACKET),
                of("[MQTT-4.7.1-1] Will topic", 0, "10 s:MQTT 05 06 0000 [ ] s:c [ ] s:a/# s:p", TOPIC_NAME_INVALID),
                of("[MQTT-4.7.3-1] Will topic", 0, "10 s:MQTT 04 06 0000 s:c s: s:p", TOPIC_NAME_INVALID),
                of("[MQTT-3.1.3-12] user name", 0, "10 s:MQTT 04 82 0000 s:c 0003EDA080", MALFORMED_PACKET));
    }

    static Stream<Arguments> connectProperties() {
        return Stream.of(
                connectWith("receive maximum 0", "21 0000", PROTOCOL_ERROR),
                connectWith("maximum packet size 0", "27 00000000", PROTOCOL_ERROR),
                connectWith("request problem information 2", "17 02", PROTOCOL_ERROR),
                connectWith("request response information 2", "19 02", PROTOCOL_ERROR),
                connectWith("session expiry twice", "11 00000001 11 00000001", PROTOCOL_ERROR),
                connectWith("authentication data without method", "16 0001AA", PROTOCOL_ERROR),
                connectWith("authentication method twice", "15 s:X 15 s:X", PROTOCOL_ERROR),
                connectWith("§2.2.2.2 property of PUBLISH", "23 0001", MALFORMED_PACKET),
                connectWith("§2.2.2.2 unknown property", "04 01", MALFORMED_PACKET),
                connectWith("§2.2.2.2 identifier 0", "00", MALFORMED_PACKET),
                connectWith("§2.2.2.2 identifier 64+1", "41 01", MALFORMED_PACKET),
                connectWith("§2.2.2.2 two-byte identifier", "A601", MALFORMED_PACKET),
                connectWith("[MQTT-1.5.5-1] padded identifier", "9100 00000001", MALFORMED_PACKET),
                connectWith("value cut short", "11 0000", MALFORMED_PACKET),
                connectWith("[MQTT-1.5.7-1] user property", "26 s:a 0002C3", MALFORMED_PACKET),
                connectWith("[MQTT-1.5.4-1] user property", "26 0002C328 s:v", MALFORMED_PACKET),
                connectWith("more user properties than the limit", "26 s:a s:b ".repeat(4), QUOTA_EXCEEDED),
                of("Will: delay twice", 0, will("18 00000001 18 00000001"), PROTOCOL_ERROR),
                of("Will: payload format 2", 0, will("01 02"), PROTOCOL_ERROR),
                of("Will: topic alias", 0, will("23 0001"), MALFORMED_PACKET),
                of("Will: response topic", 0, will("08 s:a/+"), PROTOCOL_ERROR),
                of(
                        "user properties of CONNECT and Will together",
                        0,
                        "10 s:MQTT 05 06 0000 [ 26 s:a s:b 26 s:a s:b ] s:c [ 26 s:a s:b 26 s:a s:b ] s:w s:p",
                        QUOTA_EXCEEDED),
                of(
                        "CVE-2026-21888 five-byte property length",
                        0,
                        "10 s:MQTT 05 02 0000 8080808001 s:c",
                        MALFORMED_PACKET),
                of("[MQTT-1.5.5-1] padded property length", 0, "10 s:MQTT 05 02 0000 8000 s:c", MALFORMED_PACKET),
                of("properties past the end", 0, "10 s:MQTT 05 02 0000 7F s:c", MALFORMED_PACKET),
                of(
                        "property string past its section",
                        0,
                        "10 s:MQTT 05 02 0000 05 150009 s:abcdefgh s:c",
                        MALFORMED_PACKET));
    }

    static Stream<Arguments> publishes() {
        return Stream.of(
                of("[MQTT-3.3.2-2] wildcard #", 5, "30 s:a/# [ ]", TOPIC_NAME_INVALID),
                of("[MQTT-3.3.2-2] wildcard +", 4, "30 s:+/a", TOPIC_NAME_INVALID),
                of("CVE-2021-34432 [MQTT-4.7.3-1] empty topic", 4, "30 s:", TOPIC_NAME_INVALID),
                of("§3.3.2.1 empty topic without alias", 5, "30 s: [ ]", PROTOCOL_ERROR),
                of("[MQTT-3.3.2-1] topic not UTF-8", 5, "30 000261FF [ ]", MALFORMED_PACKET),
                of("[MQTT-1.5.4-1] surrogate", 5, "30 0003EDA080 [ ]", MALFORMED_PACKET),
                of("[MQTT-1.5.3-1] surrogate", 4, "30 0003EDBFBF", MALFORMED_PACKET),
                of("[MQTT-1.5.4-2] U+0000", 5, "30 000A61626364656667680061 [ ]", MALFORMED_PACKET),
                of("[MQTT-4.7.3-2] U+0000", 4, "30 000100", MALFORMED_PACKET),
                of("over-long /", 4, "30 0002C0AF", MALFORMED_PACKET),
                of("over-long, three bytes", 4, "30 0003E09FBF", MALFORMED_PACKET),
                of("over-long, four bytes", 4, "30 0004F08FBFBF", MALFORMED_PACKET),
                of("above U+10FFFF", 4, "30 0004F4908080", MALFORMED_PACKET),
                of("character cut off", 4, "30 0002E282 AC", MALFORMED_PACKET),
                of("continuation byte alone", 4, "30 000180", MALFORMED_PACKET),
                of("topic past the end", 4, "30 0005 6161", MALFORMED_PACKET),
                of("topic over the limit", 4, "30 s:" + "a".repeat(301), TOPIC_NAME_INVALID),
                of("levels over the limit", 4, "30 s:" + "/".repeat(10), TOPIC_NAME_INVALID),
                of("[MQTT-2.2.1-3] packet id 0", 5, "32 s:a 0000 [ ]", PROTOCOL_ERROR),
                of("[MQTT-2.3.1-1] packet id 0", 4, "34 s:a 0000", PROTOCOL_ERROR),
                of("no packet id", 4, "32 s:a", MALFORMED_PACKET),
                of("no property length", 5, "30 s:a", MALFORMED_PACKET),
                publishWith("[MQTT-3.3.2-8] alias 0", "23 0000", TOPIC_ALIAS_INVALID),
                publishWith("alias twice", "23 0001 23 0001", PROTOCOL_ERROR),
                publishWith("[MQTT-3.3.4-6] subscription identifier", "0B 01", PROTOCOL_ERROR),
                publishWith("payload format 2", "01 02", PROTOCOL_ERROR),
                publishWith("payload format twice", "01 00 01 00", PROTOCOL_ERROR),
                publishWith("expiry twice", "02 00000001 02 00000001", PROTOCOL_ERROR),
                publishWith("content type twice", "03 s:a 03 s:a", PROTOCOL_ERROR),
                publishWith("[MQTT-3.3.2-19] content type not UTF-8", "03 0001FF", MALFORMED_PACKET),
                publishWith("correlation data twice", "09 0000 09 0000", PROTOCOL_ERROR),
                publishWith("correlation data past the section", "09 0002 AA", MALFORMED_PACKET),
                publishWith("response topic twice", "08 s:a 08 s:a", PROTOCOL_ERROR),
                publishWith("[MQTT-3.3.2-13] response topic not UTF-8", "08 0001FF", MALFORMED_PACKET),
                publishWith("[MQTT-3.3.2-14] response topic with #", "08 s:a/#", PROTOCOL_ERROR),
                publishWith("response topic empty", "08 s:", PROTOCOL_ERROR),
                publishWith("§2.2.2.2 property of CONNECT", "11 00000001", MALFORMED_PACKET),
                publishWith("four user properties", "26 s: s: 26 s: s: 26 s: s: 26 s: s:", QUOTA_EXCEEDED));
    }

    static Stream<Arguments> others() {
        return Stream.of(
                of("[MQTT-2.2.1-3] PUBACK of 0", 5, "40 0000", PROTOCOL_ERROR),
                of("PUBACK too short", 4, "40 01", MALFORMED_PACKET),
                of("PUBACK of 3.1.1 with a reason", 4, "40 0001 00", MALFORMED_PACKET),
                of("[MQTT-3.4.2-1] reason", 5, "40 0001 01", PROTOCOL_ERROR),
                of("[MQTT-3.4.2-1] reason 255", 5, "40 0001 FF", PROTOCOL_ERROR),
                of("[MQTT-3.5.2-1] reason of PUBREL", 5, "50 0001 92", PROTOCOL_ERROR),
                of("[MQTT-3.6.2-1] reason of PUBACK", 5, "62 0001 10", PROTOCOL_ERROR),
                of("[MQTT-3.7.2-1] reason", 5, "70 0001 80", PROTOCOL_ERROR),
                of("PUBACK: property", 5, "40 0001 00 [ 11 00000001 ]", MALFORMED_PACKET),
                of("PUBACK: reason string twice", 5, "40 0001 00 [ 1F s:a 1F s:a ]", PROTOCOL_ERROR),
                of("PUBACK: properties one byte past the end", 5, "40 0001 00 04 1F0000", MALFORMED_PACKET),
                of("PUBACK: bytes left", 5, "40 0001 00 [ ] 00", MALFORMED_PACKET),
                of("[MQTT-3.8.3-2] no filter", 5, "82 0001 [ ]", PROTOCOL_ERROR),
                of("[MQTT-3.8.3-3] no filter", 4, "82 0001", PROTOCOL_ERROR),
                of("[MQTT-2.2.1-3] SUBSCRIBE with id 0", 5, "82 0000 [ ] s:a 00", PROTOCOL_ERROR),
                of("no options", 4, "82 0001 s:a", MALFORMED_PACKET),
                of("[MQTT-3.8.3-5] reserved options", 5, "82 0001 [ ] s:a 40", MALFORMED_PACKET),
                of("[MQTT-3.8.3-5] reserved options", 5, "82 0001 [ ] s:a 80", MALFORMED_PACKET),
                of("[MQTT-3-8.3-4] options in 3.1.1", 4, "82 0001 s:a 04", MALFORMED_PACKET),
                of("[MQTT-3-8.3-4] QoS 3 in 3.1.1", 4, "82 0001 s:a 03", MALFORMED_PACKET),
                of("§3.8.3.1 QoS 3", 5, "82 0001 [ ] s:a 03", PROTOCOL_ERROR),
                of("§3.8.3.1 retain handling 3", 5, "82 0001 [ ] s:a 30", PROTOCOL_ERROR),
                of("the second entry counts, too", 5, "82 0001 [ ] s:a 00 s:b 03", PROTOCOL_ERROR),
                of("[MQTT-3.8.3-4] no local, shared", 5, "82 0001 [ ] s:$share/g/a 04", PROTOCOL_ERROR),
                of("[MQTT-3.8.3-1] filter not UTF-8", 5, "82 0001 [ ] 0001FF 00", MALFORMED_PACKET),
                of("[MQTT-3.8.3-1] filter with U+0000", 4, "82 0001 000100 00", MALFORMED_PACKET),
                of("[MQTT-4.7.3-1] empty filter", 5, "82 0001 [ ] s:a 00 s: 00", MALFORMED_PACKET),
                of("[MQTT-4.7.3-1] empty filter", 4, "82 0001 s: 00", MALFORMED_PACKET),
                of("[MQTT-4.7.1-1] # within a level", 5, "82 0001 [ ] s:a# 00", MALFORMED_PACKET),
                of("[MQTT-4.7.1-2] # within a level", 4, "82 0001 s:a# 00", MALFORMED_PACKET),
                of("[MQTT-4.8.2-1] no share name", 5, "82 0001 [ ] s:$share//a 00", MALFORMED_PACKET),
                of("[MQTT-4.8.2-2] no filter", 5, "82 0001 [ ] s:$share/g 00", MALFORMED_PACKET),
                of("subscription identifier 0", 5, "82 0001 [ 0B 00 ] s:a 00", PROTOCOL_ERROR),
                of("subscription identifier twice", 5, "82 0001 [ 0B 01 0B 02 ] s:a 00", PROTOCOL_ERROR),
                of("subscription identifier of five bytes", 5, "82 0001 [ 0B 8080808001 ] s:a 00", MALFORMED_PACKET),
                of("[MQTT-1.5.5-1] padded identifier", 5, "82 0001 [ 0B 8100 ] s:a 00", MALFORMED_PACKET),
                of("more filters than the limit", 4, "82 0001 " + "s:a 00 ".repeat(5), QUOTA_EXCEEDED),
                of("[MQTT-3.10.3-2] no filter", 5, "A2 0001 [ ]", PROTOCOL_ERROR),
                of("[MQTT-3.10.3-2] no filter", 4, "A2 0001", PROTOCOL_ERROR),
                of("UNSUBSCRIBE with id 0", 4, "A2 0000 s:a", PROTOCOL_ERROR),
                of("[MQTT-3.10.3-1] filter not UTF-8", 5, "A2 0001 [ ] 0001FF", MALFORMED_PACKET),
                of("UNSUBSCRIBE: + within a level", 5, "A2 0001 [ ] s:a s:a+ ", MALFORMED_PACKET),
                of("UNSUBSCRIBE: + within a level", 4, "A2 0001 s:a s:a+ ", MALFORMED_PACKET),
                of("UNSUBSCRIBE: no share name", 5, "A2 0001 [ ] s:$share/+/a", MALFORMED_PACKET),
                of("UNSUBSCRIBE: subscription identifier", 5, "A2 0001 [ 0B 01 ] s:a", MALFORMED_PACKET),
                of("UNSUBSCRIBE: filter cut off", 4, "A2 0001 0004 61", MALFORMED_PACKET),
                of("UNSUBSCRIBE: too many filters", 4, "A2 0001 " + "s:a ".repeat(5), QUOTA_EXCEEDED),
                of("PINGREQ with a body", 4, "C0 00", MALFORMED_PACKET),
                of("DISCONNECT of 3.1.1 with a body", 4, "E0 00", MALFORMED_PACKET),
                of("[MQTT-3.14.2-1] server's reason", 5, "E0 8E", PROTOCOL_ERROR),
                of("[MQTT-3.14.2-1] unknown reason", 5, "E0 77 [ ]", PROTOCOL_ERROR),
                of("DISCONNECT: server reference", 5, "E0 00 [ 1C s:x ]", PROTOCOL_ERROR),
                of("DISCONNECT: expiry twice", 5, "E0 00 [ 11 00000001 11 00000001 ]", PROTOCOL_ERROR),
                of("DISCONNECT: bytes left", 5, "E0 00 [ ] 00", MALFORMED_PACKET),
                of("[MQTT-3.15.2-1] Success", 5, "F0", PROTOCOL_ERROR),
                of("[MQTT-3.15.2-1] Success", 5, "F0 00 [ 15 s:X ]", PROTOCOL_ERROR),
                of("AUTH without method", 5, "F0 18 [ 16 0000 ]", PROTOCOL_ERROR),
                of("AUTH without properties", 5, "F0 18 [ ]", PROTOCOL_ERROR),
                of("AUTH: method twice", 5, "F0 18 [ 15 s:X 15 s:X ]", PROTOCOL_ERROR),
                of("AUTH: property", 5, "F0 18 [ 15 s:X 11 00000001 ]", MALFORMED_PACKET),
                of("AUTH: bytes left", 5, "F0 18 [ 15 s:X ] 00", MALFORMED_PACKET));
    }

    @ParameterizedTest(name = "{0} (version {1})")
    @MethodSource({"fixedHeaders", "connects", "connectProperties", "publishes", "others"})
    void isRefused(String what, int version, byte[] packet, ReasonCode reason) {
        Recorder recorder = new Recorder();
        PacketDecoder decoder = new PacketDecoder(LIMITS, new TopicCache(), recorder);
        if (version != 0) {
            decoder.feed(Wire.buffer(Wire.connect(version)));
            assertThat(recorder.packets).hasSize(1);
        }
        recorder.packets.clear();

        decoder.feed(Wire.buffer(packet));
        decoder.feed(Wire.buffer(Wire.bytes("C000"))); // nothing may follow a failure

        assertThat(recorder.failure).as(recorder.failureText).isEqualTo(reason);
        assertThat(recorder.failures).isEqualTo(1);
        assertThat(recorder.packets).isEmpty();
        assertThat(decoder.buffered()).isZero();
    }

    @ParameterizedTest(name = "{1} (version {0}): {2}")
    @CsvSource(delimiter = '|', textBlock = """
            5 | 41 0001                                      | flags of packet type 4 are not as reserved
            5 | 20 0000                                      | packet type 2 is for servers to send
            5 | 00                                           | packet type 0 is reserved
            0 | 10 s:MQTT 05 06 0000 [ ] s:c [ ] 0000 s:p    | Will topic is empty, too long or has a wildcard
            5 | 30 0000 [ ]                                  | no topic and no topic alias
            5 | 30 s:a [ 23 0000 ]                           | topic alias is zero
            5 | F0 18 [ ]                                    | AUTH without an authentication method
            """)
    void theLogSaysWhatIsWrong(int version, String packet, String text) {
        Recorder recorder = new Recorder();
        PacketDecoder decoder = new PacketDecoder(LIMITS, new TopicCache(), recorder);
        if (version != 0) {
            decoder.feed(Wire.buffer(Wire.connect(version)));
        }
        decoder.feed(Wire.buffer(Wire.packet(packet)));
        assertThat(recorder.failureText).isEqualTo(text);
    }

    static Stream<Arguments> rawLengths() {
        return Stream.of(
                Arguments.of("CVE-2025-66168 five-byte remaining length", "30 8080808001", MALFORMED_PACKET),
                Arguments.of("[MQTT-1.5.5-1] padded remaining length", "C0 8000", MALFORMED_PACKET),
                Arguments.of("[MQTT-3.1.2-24] 256 MB promised", "30 FFFFFF7F", ReasonCode.PACKET_TOO_LARGE),
                Arguments.of("one byte over the limit", "30 FEFF03", ReasonCode.PACKET_TOO_LARGE));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rawLengths")
    void lengthIsRefusedFromTheFixedHeader(String what, String bytes, ReasonCode reason) {
        Recorder recorder = new Recorder();
        PacketDecoder decoder = new PacketDecoder(LIMITS, new TopicCache(), recorder);
        decoder.feed(Wire.buffer(Wire.connect(5)));
        decoder.feed(Wire.buffer(Wire.bytes(bytes)));
        assertThat(recorder.failure).isEqualTo(reason);
        assertThat(recorder.failureText)
                .containsAnyOf(
                        "remaining length has more than four bytes",
                        "remaining length is longer than needed",
                        " bytes; packet_size_max is 65536");
        assertThat(decoder.buffered()).isZero();
    }

    static Stream<Arguments> replies() {
        return Stream.of(
                Arguments.of("10 s:MQTT 06 02 0000 [ ] s:c", 5),
                Arguments.of("10 s:MQTT 84 02 0000 s:c", 4),
                Arguments.of("10 s:MQTT 03 02 0000 s:c", 4),
                Arguments.of("10 s:HTTP 05 02 0000 [ ] s:c", 0),
                Arguments.of("10 s:MQTT 05 03 0000 [ ] s:c", 5),
                Arguments.of("10 s:MQIsdp 03 1E 0000 s:c", 3),
                Arguments.of("30 s:a", 0));
    }

    @ParameterizedTest(name = "{0} is answered in the form of {1}")
    @MethodSource("replies")
    void failureWithinConnectSaysWhichAnswerIsUnderstood(String packet, int replyVersion) {
        Recorder recorder = new Recorder();
        PacketDecoder decoder = new PacketDecoder(LIMITS, new TopicCache(), recorder);
        decoder.feed(Wire.buffer(Wire.packet(packet)));
        assertThat(recorder.failures).isEqualTo(1);
        assertThat(decoder.replyVersion()).isEqualTo(replyVersion);
    }

    /** The cases are one step from these, so these must pass: or the cases would prove nothing. */
    @ParameterizedTest
    @MethodSource
    void legalNeighbours(int version, String packet) {
        Recorder recorder = new Recorder();
        PacketDecoder decoder = new PacketDecoder(LIMITS, new TopicCache(), recorder);
        if (version != 0) {
            decoder.feed(Wire.buffer(Wire.connect(version)));
        }
        recorder.packets.clear();
        decoder.feed(Wire.buffer(Wire.packet(packet)));
        assertThat(recorder.failureText).isEmpty();
        assertThat(recorder.packets).hasSize(1);
    }

    static List<Arguments> legalNeighbours() {
        return List.of(
                Arguments.of(0, "10 s:MQTT 05 02 0000 [ ] s:c"),
                Arguments.of(0, "10 s:MQTT 05 36 0000 [ ] s:c [ 18 00000001 01 01 08 s:a ] s:w s:p"),
                Arguments.of(0, "10 s:MQTT 05 42 0000 [ ] s:c s:pw"),
                Arguments.of(0, "10 s:MQTT 04 82 0000 s:c s:u"),
                Arguments.of(0, "10 s:MQTT 04 06 0000 s: s:w 0000"),
                Arguments.of(0, "10 s:MQIsdp 03 C3 0000 s:c"),
                Arguments.of(0, "10 s:MQTT 05 02 0000 [ 15 s:X 16 0001AA 26 s:a s:b 26 s:a s:b 26 s:a s:b ] s:c"),
                Arguments.of(5, "30 s: [ 23 0001 ]"),
                Arguments.of(5, "32 s:a 0001 [ 01 01 ]"),
                Arguments.of(5, "3C s:a FFFF [ ] AABB"),
                Arguments.of(4, "30 s:" + "a".repeat(300)),
                Arguments.of(4, "30 s:" + "/".repeat(9)),
                Arguments.of(4, "30 0004F48FBFBF"),
                Arguments.of(4, "30 0003ED9FBF"),
                Arguments.of(5, "40 0001"),
                Arguments.of(5, "40 0001 10"),
                Arguments.of(5, "62 0001 92 [ 1F s:gone ]"),
                Arguments.of(3, "6A 0001"),
                Arguments.of(5, "82 0001 [ 0B FFFFFF7F ] s:$share/g/a 2A"),
                Arguments.of(4, "82 0001 " + "s:a 02 ".repeat(4)),
                Arguments.of(3, "8A 0001 s:a 01"),
                Arguments.of(5, "A2 0001 [ 26 s: s: ] s:a"),
                Arguments.of(4, "E0"),
                Arguments.of(5, "E0 04"),
                Arguments.of(5, "E0 00 [ 11 00000000 ]"),
                Arguments.of(5, "F0 19 [ 15 s:X ]"));
    }

    private static Arguments of(String what, int version, String packet, ReasonCode reason) {
        return Arguments.of(what, version, Wire.packet(packet), reason);
    }

    private static Arguments connectWith(String what, String properties, ReasonCode reason) {
        return of("CONNECT: " + what, 0, "10 s:MQTT 05 02 0000 [ " + properties + " ] s:c", reason);
    }

    private static String will(String properties) {
        return "10 s:MQTT 05 06 0000 [ ] s:c [ " + properties + " ] s:w s:p";
    }

    private static Arguments publishWith(String what, String properties, ReasonCode reason) {
        return of("PUBLISH: " + what, 5, "30 s:a [ " + properties + " ]", reason);
    }
}
