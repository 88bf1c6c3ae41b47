package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.frame;
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

/** Chapter 2: the fixed header and the property length. Packet identifiers are in {@link Mqtt22IdentifierTest}. */
class Mqtt2FormatTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    @Test
    @DisplayName("[MQTT-2.1.3-1] the server's packets have the flags of their type")
    void serverFlags5() {
        serverFlags(5);
    }

    @Test
    @DisplayName("[MQTT311-2.2.2-1] the server's packets have the flags of their type")
    void serverFlags311() {
        serverFlags(4);
    }

    private static void serverFlags(int version) {
        String topic = unique("f/");
        RawClient client = BROKER.online(version, unique("c"));
        assertThat(client.connack().bytes[0]).isEqualTo((byte) 0x20);
        assertFirstByte(client.send(subscribe(version, 1).filter(topic, 2)), 0x90);
        assertFirstByte(client.send(publish(version, unique("none/"), "x").qos(1, 2)), 0x40);
        assertFirstByte(client.send(publish(version, unique("none/"), "x").qos(2, 3)), 0x50);
        assertFirstByte(client.send(pubrel(3)), 0x70);
        BROKER.online(version, unique("c")).publish(topic, "x", 2);
        int id = assertFirstByte(client, 0x34).packetId;
        assertFirstByte(client.send(Packets.pubrec(id)), 0x62);
        client.send(Packets.pubcomp(id));
        assertFirstByte(client.send(unsubscribe(version, 4).filter(topic)), 0xB0);
        assertFirstByte(client.send(Packets.pingreq()), 0xD0);
        if (version == 5) {
            assertFirstByte(client.send("C1 00"), 0xE0);
        }
    }

    private static Frame assertFirstByte(RawClient client, int first) {
        Frame frame = client.read();
        assertThat(frame.bytes[0]).as(frame.toString()).isEqualTo((byte) first);
        return frame;
    }

    @Test
    @DisplayName("[MQTT-2.1.3-1] wrong flags in the first byte end the connection")
    void reservedFlags5() {
        reservedFlags(5);
    }

    @Test
    @DisplayName("[MQTT311-2.2.2-2] wrong flags in the first byte end the connection")
    void reservedFlags311() {
        reservedFlags(4);
    }

    private static void reservedFlags(int version) {
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

    @Test
    @DisplayName("[MQTT-2.1.3-1] wrong flags in CONNECT are refused")
    void reservedFlagsOfConnect5() {
        reservedFlagsOfConnect(5);
    }

    @Test
    @DisplayName("[MQTT311-2.2.2-2] wrong flags in CONNECT are refused")
    void reservedFlagsOfConnect311() {
        reservedFlagsOfConnect(4);
    }

    private static void reservedFlagsOfConnect(int version) {
        for (int flags = 1; flags < 16; flags++) {
            byte[] packet = connect(version, unique("c")).bytes();
            packet[0] |= (byte) flags;
            RawClient client = BROKER.connect(version);
            client.send(packet);
            client.expectRefused(0x81);
        }
    }

    @Test
    @DisplayName("[MQTT-4.13.1-1] packet types that do not exist end the connection")
    void reservedTypes5() {
        reservedTypes(5);
    }

    @Test
    @DisplayName("[MQTT311-4.8.0-1] packet types that do not exist end the connection")
    void reservedTypes311() {
        reservedTypes(4);
    }

    private static void reservedTypes(int version) {
        for (String packet : version == 5 ? List.of("00 00", "0F 00") : List.of("00 00", "F0 00", "F0 02 00 01")) {
            RawClient client = BROKER.online(version, unique("c"));
            client.send(packet);
            client.expectDisconnect(0x81, 0x82);
        }
    }

    @Test
    @DisplayName("[MQTT-2.2.1-2] a QoS 0 PUBLISH has no packet identifier: byte for byte")
    void qos0OnTheWire5() {
        qos0OnTheWire(5, "00");
    }

    @Test
    @DisplayName("[MQTT311-2.3.1-5] a QoS 0 PUBLISH has no packet identifier: byte for byte")
    void qos0OnTheWire311() {
        qos0OnTheWire(4, "");
    }

    private static void qos0OnTheWire(int version, String properties) {
        String topic = unique("w");
        RawClient subscriber = BROKER.online(version, unique("c"));
        subscriber.subscribe(topic, 2);
        byte[] name = topic.getBytes(StandardCharsets.US_ASCII);
        byte[] packet = frame(0x30, "00" + hex(new byte[] {(byte) name.length}) + hex(name) + properties + "00 01 FF");
        BROKER.online(version, unique("c")).send(packet);
        assertThat(hex(subscriber.expect(Frame.PUBLISH).bytes)).isEqualTo(hex(packet));
    }

    @Test
    @DisplayName("[MQTT-2.2.2-1] the server writes no properties as a zero")
    void noPropertiesAreAZero() {
        String topic = unique("w");
        RawClient client = BROKER.online(5, unique("c"));
        client.send(subscribe(5, 1).filter(topic, 1));
        assertThat(hex(client.expect(Frame.SUBACK).bytes)).isEqualTo("90 04 00 01 00 01");
        client.publish(topic, "", 0);
        byte[] publish = client.expect(Frame.PUBLISH).bytes;
        assertThat(publish).hasSize(2 + 2 + topic.length() + 1).endsWith((byte) 0);
        client.send(unsubscribe(5, 2).filter(topic));
        assertThat(hex(client.expect(Frame.UNSUBACK).bytes)).isEqualTo("B0 04 00 02 00 00");
    }

    @Test
    @DisplayName("[MQTT-4.13.1-1] a packet without its property length is malformed")
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
