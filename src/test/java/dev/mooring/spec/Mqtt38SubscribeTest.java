package dev.mooring.spec;

import static dev.mooring.spec.Packets.Subscribe.NO_LOCAL;
import static dev.mooring.spec.Packets.frame;
import static dev.mooring.spec.Packets.publish;
import static dev.mooring.spec.Packets.subscribe;
import static dev.mooring.spec.RawClient.unique;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Chapter 3.8, SUBSCRIBE. */
class Mqtt38SubscribeTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    @Test
    @DisplayName("[MQTT-3.8.1-1] flags other than 0010 are malformed")
    void reservedFlags() {
        reservedFlags(5);
    }

    @Test
    @DisplayName("[MQTT311-3.8.1-1] flags other than 0010 end the connection")
    void reservedFlagsOf311() {
        reservedFlags(4);
    }

    private static void reservedFlags(int version) {
        for (int flags = 0; flags < 16; flags++) {
            if (flags != 2) {
                RawClient client = BROKER.online(version, unique("c"));
                client.send(frame(0x80 | flags, version == 5 ? "0001 00 0001 61 00" : "0001 0001 61 00"));
                client.expectDisconnect(0x81);
            }
        }
    }

    @Test
    @DisplayName("[MQTT-3.8.3-1] a filter that is not UTF-8 ends the connection")
    void filterIsText() {
        filterIsText(5);
    }

    @Test
    @DisplayName("[MQTT311-3.8.3-1] a filter that is not UTF-8 ends the connection")
    void filterIsTextOf311() {
        filterIsText(4);
    }

    private static void filterIsText(int version) {
        for (String filter : List.of("0002 61FF 00", "0003 EDA080 00", "0001 00 00", "0005 61 00")) {
            RawClient client = BROKER.online(version, unique("c"));
            client.send(frame(0x82, "0001" + (version == 5 ? "00" : "") + filter));
            client.expectDisconnect(0x81);
        }
    }

    @Test
    @DisplayName("[MQTT-3.8.3-2] SUBSCRIBE without a filter is a protocol error")
    void noFilter() {
        noFilter(5);
    }

    @Test
    @DisplayName("[MQTT311-3.8.3-3] SUBSCRIBE without a filter ends the connection")
    void noFilterOf311() {
        noFilter(4);
    }

    private static void noFilter(int version) {
        RawClient client = BROKER.online(version, unique("c"));
        client.send(subscribe(version, 1));
        client.expectDisconnect(0x82);
    }

    @Test
    @DisplayName("[MQTT-3.8.3-3] with No Local a client does not get its own messages, others do")
    void noLocal() {
        String topic = unique("nl/");
        RawClient client = BROKER.online(5, unique("c"));
        client.subscribe(topic + "/#", 2 | NO_LOCAL);
        RawClient other = BROKER.online(5, unique("c"));
        other.subscribe(topic + "/+", 2);
        for (int qos = 0; qos <= 2; qos++) {
            client.publish(topic + "/a", "own" + qos, qos);
            other.expectPublish(topic + "/a", "own" + qos);
        }
        other.publish(topic + "/b", "foreign", 0);
        client.expectPublish(topic + "/b", "foreign");
    }

    @Test
    @DisplayName("[MQTT-3.8.3-3] No Local holds by client identifier: also for what was published before a reconnect, "
            + "and not for an overlapping subscription without it")
    void noLocalIsByClientIdentifier() {
        String topic = unique("nl/");
        String id = unique("c");
        RawClient client = BROKER.online(Packets.connect(5, id).sessionExpiryInterval(60));
        client.subscribe(topic, 1 | NO_LOCAL);
        client.publish(topic, "own", 1);
        client.disconnect();
        RawClient again = BROKER.online(Packets.connect(5, id).cleanStart(false).sessionExpiryInterval(60));
        again.publish(topic, "own again", 0);
        again.ping();
        again.subscribe(topic + "/#", 0);
        again.send(publish(5, topic, "both"));
        again.expectPublish(topic, "both");
    }

    @Test
    @DisplayName("[MQTT-3.8.3-4] No Local on a shared subscription is a protocol error")
    void noLocalOnSharedSubscription() {
        RawClient client = BROKER.online(5, unique("c"));
        client.send(subscribe(5, 1).filter("$share/g/" + unique("t"), NO_LOCAL));
        client.expectDisconnect(0x82);
    }

    @Test
    @DisplayName("[MQTT-3.8.3-5] reserved bits of the subscription options are malformed")
    void reservedOptionBits() {
        for (int options : new int[] {0x40, 0x80, 0xC0, 0x81}) {
            RawClient client = BROKER.online(5, unique("c"));
            client.send(subscribe(5, 1).filter("a", 0).filter("b", options));
            client.expectDisconnect(0x81);
        }
    }

    @Test
    @DisplayName("[MQTT-4.13.1-1] QoS 3 and Retain Handling 3 are protocol errors")
    void valuesThatDoNotExist() {
        for (int options : new int[] {0x03, 0x30, 0x31}) {
            RawClient client = BROKER.online(5, unique("c"));
            client.send(subscribe(5, 1).filter("a", options));
            client.expectDisconnect(0x82, 0x81);
        }
    }

    @Test
    @DisplayName("[MQTT311-3.8.3-4] reserved bits beside the QoS, or QoS 3, end a 3.1.1 connection")
    void reservedBitsOf311() {
        for (int qosByte : new int[] {0x03, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xFF}) {
            RawClient client = BROKER.online(4, unique("c"));
            client.send(subscribe(4, 1).filter("a", qosByte));
            client.expectClosed();
        }
    }

    @Test
    @DisplayName("[MQTT-4.13.1-1] subscription identifier 0, two of them, or one that is too large are errors")
    void badSubscriptionIdentifiers() {
        for (String property : List.of("0B 00", "0B 01 0B 02", "0B 80 80 80 80 01", "0B FF FF FF FF 0F")) {
            RawClient client = BROKER.online(5, unique("c"));
            client.send(subscribe(5, 1).filter("a", 0).properties(new Props().raw(property)));
            client.expectDisconnect(property.length() <= 11 ? 0x82 : 0x81);
        }
    }
}
