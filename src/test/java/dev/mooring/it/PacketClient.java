package dev.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.mqtt.MqttConnAckMessage;
import io.netty.handler.codec.mqtt.MqttDecoder;
import io.netty.handler.codec.mqtt.MqttEncoder;
import io.netty.handler.codec.mqtt.MqttFixedHeader;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttMessageIdVariableHeader;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttPublishVariableHeader;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttSubAckMessage;
import io.netty.handler.codec.mqtt.MqttSubscriptionOption;
import io.netty.handler.codec.mqtt.MqttUnsubAckMessage;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * A client that answers nothing by itself: every packet, packet id and DUP flag is the test's choice. It reads and
 * writes with Netty's codec, which the broker does not use, on the thread of the test.
 */
final class PacketClient implements AutoCloseable {
    private static final int PATIENCE_MS = (int) MooringProcess.PATIENCE.toMillis();
    private static final int PACKET_BYTES_MAX = 1 << 20;

    private final Socket socket;
    private final EmbeddedChannel codec = new EmbeddedChannel(new MqttDecoder(PACKET_BYTES_MAX), MqttEncoder.INSTANCE);
    private final byte[] buffer = new byte[64 * 1024];
    private final ArrayDeque<Received> setAside = new ArrayDeque<>();
    private boolean ended;
    private boolean sessionPresent;
    private int nextPacketId = 30_000;

    /** A packet from the broker, with what such a packet has. */
    record Received(
            MqttMessageType type,
            int packetId,
            int code,
            String topic,
            String payload,
            int qos,
            boolean dup,
            boolean retain,
            List<Integer> identifiers) {
        @Override
        public String toString() {
            return type
                    + (packetId > 0 ? " #" + packetId : "")
                    + (code > 0 ? " 0x" + Integer.toHexString(code) : "")
                    + (type == MqttMessageType.PUBLISH
                            ? " " + topic + "=" + payload + " qos " + qos + (dup ? " dup" : "")
                                    + (retain ? " retain" : "") + identifiers
                            : "");
        }
    }

    private PacketClient(Socket socket) {
        this.socket = socket;
    }

    // ---- CONNECT

    /** Connects, on the loopback address; CONNACK has been read and was a success. */
    static PacketClient online(int port, Connect connect) {
        return online(new InetSocketAddress("127.0.0.1", port), connect);
    }

    static PacketClient online(InetSocketAddress broker, Connect connect) {
        PacketClient client = open(broker, connect);
        Received connack = client.expect(MqttMessageType.CONNACK);
        assertThat(connack.code()).as("%s", connack).isZero();
        return client;
    }

    /** Sends CONNECT and waits for nothing. */
    static PacketClient open(int port, Connect connect) {
        return open(new InetSocketAddress("127.0.0.1", port), connect);
    }

    private static PacketClient open(InetSocketAddress broker, Connect connect) {
        try {
            Socket socket = new Socket();
            socket.setTcpNoDelay(true);
            socket.connect(broker, PATIENCE_MS);
            PacketClient client = new PacketClient(socket);
            client.send(connect.packet());
            return client;
        } catch (IOException e) {
            throw new AssertionError("no connection to " + broker, e);
        }
    }

    boolean sessionPresent() {
        return sessionPresent;
    }

    // ---- sending

    /** SUBSCRIBE, and its SUBACK. */
    PacketClient subscribe(String filter, int qos) {
        return subscribe(filter, MqttSubscriptionOption.onlyFromQos(MqttQoS.valueOf(qos)), 0);
    }

    /** MQTT 5 only. @param identifier 0 for none */
    PacketClient subscribe(String filter, MqttSubscriptionOption option, int identifier) {
        int packetId = nextPacketId++;
        MqttMessageBuilders.SubscribeBuilder subscribe =
                MqttMessageBuilders.subscribe().messageId(packetId).addSubscription(filter, option);
        if (identifier > 0) {
            MqttProperties properties = new MqttProperties();
            properties.add(new MqttProperties.IntegerProperty(
                    MqttProperties.MqttPropertyType.SUBSCRIPTION_IDENTIFIER.value(), identifier));
            subscribe.properties(properties);
        }
        send(subscribe.build());
        Received suback = expectAck(MqttMessageType.SUBACK, packetId);
        assertThat(suback.code()).as("granted %s", filter).isLessThan(3);
        return this;
    }

    PacketClient unsubscribe(String filter) {
        int packetId = nextPacketId++;
        send(MqttMessageBuilders.unsubscribe()
                .messageId(packetId)
                .addTopicFilter(filter)
                .build());
        expectAck(MqttMessageType.UNSUBACK, packetId);
        return this;
    }

    /** PUBLISH, waits for nothing. @param packetId ignored at QoS 0 */
    PacketClient sendPublish(String topic, String payload, int qos, int packetId, boolean dup, boolean retain) {
        return sendPublish(topic, payload, qos, packetId, dup, retain, MqttProperties.NO_PROPERTIES);
    }

    PacketClient sendPublish(
            String topic,
            String payload,
            int qos,
            int packetId,
            boolean dup,
            boolean retain,
            MqttProperties properties) {
        return send(new MqttPublishMessage(
                new MqttFixedHeader(MqttMessageType.PUBLISH, dup, MqttQoS.valueOf(qos), retain, 0),
                new MqttPublishVariableHeader(topic, packetId, properties),
                Unpooled.copiedBuffer(payload, StandardCharsets.UTF_8)));
    }

    /** PUBLISH and everything that completes it; what else comes meanwhile is set aside. */
    PacketClient publish(String topic, String payload, int qos) {
        return publish(topic, payload, qos, false);
    }

    PacketClient publish(String topic, String payload, int qos, boolean retain) {
        int packetId = nextPacketId++;
        sendPublish(topic, payload, qos, packetId, false, retain);
        return complete(qos, packetId);
    }

    /** The acks of a PUBLISH that was sent. */
    PacketClient complete(int qos, int packetId) {
        if (qos == 1) {
            assertThat(expectAck(MqttMessageType.PUBACK, packetId).code()).isLessThan(0x80);
        } else if (qos == 2) {
            assertThat(expectAck(MqttMessageType.PUBREC, packetId).code()).isLessThan(0x80);
            ack(MqttMessageType.PUBREL, packetId);
            expectAck(MqttMessageType.PUBCOMP, packetId);
        }
        return this;
    }

    static MqttProperties expiry(int seconds) {
        MqttProperties properties = new MqttProperties();
        properties.add(new MqttProperties.IntegerProperty(
                MqttProperties.MqttPropertyType.PUBLICATION_EXPIRY_INTERVAL.value(), seconds));
        return properties;
    }

    PacketClient ack(MqttMessageType type, int packetId) {
        MqttQoS flags = type == MqttMessageType.PUBREL ? MqttQoS.AT_LEAST_ONCE : MqttQoS.AT_MOST_ONCE;
        return send(new MqttMessage(
                new MqttFixedHeader(type, false, flags, false, 0), MqttMessageIdVariableHeader.from(packetId)));
    }

    PacketClient send(MqttMessage message) {
        codec.writeOutbound(message);
        try {
            for (ByteBuf out = codec.readOutbound(); out != null; out = codec.readOutbound()) {
                byte[] bytes = new byte[out.readableBytes()];
                out.readBytes(bytes).release();
                socket.getOutputStream().write(bytes);
            }
        } catch (IOException e) {
            ended = true; // shows at the next read
        }
        return this;
    }

    // ---- receiving

    /** The next packet; it must be of this type. */
    Received expect(MqttMessageType type) {
        Received packet = next();
        assertThat(packet.type()).as("%s", packet).isEqualTo(type);
        return packet;
    }

    Received expect(MqttMessageType type, int packetId) {
        Received packet = expect(type);
        assertThat(packet.packetId()).as("%s", packet).isEqualTo(packetId);
        return packet;
    }

    /** This ack must come; what comes before is set aside. */
    Received expectAck(MqttMessageType type, int packetId) {
        List<Received> passed = new ArrayList<>();
        Received packet = read(PATIENCE_MS);
        while (packet != null && !(packet.type() == type && packet.packetId() == packetId)) {
            passed.add(packet);
            packet = read(PATIENCE_MS);
        }
        setAside.addAll(passed);
        assertThat(packet).as("%s #%d after %s", type, packetId, passed).isNotNull();
        return packet;
    }

    Received expectPublish(String topic, String payload) {
        Received packet = expect(MqttMessageType.PUBLISH);
        assertThat(packet.topic() + "=" + packet.payload()).as("%s", packet).isEqualTo(topic + "=" + payload);
        return packet;
    }

    /** Takes a PUBLISH and completes it as its QoS asks. */
    Received takePublish(String topic, String payload) {
        Received packet = expectPublish(topic, payload);
        finish(packet);
        return packet;
    }

    void finish(Received publish) {
        if (publish.qos() == 1) {
            ack(MqttMessageType.PUBACK, publish.packetId());
        } else if (publish.qos() == 2) {
            ack(MqttMessageType.PUBREC, publish.packetId());
            expectAck(MqttMessageType.PUBREL, publish.packetId());
            ack(MqttMessageType.PUBCOMP, publish.packetId());
        }
    }

    Received next() {
        Received packet = nextWithin(PATIENCE_MS);
        assertThat(packet).as(ended ? "a packet, not the end" : "a packet").isNotNull();
        return packet;
    }

    /** Null when nothing came, or the connection has ended. */
    Received nextWithin(int timeoutMs) {
        return setAside.isEmpty() ? read(timeoutMs) : setAside.poll();
    }

    /** Everything that comes before the answer to a PINGREQ, which comes behind all that was sent before. */
    List<Received> untilPingresp() {
        send(new MqttMessage(new MqttFixedHeader(MqttMessageType.PINGREQ, false, MqttQoS.AT_MOST_ONCE, false, 0)));
        List<Received> packets = new ArrayList<>();
        for (Received p = next(); p.type() != MqttMessageType.PINGRESP; p = next()) {
            packets.add(p);
        }
        return packets;
    }

    boolean ended() {
        return ended;
    }

    /** The broker ends the connection; returns what it sent before. */
    List<Received> untilEnd() {
        List<Received> packets = new ArrayList<>();
        for (Received p = nextWithin(PATIENCE_MS); p != null; p = nextWithin(PATIENCE_MS)) {
            packets.add(p);
        }
        assertThat(ended).as("ended after %s", packets).isTrue();
        return packets;
    }

    private Received read(int timeoutMs) {
        long deadlineNs = System.nanoTime() + timeoutMs * 1_000_000L;
        while (true) {
            MqttMessage message = codec.readInbound();
            if (message != null) {
                return received(message);
            }
            int leftMs = (int) ((deadlineNs - System.nanoTime()) / 1_000_000);
            if (ended || leftMs <= 0) {
                return null;
            }
            fill(leftMs);
        }
    }

    private void fill(int timeoutMs) {
        try {
            socket.setSoTimeout(timeoutMs);
            int n = socket.getInputStream().read(buffer);
            if (n < 0) {
                ended = true;
            } else {
                codec.writeInbound(Unpooled.copiedBuffer(buffer, 0, n));
            }
        } catch (SocketTimeoutException e) {
            // read() looks at its deadline
        } catch (IOException e) {
            ended = true;
        }
    }

    private Received received(MqttMessage m) {
        assertThat(m.decoderResult().isSuccess()).as("%s", m).isTrue();
        MqttMessageType type = m.fixedHeader().messageType();
        if (m instanceof MqttPublishMessage p) {
            List<Integer> identifiers = new ArrayList<>();
            for (MqttProperties.MqttProperty<?> property : p.variableHeader()
                    .properties()
                    .getProperties(MqttProperties.MqttPropertyType.SUBSCRIPTION_IDENTIFIER.value())) {
                identifiers.add((Integer) property.value());
            }
            Received publish = new Received(
                    type,
                    Math.max(0, p.variableHeader().packetId()),
                    0,
                    p.variableHeader().topicName(),
                    p.payload().toString(StandardCharsets.UTF_8),
                    m.fixedHeader().qosLevel().value(),
                    m.fixedHeader().isDup(),
                    m.fixedHeader().isRetain(),
                    identifiers);
            p.release();
            return publish;
        }
        if (m instanceof MqttConnAckMessage c) {
            sessionPresent = c.variableHeader().isSessionPresent();
        }
        int packetId = m.variableHeader() instanceof MqttMessageIdVariableHeader header ? header.messageId() : 0;
        return new Received(type, packetId, code(m), "", "", 0, false, false, List.of());
    }

    private static int code(MqttMessage m) {
        if (m instanceof MqttConnAckMessage c) {
            return c.variableHeader().connectReturnCode().byteValue() & 0xFF;
        }
        if (m instanceof MqttSubAckMessage s) {
            return s.payload().reasonCodes().get(0);
        }
        if (m instanceof MqttUnsubAckMessage || m.variableHeader() == null) {
            return 0;
        }
        Object header = m.variableHeader();
        if (header instanceof io.netty.handler.codec.mqtt.MqttPubReplyMessageVariableHeader ack) {
            return ack.reasonCode() & 0xFF;
        }
        if (header instanceof io.netty.handler.codec.mqtt.MqttReasonCodeAndPropertiesVariableHeader disconnect) {
            return disconnect.reasonCode() & 0xFF;
        }
        return 0;
    }

    // ---- end

    /** DISCONNECT, and waits until the broker has closed. */
    void disconnect() {
        send(MqttMessageBuilders.disconnect().build());
        untilEnd();
        close();
    }

    /** Closes the socket without DISCONNECT. */
    @Override
    public void close() {
        try {
            socket.close();
            codec.finishAndReleaseAll();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
