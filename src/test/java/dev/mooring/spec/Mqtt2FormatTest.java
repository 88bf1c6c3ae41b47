package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.frame;
import static dev.mooring.spec.Packets.puback;
import static dev.mooring.spec.Packets.publish;
import static dev.mooring.spec.Packets.pubrel;
import static dev.mooring.spec.Packets.subscribe;
import static dev.mooring.spec.Packets.unsubscribe;
import static dev.mooring.spec.RawClient.hex;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chapter 2: the fixed header, packet identifiers, the property length. */
class Mqtt2FormatTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-2.1.3-1] [MQTT311-2.2.2-1] [MQTT311-2.2.2-2] wrong flags in the first byte end the connection")
    void reservedFlags(int version) {
        String property = version == 5 ? "00" : "";
        List<byte[]> packets = new ArrayList<>(List.of(
                hex("41 02 00 01"),
                hex("48 02 00 01"),
                hex("52 02 00 01"),
                hex("60 02 00 01"),
                hex("63 02 00 01"),
                hex("72 02 00 01"),
                hex("C1 00"),
                hex("C8 00"),
                hex("E1 00"),
                hex("EF 00"),
                frame(0x80, "0001" + property + "0001 61 00"),
                frame(0x83, "0001" + property + "0001 61 00"),
                frame(0xA0, "0001" + property + "0001 61"),
                frame(0xAF, "0001" + property + "0001 61")));
        for (byte[] packet : packets) {
            RawClient client = BROKER.online(version, unique("c"));
            client.send(packet);
            client.expectDisconnect(0x81);
        }
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-2.1.3-1] [MQTT311-2.2.2-1] [MQTT311-2.2.2-2] wrong flags in CONNECT are refused")
    void reservedFlagsOfConnect(int version) {
        for (int flags = 1; flags < 16; flags += 7) {
            byte[] packet = connect(version, unique("c")).bytes();
            packet[0] |= (byte) flags;
            RawClient client = BROKER.connect(version);
            client.send(packet);
            client.expectRefused(0x81);
        }
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-4.13.1-1] [MQTT311-4.8.0-1] packet types that do not exist end the connection")
    void reservedTypes(int version) {
        for (String packet : version == 5 ? List.of("00 00", "0F 00") : List.of("00 00", "F0 00", "F0 02 00 01")) {
            RawClient client = BROKER.online(version, unique("c"));
            client.send(packet);
            client.expectDisconnect(0x81, 0x82);
        }
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-2.2.1-2] [MQTT-2.2.2-1] [MQTT311-2.3.1-5] a QoS 0 PUBLISH has no packet identifier, and no "
            + "properties are a zero: byte for byte")
    void qos0OnTheWire(int version) {
        String topic = unique("w");
        RawClient subscriber = BROKER.online(version, unique("c"));
        subscriber.subscribe(topic, 2);
        byte[] name = topic.getBytes(StandardCharsets.US_ASCII);
        byte[] packet = frame(
                0x30,
                "00" + hex(new byte[] {(byte) name.length}) + hex(name) + (version == 5 ? "00" : "") + "00 01 FF");
        BROKER.online(version, unique("c")).send(packet);
        assertThat(hex(subscriber.expect(Frame.PUBLISH).bytes)).isEqualTo(hex(packet));
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-2.2.1-3] [MQTT311-2.3.1-1] packet identifier 0 ends the connection")
    void packetIdentifierZero(int version) {
        for (Packets.Packet packet : List.of(
                subscribe(version, 0).filter("a", 0),
                unsubscribe(version, 0).filter("a"),
                publish(version, "a", "x").qos(1, 0),
                publish(version, "a", "x").qos(2, 0))) {
            RawClient client = BROKER.online(version, unique("c"));
            client.send(packet);
            client.expectDisconnect(0x81, 0x82);
        }
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-2.2.1-4] [MQTT-4.3.2-1] [MQTT-4.3.3-1] [MQTT311-2.3.1-4] the server's packet identifiers are "
            + "not 0 and not in use")
    void serverIdentifiersAreFree(int version) {
        String topic = unique("id/");
        RawClient subscriber = BROKER.online(version, unique("c"));
        subscriber.subscribe(topic, 2);
        RawClient publisher = BROKER.online(version, unique("c"));
        List<Integer> inUse = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            publisher.publish(topic, "m" + i, 1 + i % 2);
            Frame frame = subscriber.expectPublish(topic, "m" + i);
            assertThat(frame.packetId).isPositive().isNotIn(inUse);
            inUse.add(frame.packetId);
            if (i % 2 == 0) { // of every ten, one stays in use
                if (i % 10 != 0) {
                    subscriber.send(puback(frame.packetId));
                    inUse.remove((Integer) frame.packetId);
                }
            } else {
                subscriber.send(Packets.pubrec(frame.packetId));
                subscriber.expect(Frame.PUBREL, frame.packetId);
                subscriber.send(Packets.pubcomp(frame.packetId));
                inUse.remove((Integer) frame.packetId);
            }
        }
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-2.2.1-5] [MQTT-4.3.2-4] [MQTT-4.3.3-8] [MQTT-4.3.3-11] [MQTT311-2.3.1-6] acknowledgements "
            + "repeat the packet identifier of the PUBLISH")
    void acknowledgementsRepeatTheIdentifier(int version) {
        RawClient client = BROKER.online(version, unique("c"));
        for (int id : new int[] {1, 0x00FF, 0x0100, 0x7FFF, 0x8000, 0xFFFF}) {
            client.send(publish(version, unique("t/"), "x").qos(1, id));
            client.expect(Frame.PUBACK, id);
            client.send(publish(version, unique("t/"), "x").qos(2, id));
            client.expect(Frame.PUBREC, id);
            client.send(pubrel(id));
            client.expect(Frame.PUBCOMP, id);
        }
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName(
            "[MQTT-2.2.1-6] [MQTT-3.8.4-2] [MQTT-3.10.4-5] [MQTT311-2.3.1-7] [MQTT311-3.8.4-2] SUBACK and UNSUBACK "
                    + "repeat the packet identifier of their request")
    void subackRepeatsTheIdentifier(int version) {
        RawClient client = BROKER.online(version, unique("c"));
        for (int id : new int[] {1, 0x0100, 0xFFFF}) {
            client.send(subscribe(version, id).filter(unique("t/"), 0));
            client.expect(Frame.SUBACK, id);
            client.send(unsubscribe(version, id).filter(unique("t/")));
            client.expect(Frame.UNSUBACK, id);
        }
    }

    @Test
    @DisplayName("[MQTT-2.2.2-1] [MQTT-4.13.1-1] a packet without its property length is malformed")
    void missingPropertyLength() {
        for (byte[] packet : List.of(frame(0x30, "0001 61"), frame(0x82, "0001"), frame(0xA2, "0001"))) {
            RawClient client = BROKER.online(5, unique("c"));
            client.send(packet);
            client.expectDisconnect(0x81, 0x82);
        }
    }

    @Test
    @DisplayName("[MQTT-4.13.1-1] property lengths that do not fit are malformed")
    void wrongPropertyLength() {
        for (String publish : List.of(
                "0001 61 05", // more than the packet has
                "0001 61 02 01", // within a property
                "0001 61 01 01 00", // cuts a property
                "0001 61 FF FF FF 7F", // 256 MB
                "0001 61 80 80 80 80 01", // five bytes
                "0001 61 04 02 00 00 00", // cuts a four byte integer
                "0001 61 06 03 00 10 61 62 63")) { // a text longer than the properties
            RawClient client = BROKER.online(5, unique("c"));
            client.send(frame(0x30, publish));
            client.expectDisconnect(0x81);
        }
    }

    @Test
    @DisplayName("[MQTT-4.13.1-1] unknown properties, and properties of other packets, are malformed")
    void foreignProperties() {
        for (String property : List.of(
                "00 00",
                "04 00",
                "7F 00",
                "FF 01 00",
                "11 00000001",
                "13 0001",
                "15 0001 61",
                "21 0001",
                "27 00000001",
                "18 00000001",
                "1F 0001 61",
                "2A 01")) {
            RawClient client = BROKER.online(5, unique("c"));
            client.send(publish(5, "a", "x").properties(new Props().raw(property)));
            client.expectDisconnect(0x81, 0x82);
        }
        RawClient client = BROKER.online(5, unique("c"));
        client.send(unsubscribe(5, 1).filter("a").properties(new Props().subscriptionIdentifier(1)));
        client.expectDisconnect(0x81, 0x82);
    }

    @Test
    @DisplayName("[MQTT-4.13.1-1] a property twice is a protocol error")
    void doubledProperties() {
        for (String property : List.of("01 00", "02 00000001", "03 0001 61", "08 0001 61", "09 0001 61", "23 0001")) {
            RawClient client = BROKER.online(5, unique("c"));
            client.send(publish(5, "a", "x").properties(new Props().raw(property + property)));
            client.expectDisconnect(0x82);
        }
    }
}
