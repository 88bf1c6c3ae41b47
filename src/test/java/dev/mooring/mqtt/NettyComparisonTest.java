package dev.mooring.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.PublishProperties;
import dev.mooring.message.ReasonCode;
import dev.mooring.message.TopicName;
import dev.mooring.message.UserProperty;
import dev.mooring.session.Packet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.mqtt.MqttConnAckMessage;
import io.netty.handler.codec.mqtt.MqttDecoder;
import io.netty.handler.codec.mqtt.MqttEncoder;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttPubReplyMessageVariableHeader;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttReasonCodeAndPropertiesVariableHeader;
import io.netty.handler.codec.mqtt.MqttSubAckMessage;
import io.netty.handler.codec.mqtt.MqttSubscriptionOption;
import io.netty.handler.codec.mqtt.MqttSubscriptionOption.RetainedHandlingPolicy;
import io.netty.handler.codec.mqtt.MqttVersion;
import io.netty.util.AttributeKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Netty's codec on the other side of the wire: it writes what we read, and reads what we write. */
class NettyComparisonTest {
    private static final AttributeKey<MqttVersion> VERSION = AttributeKey.valueOf("NETTY_CODEC_MQTT_VERSION");
    private static final String[] TEXTS = {"a", "", "a/b/c", "$SYS/x", "\u00e4\u20ac/\uD83D\uDE80", "x".repeat(300)};

    @Property(tries = 500)
    void readsWhatNettyWrites(@ForAll long seed, @ForAll @IntRange(min = 3, max = 5) int v) {
        Random random = new Random(seed);
        EmbeddedChannel netty = new EmbeddedChannel(MqttEncoder.INSTANCE);
        Recorder recorder = new Recorder();
        PacketDecoder decoder = new PacketDecoder(DecoderLimits.DEFAULTS, new TopicCache(), recorder);

        boolean will = random.nextBoolean();
        boolean user = random.nextBoolean();
        boolean password = random.nextBoolean() && (user || v == 5);
        byte[] binary = new byte[random.nextInt(300)];
        random.nextBytes(binary);
        String id = "c" + random.nextInt(1000);
        int qos = random.nextInt(3);
        MqttProperties properties = new MqttProperties();
        properties.add(new MqttProperties.IntegerProperty(MqttProperties.SESSION_EXPIRY_INTERVAL, -1));
        properties.add(new MqttProperties.IntegerProperty(MqttProperties.RECEIVE_MAXIMUM, 65_534));
        properties.add(new MqttProperties.IntegerProperty(MqttProperties.MAXIMUM_PACKET_SIZE, 70_000));
        properties.add(new MqttProperties.UserProperty("\u00e4", "b"));
        send(
                netty,
                decoder,
                MqttMessageBuilders.connect()
                        .protocolVersion(
                                v == 3 ? MqttVersion.MQTT_3_1 : v == 4 ? MqttVersion.MQTT_3_1_1 : MqttVersion.MQTT_5)
                        .clientId(id)
                        .cleanSession(random.nextBoolean())
                        .keepAlive(random.nextInt(65_536))
                        .willFlag(will)
                        .willTopic(will ? "will/t" : null)
                        .willMessage(will ? binary : null)
                        .willQoS(will ? MqttQoS.valueOf(qos) : MqttQoS.AT_MOST_ONCE)
                        .willRetain(will && qos == 1)
                        .username(user ? "u\u20ac" : null)
                        .hasUser(user)
                        .password(password ? binary : null)
                        .hasPassword(password)
                        .properties(v == 5 ? properties : MqttProperties.NO_PROPERTIES)
                        .build());
        assertThat(recorder.failureText).isEmpty();
        Packet.Connect connect = recorder.last();
        assertThat(connect.clientId()).isEqualTo(id);
        assertThat(connect.username()).isEqualTo(user ? "u\u20ac" : null);
        assertThat(connect.password()).isEqualTo(password ? binary : null);
        assertThat(connect.will() == null).isEqualTo(!will);
        if (connect.will() != null) {
            assertThat(connect.will().payload()).isEqualTo(binary);
            assertThat(connect.will().qos()).isEqualTo(qos);
        }
        if (v == 5) {
            assertThat(connect.sessionExpiryS()).isEqualTo(Packet.NEVER_EXPIRES);
            assertThat(connect.maximumPacketSize()).isEqualTo(70_000);
            assertThat(connect.receiveMaximum()).isEqualTo(65_534);
            assertThat(connect.userProperties()).containsExactly(new UserProperty("\u00e4", "b"));
        }
        readPublish(random, v, netty, decoder, recorder);
        readSubscribe(random, v, netty, decoder, recorder);
        netty.finishAndReleaseAll();
    }

    private static void readPublish(
            Random random, int v, EmbeddedChannel netty, PacketDecoder decoder, Recorder recorder) {
        for (int i = 0; i < 5; i++) {
            int qos = random.nextInt(3);
            String topic = text(random, 0);
            byte[] payload = new byte[random.nextInt(20_000)];
            random.nextBytes(payload);
            MqttProperties properties = new MqttProperties();
            properties.add(new MqttProperties.IntegerProperty(MqttProperties.PAYLOAD_FORMAT_INDICATOR, 1));
            properties.add(new MqttProperties.IntegerProperty(MqttProperties.PUBLICATION_EXPIRY_INTERVAL, 77));
            properties.add(new MqttProperties.StringProperty(MqttProperties.RESPONSE_TOPIC, topic));
            properties.add(new MqttProperties.BinaryProperty(MqttProperties.CORRELATION_DATA, new byte[] {1, 0}));
            properties.add(new MqttProperties.UserProperty("k", topic));
            boolean with = v == 5 && random.nextBoolean();
            send(
                    netty,
                    decoder,
                    MqttMessageBuilders.publish()
                            .topicName(topic)
                            .qos(MqttQoS.valueOf(qos))
                            .retained(random.nextBoolean())
                            .messageId(1 + random.nextInt(65_535))
                            .payload(Unpooled.wrappedBuffer(payload))
                            .properties(with ? properties : MqttProperties.NO_PROPERTIES)
                            .build());
            assertThat(recorder.failureText).isEmpty();
            Packet.Publish publish = recorder.last();
            assertThat(publish.topic()).hasToString(topic);
            assertThat(recorder.lastPayload()).isEqualTo(payload);
            assertThat(publish.qos()).isEqualTo(qos);
            assertThat(publish.expiryS()).isEqualTo(with ? 77 : -1);
            PublishProperties forwarded = publish.properties();
            assertThat(forwarded.payloadFormat()).isEqualTo(with ? 1 : -1);
            assertThat(forwarded.responseTopic()).isEqualTo(with ? topic : null);
            assertThat(forwarded.userProperties()).hasSize(with ? 1 : 0);
        }
    }

    private static void readSubscribe(
            Random random, int v, EmbeddedChannel netty, PacketDecoder decoder, Recorder recorder) {
        MqttSubscriptionOption option = new MqttSubscriptionOption(
                MqttQoS.valueOf(random.nextInt(3)),
                v == 5 && random.nextBoolean(),
                v == 5 && random.nextBoolean(),
                v == 5 ? RetainedHandlingPolicy.valueOf(random.nextInt(3)) : RetainedHandlingPolicy.SEND_AT_SUBSCRIBE);
        String filter = text(random, 0) + "/+/#";
        int packetId = 1 + random.nextInt(65_535);
        send(
                netty,
                decoder,
                MqttMessageBuilders.subscribe()
                        .messageId(packetId)
                        .addSubscription(filter, option)
                        .addSubscription("#", option)
                        .build());
        assertThat(recorder.failureText).isEmpty();
        Packet.Subscribe subscribe = recorder.last();
        assertThat(subscribe.packetId()).isEqualTo(packetId);
        assertThat(subscribe.requests()).hasSize(2);
        var subscription = subscribe.requests().get(0).subscription();
        assertThat(subscription).isNotNull();
        assertThat(subscription.filter().text()).isEqualTo(filter);
        assertThat(subscription.qos()).isEqualTo(option.qos().value());
        assertThat(subscription.noLocal()).isEqualTo(option.isNoLocal());
        assertThat(subscription.retainAsPublished()).isEqualTo(option.isRetainAsPublished());
        assertThat(subscription.retainHandling())
                .isEqualTo(option.retainHandling().value());
        send(
                netty,
                decoder,
                MqttMessageBuilders.unsubscribe()
                        .messageId(packetId)
                        .addTopicFilter(filter)
                        .build());
        assertThat(recorder.<Packet.Unsubscribe>last()).isEqualTo(new Packet.Unsubscribe(packetId, List.of(filter)));
        send(
                netty,
                decoder,
                MqttMessageBuilders.pubAck()
                        .packetId(packetId)
                        .reasonCode((byte) 0x10)
                        .build());
        assertThat(recorder.<Packet.Ack>last().packetId()).isEqualTo(packetId);
    }

    @Property(tries = 500)
    void nettyReadsOurPublish(@ForAll long seed, @ForAll @IntRange(min = 3, max = 5) int v) {
        Random random = new Random(seed);
        byte[] payload = new byte[random.nextInt(20_000)];
        random.nextBytes(payload);
        int qos = random.nextInt(3);
        String topic = text(random, 0);
        PublishProperties properties = random.nextBoolean()
                ? PublishProperties.EMPTY
                : PublishProperties.of(1, "type", topic, new byte[] {7}, List.of(new UserProperty("k", topic)));
        Message m = new Message(
                MessageId.ZERO, "from", TopicName.of(topic), qos, false, payload, properties, 0, Message.NEVER);
        int[] identifiers = random.nextBoolean() ? new int[0] : new int[] {1, 200, 268_435_455};
        int alias = random.nextBoolean() ? 0 : 1 + random.nextInt(65_535);
        boolean sendTopic = alias == 0 || random.nextBoolean();
        long expiryS = random.nextBoolean() ? -1 : random.nextInt(1 << 30);
        boolean retain = random.nextBoolean();
        boolean dup = qos > 0 && random.nextBoolean();
        ByteBuf out = Unpooled.buffer();
        PublishEncoder.write(out, v, dup, qos, retain, 4711, alias, sendTopic, identifiers, expiryS, m);
        assertThat(PublishEncoder.size(v, qos, alias, sendTopic, identifiers, expiryS, m))
                .isEqualTo(out.readableBytes());
        ByteBuf header = Unpooled.buffer();
        PublishEncoder.writeHeader(header, v, dup, qos, retain, 4711, alias, sendTopic, identifiers, expiryS, m);
        assertThat(header).isEqualTo(out.slice(0, header.readableBytes()));
        assertThat(out.readableBytes() - header.readableBytes()).isEqualTo(payload.length);

        MqttPublishMessage read = (MqttPublishMessage) nettyReads(v, out);
        assertThat(read.fixedHeader().isDup()).isEqualTo(dup);
        assertThat(read.fixedHeader().isRetain()).isEqualTo(retain);
        assertThat(read.fixedHeader().qosLevel().value()).isEqualTo(qos);
        assertThat(read.variableHeader().topicName()).isEqualTo(v == 5 && !sendTopic ? "" : topic);
        assertThat(read.variableHeader().packetId()).isEqualTo(qos == 0 ? -1 : 4711);
        assertThat(read.payload()).isEqualTo(Unpooled.wrappedBuffer(payload));
        MqttProperties all = read.variableHeader().properties();
        int expected = v != 5
                ? 0
                : identifiers.length
                        + (alias > 0 ? 1 : 0)
                        + (expiryS >= 0 ? 1 : 0)
                        + (properties.wire().length > 0 ? 5 : 0);
        assertThat(all.listAll()).hasSize(expected);
        if (v == 5 && identifiers.length > 0) {
            List<Object> values = new ArrayList<>();
            all.getProperties(MqttProperties.SUBSCRIPTION_IDENTIFIER).forEach(p -> values.add(p.value()));
            assertThat(values).containsExactly(1, 200, 268_435_455);
        }
        if (v == 5 && expiryS >= 0) {
            assertThat(all.getProperty(MqttProperties.PUBLICATION_EXPIRY_INTERVAL)
                            .value())
                    .isEqualTo((int) expiryS);
        }
        read.release();
    }

    @Property(tries = 300)
    void nettyReadsOurOtherPackets(@ForAll long seed, @ForAll @IntRange(min = 4, max = 5) int v) {
        Random random = new Random(seed);
        String reason = random.nextBoolean() ? null : "because of " + text(random, 1);
        Packet.Connack connack = new Packet.Connack(
                random.nextBoolean(),
                ReasonCode.SUCCESS,
                99,
                10,
                1,
                false,
                5000,
                "assigned",
                7,
                reason,
                30,
                "info",
                "method",
                new byte[] {1, 2},
                "elsewhere");
        ByteBuf out = Unpooled.buffer();
        PacketEncoder.connack(out, v, connack, 10_000);
        MqttConnAckMessage read = (MqttConnAckMessage) nettyReads(v, out);
        assertThat(read.variableHeader().isSessionPresent()).isEqualTo(connack.sessionPresent());
        assertThat(read.variableHeader().connectReturnCode().byteValue()).isZero();
        MqttProperties all = read.variableHeader().properties();
        assertThat(all.listAll()).hasSize(v != 5 ? 0 : reason == null ? 12 : 13);
        if (v == 5) {
            assertThat(all.getProperty(MqttProperties.SESSION_EXPIRY_INTERVAL).value())
                    .isEqualTo(99);
            assertThat(all.getProperty(MqttProperties.ASSIGNED_CLIENT_IDENTIFIER)
                            .value())
                    .isEqualTo("assigned");
            assertThat(all.getProperty(MqttProperties.SERVER_KEEP_ALIVE).value())
                    .isEqualTo(30);
        }

        for (Packet.Ack.Type type : Packet.Ack.Type.values()) {
            ByteBuf ack = Unpooled.buffer();
            PacketEncoder.ack(ack, v, type, 500, ReasonCode.PACKET_IDENTIFIER_NOT_FOUND, reason, 10_000);
            MqttMessage message = nettyReads(v, ack);
            assertThat(message.fixedHeader().messageType()).hasToString(type.name());
            if (v == 5) {
                var header = (MqttPubReplyMessageVariableHeader) message.variableHeader();
                assertThat(header.messageId()).isEqualTo(500);
                assertThat(header.reasonCode()).isEqualTo((byte) 0x92);
                assertThat(header.properties().listAll()).hasSize(reason == null ? 0 : 1);
            }
        }

        ByteBuf suback = Unpooled.buffer();
        List<ReasonCode> codes = List.of(ReasonCode.SUCCESS, ReasonCode.GRANTED_QOS_2, ReasonCode.NOT_AUTHORIZED);
        PacketEncoder.suback(suback, v, 77, codes, reason, 10_000);
        MqttSubAckMessage granted = (MqttSubAckMessage) nettyReads(v, suback);
        assertThat(granted.payload().reasonCodes()).containsExactly(0, 2, v == 5 ? 0x87 : 0x80);

        if (v == 5) {
            ByteBuf auth = Unpooled.buffer();
            PacketEncoder.auth(
                    auth, new Packet.Auth(ReasonCode.CONTINUE_AUTHENTICATION, "X", new byte[] {1}), reason, 10_000);
            var header = (MqttReasonCodeAndPropertiesVariableHeader)
                    nettyReads(v, auth).variableHeader();
            assertThat(header.reasonCode()).isEqualTo((byte) 0x18);
            assertThat(header.properties().listAll()).hasSize(reason == null ? 2 : 3);
        }
    }

    private static String text(Random random, int min) {
        String text = TEXTS[random.nextInt(TEXTS.length)];
        return text.length() <= min ? "t" : text;
    }

    private static void send(EmbeddedChannel netty, PacketDecoder decoder, MqttMessage message) {
        netty.writeOutbound(message);
        for (ByteBuf part = netty.readOutbound(); part != null; part = netty.readOutbound()) {
            decoder.feed(part);
        }
    }

    private static MqttMessage nettyReads(int v, ByteBuf bytes) {
        EmbeddedChannel netty = new EmbeddedChannel(new MqttDecoder(1 << 20));
        netty.attr(VERSION).set(v == 3 ? MqttVersion.MQTT_3_1 : v == 4 ? MqttVersion.MQTT_3_1_1 : MqttVersion.MQTT_5);
        netty.writeInbound(bytes);
        MqttMessage message = netty.readInbound();
        assertThat(message.decoderResult().isSuccess())
                .as(String.valueOf(message.decoderResult()))
                .isTrue();
        assertThat(netty.<Object>readInbound()).isNull();
        netty.finish();
        return message;
    }
}
