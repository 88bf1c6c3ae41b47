package dev.mooring.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.ReasonCode;
import dev.mooring.message.UserProperty;
import dev.mooring.message.Will;
import dev.mooring.session.Packet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class PacketDecoderTest {
    private final Recorder recorder = new Recorder();
    private final PacketDecoder decoder = new PacketDecoder(DecoderLimits.DEFAULTS, new TopicCache(), recorder);

    private static final byte[] STREAM_5 = Wire.join(
            Wire.packet("10 s:MQTT 05 F6 0005 [ 11 0000000A 21 0007 26 s:k s:v ] s:id"
                    + " [ 18 00000009 02 00000008 03 s:text ] s:will/topic 00020001 s:user 0003FF00FE"),
            Wire.packet("3D s:a/b 1234 [ 26 s:k s:v 02 00000064 01 01 23 0003 09 0002AABB ] 0102030405"),
            Wire.packet("30 s:a/b [ ] 6869"),
            Wire.packet("40 0102"),
            Wire.packet("50 0103 10"),
            Wire.packet("62 0104 92 [ 1F s:no ]"),
            Wire.packet("82 0001 [ 0B C801 ] s:a/# 2E s:$share/g/b 01 s:" + "/".repeat(200) + " 00"),
            Wire.packet("A2 0002 [ ] s:a/# s:nonsense"),
            Wire.packet("C0"),
            Wire.packet("F0 19 [ 15 s:X 16 0001AA ]"),
            Wire.packet("30 s:big [ ] " + "AB".repeat(5000)),
            Wire.packet("E0 04 [ 11 00000001 ]"));

    private List<Packet> decode(byte[]... parts) {
        for (byte[] part : parts) {
            decoder.feed(Wire.buffer(part));
        }
        return recorder.packets;
    }

    @Test
    void connectOfVersion5HasEverything() {
        decode(STREAM_5);
        Packet.Connect c = (Packet.Connect) recorder.packets.get(0);
        assertThat(decoder.version()).isEqualTo(5);
        assertThat(c.clientId()).isEqualTo("id");
        assertThat(c.cleanStart()).isTrue();
        assertThat(c.keepAliveS()).isEqualTo(5);
        assertThat(c.sessionExpiryS()).isEqualTo(10);
        assertThat(c.receiveMaximum()).isEqualTo(7);
        assertThat(c.maximumPacketSize()).isEqualTo(Integer.MAX_VALUE);
        assertThat(c.topicAliasMaximum()).isZero();
        assertThat(c.requestProblemInformation()).isTrue();
        assertThat(c.requestResponseInformation()).isFalse();
        assertThat(c.userProperties()).containsExactly(new UserProperty("k", "v"));
        assertThat(c.username()).isEqualTo("user");
        assertThat(c.password()).containsExactly(0xFF, 0x00, 0xFE);
        Will will = c.will();
        assertThat(will).isNotNull();
        assertThat(will.topic().text()).isEqualTo("will/topic");
        assertThat(will.qos()).isEqualTo(2);
        assertThat(will.retain()).isTrue();
        assertThat(will.delayS()).isEqualTo(9);
        assertThat(will.expiryS()).isEqualTo(8);
        assertThat(will.payload()).containsExactly(0, 1);
        assertThat(will.properties().wire()).isEqualTo(Wire.bytes("03 s:text"));
    }

    @Test
    @DisplayName("[MQTT-3.3.2-18] forwardable properties keep their bytes and order")
    void publishOfVersion5HasEverything() {
        decode(STREAM_5);
        Packet.Publish p = (Packet.Publish) recorder.packets.get(1);
        assertThat(p.dup()).isTrue();
        assertThat(p.qos()).isEqualTo(2);
        assertThat(p.retain()).isTrue();
        assertThat(p.packetId()).isEqualTo(0x1234);
        assertThat(p.topic()).hasToString("a/b");
        assertThat(p.topicAlias()).isEqualTo(3);
        assertThat(p.expiryS()).isEqualTo(100);
        assertThat(p.properties().wire()).isEqualTo(Wire.bytes("26 s:k s:v 01 01 09 0002AABB"));
        assertThat(recorder.payloads.get(0)).containsExactly(1, 2, 3, 4, 5);
    }

    @Test
    void otherPacketsOfVersion5() {
        List<Packet> packets = decode(STREAM_5);
        assertThat(packets).hasSize(12);
        assertThat(packets.subList(3, 6))
                .containsExactly(
                        new Packet.Ack(Packet.Ack.Type.PUBACK, 0x102, ReasonCode.SUCCESS),
                        new Packet.Ack(Packet.Ack.Type.PUBREC, 0x103, ReasonCode.NO_MATCHING_SUBSCRIBERS),
                        new Packet.Ack(Packet.Ack.Type.PUBREL, 0x104, ReasonCode.PACKET_IDENTIFIER_NOT_FOUND));
        Packet.Subscribe s = (Packet.Subscribe) packets.get(6);
        assertThat(s.requests()).hasSize(3);
        var first = s.requests().get(0).subscription();
        assertThat(first).isNotNull();
        assertThat(first.qos()).isEqualTo(2);
        assertThat(first.noLocal()).isTrue();
        assertThat(first.retainAsPublished()).isTrue();
        assertThat(first.retainHandling()).isEqualTo(2);
        assertThat(first.identifier()).isEqualTo(200);
        assertThat(s.requests().get(1).subscription()).isNotNull();
        assertThat(s.requests().get(2)).isEqualTo(new Packet.Subscribe.Request("/".repeat(200), null));
        assertThat(packets.get(7)).isEqualTo(new Packet.Unsubscribe(2, List.of("a/#", "nonsense")));
        assertThat(packets.get(8)).isEqualTo(new Packet.Pingreq());
        Packet.Auth auth = (Packet.Auth) packets.get(9);
        assertThat(auth.reason()).isEqualTo(ReasonCode.RE_AUTHENTICATE);
        assertThat(auth.method()).isEqualTo("X");
        assertThat(auth.data()).containsExactly(0xAA);
        assertThat(packets.get(11)).isEqualTo(new Packet.Disconnect(ReasonCode.DISCONNECT_WITH_WILL, 1));
    }

    @Test
    void version4And3() {
        List<Packet> packets = decode(
                Wire.packet("10 s:MQTT 04 CC 0000 s: s:w 0000 s:u 0001FF"),
                Wire.packet("32 s:t 0001 AA"),
                Wire.packet("82 0001 s:$share/g/a 01 s:# 02 s:$share//a 00"),
                Wire.packet("E0"));
        Packet.Connect c = (Packet.Connect) packets.get(0);
        assertThat(c.protocolVersion()).isEqualTo(4);
        assertThat(c.sessionExpiryS()).isEqualTo(Packet.NEVER_EXPIRES);
        assertThat(c.clientId()).isEmpty();
        assertThat(c.will()).isNotNull();
        assertThat(c.will().qos()).isEqualTo(1);
        assertThat(c.will().payload()).isEmpty();
        assertThat(c.password()).containsExactly(0xFF);
        assertThat(recorder.lastPayload()).containsExactly(0xAA);
        List<Packet.Subscribe.Request> requests = ((Packet.Subscribe) packets.get(2)).requests();
        assertThat(requests.get(0).subscription()).isNotNull();
        assertThat(requests.get(2)).isEqualTo(new Packet.Subscribe.Request("$share//a", null));
        assertThat(packets.get(3)).isEqualTo(new Packet.Disconnect(ReasonCode.SUCCESS, -1));

        Recorder old = new Recorder();
        PacketDecoder oldDecoder = new PacketDecoder(DecoderLimits.DEFAULTS, new TopicCache(), old);
        oldDecoder.feed(Wire.buffer(Wire.packet("10 s:MQIsdp 03 C2 0000 s:c s:u")));
        Packet.Connect announced = old.last();
        assertThat(announced.username()).isEqualTo("u");
        assertThat(announced.password()).isNull();
        assertThat(announced.sessionExpiryS()).isZero();
    }

    @Test
    void dribbledBytesGiveTheSamePackets() {
        List<Packet> whole = new ArrayList<>(decode(STREAM_5));
        List<Packet> dribbled = decodeSplit(STREAM_5, splits(STREAM_5.length, 1));
        assertThat(dribbled).usingRecursiveComparison().isEqualTo(whole);
    }

    @Property(tries = 200)
    void splitsDoNotMatter(@ForAll @Size(max = 30) List<@IntRange(min = 0, max = 5300) Integer> cuts) {
        int[] sorted = cuts.stream()
                .mapToInt(cut -> Math.min(cut, STREAM_5.length))
                .sorted()
                .toArray();
        Recorder whole = new Recorder();
        new PacketDecoder(DecoderLimits.DEFAULTS, new TopicCache(), whole).feed(Wire.buffer(STREAM_5));
        assertThat(decodeSplit(STREAM_5, sorted)).usingRecursiveComparison().isEqualTo(whole.packets);
    }

    /** With a pause after every packet and a resume after every buffer, too: nothing is lost, doubled or reordered. */
    @Property(tries = 200)
    void pausesDoNotMatter(@ForAll long seed) {
        Random random = new Random(seed);
        Recorder paused = new Recorder();
        paused.goOn = packet -> random.nextInt(3) > 0;
        PacketDecoder pausing = new PacketDecoder(DecoderLimits.DEFAULTS, new TopicCache(), paused);
        for (int at = 0; at < STREAM_5.length; ) {
            int length = Math.min(1 + random.nextInt(random.nextBoolean() ? 20 : 3000), STREAM_5.length - at);
            pausing.feed(Unpooled.copiedBuffer(STREAM_5, at, length));
            at += length;
            if (random.nextBoolean()) {
                pausing.resume();
            }
        }
        for (int i = 0; i < 20; i++) {
            pausing.resume();
        }
        Recorder whole = new Recorder();
        new PacketDecoder(DecoderLimits.DEFAULTS, new TopicCache(), whole).feed(Wire.buffer(STREAM_5));
        assertThat(paused.packets).usingRecursiveComparison().isEqualTo(whole.packets);
        assertThat(pausing.buffered()).isZero();
    }

    @Property(tries = 2000)
    void garbageNeverThrows(@ForAll long seed) {
        Random random = new Random(seed);
        Recorder garbage = new Recorder();
        PacketDecoder victim = new PacketDecoder(DecoderLimits.DEFAULTS, new TopicCache(), garbage);
        byte[] stream = STREAM_5.clone();
        for (int i = random.nextInt(8); i >= 0; i--) {
            stream[random.nextInt(random.nextBoolean() ? 300 : stream.length)] = (byte) random.nextInt(256);
        }
        // The bytes around the readable part would be read by a decoder that leaves it.
        byte[] surrounded = new byte[stream.length + 64];
        Arrays.fill(surrounded, (byte) 'X');
        System.arraycopy(stream, 0, surrounded, 32, stream.length);
        int length = random.nextInt(stream.length + 1);
        victim.feed(Unpooled.wrappedBuffer(surrounded, 32, length));
        victim.feed(Unpooled.wrappedBuffer(surrounded, 32 + length, stream.length - length));
        assertThat(garbage.failures).isLessThanOrEqualTo(1);
        assertThat(garbage.packets.size()).isLessThanOrEqualTo(STREAM_5.length);
        victim.close();
        assertThat(victim.buffered()).isZero();
    }

    @Property(tries = 500)
    void noiseAfterAConnectNeverThrows(
            @ForAll @Size(max = 400) byte[] noise, @ForAll @IntRange(min = 3, max = 5) int v) {
        PacketDecoder victim = new PacketDecoder(DecoderLimits.DEFAULTS, new TopicCache(), new Recorder());
        victim.feed(Wire.buffer(Wire.connect(v)));
        victim.feed(Wire.buffer(noise));
        victim.close();
    }

    @Test
    @DisplayName("CVE-2019-0222 a promised length allocates only what has come")
    void promisesCostNothing() {
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, true);
        PacketDecoder wide =
                new PacketDecoder(DecoderLimits.DEFAULTS.withMaxPacketBytes(300_000_000), new TopicCache(), recorder);
        wide.feed(Wire.buffer(Wire.connect(5)));
        wide.feed(allocator.heapBuffer().writeBytes(Wire.bytes("30 FFFFFF7F 0001 61 00")));
        for (int i = 0; i < 100; i++) {
            wide.feed(allocator.heapBuffer().writeZero(10));
        }
        assertThat(recorder.failures).isZero();
        assertThat(wide.buffered()).isEqualTo(1009);
        assertThat(allocator.metric().usedHeapMemory()).isBetween(1000L, 4096L);
        wide.close();
        assertThat(allocator.metric().usedHeapMemory()).isZero();
    }

    @Test
    void collectedPacketTakesNoMoreThanItsSize() {
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, true);
        byte[] big = Wire.packet("30 s:a " + "AB".repeat(100_000));
        decoder.feed(Wire.buffer(Wire.connect(4)));
        for (int at = 0; at < big.length - 1; at++) {
            decoder.feed(allocator.heapBuffer(1, 1).writeByte(big[at]));
        }
        assertThat(allocator.metric().usedHeapMemory()).isLessThanOrEqualTo(big.length);
        decoder.feed(allocator.heapBuffer(1, 1).writeByte(big[big.length - 1]));
        assertThat(recorder.lastPayload()).hasSize(100_000);
        assertThat(allocator.metric().usedHeapMemory()).isZero();
    }

    @Test
    void everyBufferIsReleased() {
        ByteBuf first = Unpooled.buffer().writeBytes(STREAM_5, 0, 200);
        ByteBuf second = Unpooled.buffer().writeBytes(STREAM_5, 200, STREAM_5.length - 200);
        ByteBuf late = Unpooled.buffer().writeBytes(Wire.bytes("C000"));
        decoder.feed(first);
        decoder.feed(second);
        decoder.close();
        decoder.feed(late);
        assertThat(List.of(first.refCnt(), second.refCnt(), late.refCnt())).containsOnly(0);
        assertThat(recorder.packets).hasSize(12);
    }

    @Test
    void packetsBehindConnectWaitForResume() {
        recorder.goOn = packet -> !(packet instanceof Packet.Connect);
        decode(Wire.join(Wire.connect(5), Wire.bytes("C000"), Wire.packet("30 s:a [ ]")), Wire.bytes("C0"));
        assertThat(recorder.packets).hasSize(1);
        assertThat(decoder.isPaused()).isTrue();
        assertThat(decoder.buffered()).isEqualTo(2 + 6 + 1);
        decoder.resume();
        assertThat(recorder.packets).hasSize(3);
        assertThat(decoder.buffered()).isEqualTo(1);
        decode(Wire.bytes("00"));
        assertThat(recorder.packets).hasSize(4);
    }

    @Test
    void nothingIsSaidOfWhatFollowsAPause() {
        recorder.goOn = packet -> false;
        decode(Wire.connect(5), Wire.bytes("00"));
        assertThat(recorder.failures).isZero();
        decoder.resume();
        assertThat(recorder.failure).isEqualTo(ReasonCode.MALFORMED_PACKET);
    }

    @Test
    void resumeFromWithinTheHandlerCounts() {
        recorder.goOn = packet -> {
            decoder.resume();
            return false;
        };
        decode(Wire.join(Wire.connect(5), Wire.bytes("C000C000")));
        assertThat(recorder.packets).hasSize(3);
    }

    @Test
    void closeFromWithinTheHandlerStops() {
        recorder.goOn = packet -> {
            decoder.close();
            return true;
        };
        decode(Wire.bytes("10"), Arrays.copyOfRange(Wire.join(Wire.connect(4), Wire.bytes("C000")), 1, 17));
        assertThat(recorder.packets).hasSize(1);
        assertThat(decoder.buffered()).isZero();
    }

    @Test
    void topicsAreCachedByTheirBytes() {
        decode(
                Wire.connect(4),
                Wire.packet("30 s:some/longer/topic"),
                Wire.packet("30 s:some/longer/topiC"),
                Wire.packet("30 s:some/longer/topic"));
        List<Packet.Publish> p = recorder.packets.stream()
                .skip(1)
                .map(Packet.Publish.class::cast)
                .toList();
        assertThat(p.get(2).topic()).isSameAs(p.get(0).topic());
        assertThat(p.get(1).topic()).hasToString("some/longer/topiC");
    }

    @Test
    void topicsThatShareASlotAreNotMixedUp() {
        TopicCache cache = new TopicCache();
        for (int i = 0; i < 20_000; i++) { // many more than slots, and of one length
            byte[] topic = ("topic/" + (10_000 + i)).getBytes(StandardCharsets.UTF_8);
            assertThat(cache.get(Unpooled.wrappedBuffer(topic), 0, topic.length))
                    .hasToString("topic/" + (10_000 + i));
        }
    }

    @Property(tries = 1000)
    void utf8AgreesWithTheJdk(@ForAll @Size(max = 40) byte[] noise, @ForAll String text) {
        for (byte[] bytes : List.of(noise, text.getBytes(StandardCharsets.UTF_8))) {
            boolean strict;
            try {
                strict = StandardCharsets.UTF_8
                                .newDecoder()
                                .decode(java.nio.ByteBuffer.wrap(bytes))
                                .toString()
                                .indexOf('\0')
                        < 0;
            } catch (java.nio.charset.CharacterCodingException e) {
                strict = false;
            }
            assertThat(Utf8.isValid(Unpooled.wrappedBuffer(bytes), 0, bytes.length))
                    .isEqualTo(strict);
        }
    }

    private static int[] splits(int length, int step) {
        int[] cuts = new int[length / step];
        for (int i = 0; i < cuts.length; i++) {
            cuts[i] = (i + 1) * step;
        }
        return cuts;
    }

    private static List<Packet> decodeSplit(byte[] stream, int... cuts) {
        Recorder split = new Recorder();
        PacketDecoder decoder = new PacketDecoder(DecoderLimits.DEFAULTS, new TopicCache(), split);
        int from = 0;
        for (int cut : cuts) {
            decoder.feed(Unpooled.copiedBuffer(stream, from, cut - from));
            from = cut;
        }
        decoder.feed(Unpooled.copiedBuffer(stream, from, stream.length - from));
        assertThat(split.failureText).isEmpty();
        assertThat(decoder.buffered()).isZero();
        return split.packets;
    }
}
