package dev.mooring.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.PublishProperties;
import dev.mooring.message.ReasonCode;
import dev.mooring.message.TopicName;
import dev.mooring.session.Packet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class PacketEncoderTest {
    private static final int NO_LIMIT = Integer.MAX_VALUE;
    private static final Packet.Connack ACCEPTED = new Packet.Connack(
            true, ReasonCode.SUCCESS, -1, -1, 2, true, -1, null, 0, null, -1, null, null, null, null);

    private static String hex(Consumer<ByteBuf> write) {
        ByteBuf out = Unpooled.buffer();
        write.accept(out);
        return Wire.hex(out);
    }

    @Test
    void connackOfEachVersion() {
        assertThat(hex(out -> PacketEncoder.connack(out, 3, ACCEPTED, NO_LIMIT)))
                .isEqualTo("20020000");
        assertThat(hex(out -> PacketEncoder.connack(out, 4, ACCEPTED, NO_LIMIT)))
                .isEqualTo("20020100");
        assertThat(hex(out -> PacketEncoder.connack(out, 5, ACCEPTED, NO_LIMIT)))
                .isEqualTo("2003010000");
    }

    @Test
    @DisplayName("[MQTT-3.2.2-6] a refusal has no session present; 3.1.1 return codes are 1 to 5")
    void refusals() {
        Packet.Connack banned = Packet.Connack.refused(ReasonCode.BANNED, "no");
        assertThat(hex(out -> PacketEncoder.connack(out, 4, banned, NO_LIMIT))).isEqualTo("20020005");
        assertThat(hex(out -> PacketEncoder.connack(out, 5, banned, NO_LIMIT))).isEqualTo("2008008A051F00026E6F");
    }

    @Test
    @DisplayName("[MQTT-3.2.2-19] a reason string that makes the packet too large is left out")
    void reasonStringsYield() {
        Packet.Connack banned = Packet.Connack.refused(ReasonCode.BANNED, "no");
        assertThat(hex(out -> PacketEncoder.connack(out, 5, banned, 10))).isEqualTo("2008008A051F00026E6F");
        assertThat(hex(out -> PacketEncoder.connack(out, 5, banned, 9))).isEqualTo("2003008A00");
        assertThat(hex(out -> PacketEncoder.disconnect(out, ReasonCode.QUOTA_EXCEEDED, null, "no", 9)))
                .isEqualTo("E00797051F00026E6F");
        assertThat(hex(out -> PacketEncoder.disconnect(out, ReasonCode.QUOTA_EXCEEDED, null, "no", 8)))
                .isEqualTo("E00197");
        assertThat(hex(out -> PacketEncoder.disconnect(out, ReasonCode.SUCCESS, null, "x".repeat(70_000), NO_LIMIT)))
                .isEqualTo("E000");
        assertThat(hex(out -> PacketEncoder.disconnect(out, ReasonCode.SERVER_MOVED, "b:1", "no", 15)))
                .isEqualTo("E00D9D0B1C0003623A311F00026E6F");
        assertThat(hex(out -> PacketEncoder.disconnect(out, ReasonCode.SERVER_MOVED, "b:1", "no", 10)))
                .isEqualTo("E0089D061C0003623A31");
        assertThat(hex(out -> PacketEncoder.disconnect(out, ReasonCode.SERVER_MOVED, "b:1", "no", 8)))
                .isEqualTo("E0019D");
        Packet.Connack moved = Packet.Connack.moved("b:1");
        assertThat(hex(out -> PacketEncoder.connack(out, 5, moved, 11))).isEqualTo("2009009D061C0003623A31");
        assertThat(hex(out -> PacketEncoder.connack(out, 5, moved, 10))).isEqualTo("2003009D00");
        assertThat(hex(out -> PacketEncoder.connack(out, 4, moved, NO_LIMIT))).isEqualTo("20020003");
    }

    @Test
    @DisplayName("§3.4.2.1 Success without properties has the short form")
    void acks() {
        assertThat(hex(out -> PacketEncoder.ack(out, 5, Packet.Ack.Type.PUBACK, 0x1234, ReasonCode.SUCCESS)))
                .isEqualTo("40021234");
        assertThat(hex(out -> PacketEncoder.ack(out, 5, Packet.Ack.Type.PUBREC, 1, ReasonCode.NO_MATCHING_SUBSCRIBERS)))
                .isEqualTo("5003000110");
        assertThat(hex(out -> PacketEncoder.ack(out, 4, Packet.Ack.Type.PUBREC, 1, ReasonCode.NOT_AUTHORIZED)))
                .isEqualTo("50020001");
        assertThat(hex(out -> PacketEncoder.ack(out, 4, Packet.Ack.Type.PUBREL, 65_535, ReasonCode.SUCCESS)))
                .isEqualTo("6202FFFF");
        assertThat(hex(out -> PacketEncoder.ack(out, 5, Packet.Ack.Type.PUBCOMP, 1, ReasonCode.SUCCESS, "a", 99)))
                .isEqualTo("7008000100041F000161");
    }

    @Test
    @DisplayName("[MQTT-3.9.3-2] 3.1.1 knows one SUBACK error; its UNSUBACK has no payload")
    void subscriptionAnswers() {
        List<ReasonCode> reasons = List.of(ReasonCode.GRANTED_QOS_1, ReasonCode.TOPIC_FILTER_INVALID);
        assertThat(hex(out -> PacketEncoder.suback(out, 4, 1, reasons, "x", NO_LIMIT)))
                .isEqualTo("900400010180");
        assertThat(hex(out -> PacketEncoder.suback(out, 5, 1, reasons, null, NO_LIMIT)))
                .isEqualTo("9005000100018F");
        List<ReasonCode> none = List.of(ReasonCode.NO_SUBSCRIPTION_EXISTED);
        assertThat(hex(out -> PacketEncoder.unsuback(out, 3, 1, none, null, NO_LIMIT)))
                .isEqualTo("B0020001");
        assertThat(hex(out -> PacketEncoder.unsuback(out, 5, 1, none, null, NO_LIMIT)))
                .isEqualTo("B00400010011");
    }

    @Test
    void packetsWithoutContent() {
        assertThat(hex(PacketEncoder::pingresp)).isEqualTo("D000");
        assertThat(hex(out -> PacketEncoder.disconnect(out, ReasonCode.SERVER_SHUTTING_DOWN, null, null, NO_LIMIT)))
                .isEqualTo("E0018B");
    }

    @Test
    @DisplayName("[MQTT-1.5.5-1] lengths take as few bytes as they can, at each boundary")
    void lengths() {
        int[] values = {0, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152, VariableByteInteger.MAX};
        String[] expected = {"00", "7F", "8001", "FF7F", "808001", "FFFF7F", "80808001", "FFFFFF7F"};
        for (int i = 0; i < values.length; i++) {
            int value = values[i];
            assertThat(hex(out -> VariableByteInteger.write(out, value))).isEqualTo(expected[i]);
            assertThat(VariableByteInteger.size(value) * 2).isEqualTo(expected[i].length());
        }
    }

    @Test
    void publishLeavesOutWhatAVersionDoesNotHave() {
        Message m = new Message(
                MessageId.ZERO,
                "from",
                TopicName.of("a"),
                1,
                false,
                new byte[] {9},
                PublishProperties.ofWire(Wire.bytes("01 01")),
                0,
                Message.NEVER);
        assertThat(hex(out -> PublishEncoder.write(out, 4, false, 1, true, 2, 3, false, new int[] {4}, 5, m)))
                .isEqualTo("3306000161000209");
        assertThat(hex(out -> PublishEncoder.write(out, 5, true, 1, false, 2, 3, false, new int[] {4}, 5, m)))
                .isEqualTo("3A12000000020C0200000005230003" + "0B04" + "0101" + "09");
        assertThat(PublishEncoder.size(5, 0, m)).isEqualTo(9);
    }
}
