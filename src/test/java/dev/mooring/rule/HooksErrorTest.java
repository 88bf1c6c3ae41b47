package dev.mooring.rule;

import static dev.mooring.rule.HooksTestBroker.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.store.OpKind;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.ClassTemplate;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What on_error promises when the store of a hook fails or is slow. */
@ClassTemplate
class HooksErrorTest {
    private static final String CONFIG = """
            {"limits": {"store_deadline_ms": 3000}, "hooks": {
              "client.connected": [{"action": {"function": "on_client_connected"}, "pool": "hooks"}],
              "message.publish": [
                {"topic": "reject/#", "action": {"function": "on_message_publish"}, "pool": "hooks"},
                {"topic": "accept/#", "action": {"function": "on_message_publish"}, "pool": "hooks",
                 "on_error": "accept"},
                {"topic": "reject/short", "action": {"function": "on_message_publish"}, "pool": "hooks",
                 "expired_time": 1},
                {"topic": "short/#", "action": {"function": "on_message_publish"}, "pool": "hooks",
                 "expired_time": 1}],
              "session.subscribed": [
                {"action": {"function": "on_message_fetch_for_queue"}, "pool": "hooks"}],
              "message.acked": [
                {"action": {"function": "on_message_acked_for_queue"}, "pool": "hooks"}]}}""";

    @RegisterExtension
    static final HooksTestBroker HOOKS = new HooksTestBroker(CONFIG);

    @AfterEach
    void heal() {
        HOOKS.faults().heal();
        HOOKS.faults().release();
    }

    @Test
    @DisplayName("reject, MQTT 5: PUBACK and PUBREC say 0x80, the packet id is free again, QoS 0 is as before")
    void reject() {
        try (HooksTestClient p = HOOKS.durable("rej-p");
                HooksTestClient c = HOOKS.clean("rej-c")) {
            c.subscribe("reject/zero", 0);
            HOOKS.faults().fail(OpKind.MESSAGE_PUBLISH, false);
            assertThat(p.publish("reject/a", "1", 1)).isEqualTo(0x80);
            assertThat(p.publish("reject/a", "2", 2)).isEqualTo(0x80);
            p.send("reject/a", "3", 1, false, -1);
            assertThat(p.await(HooksTestClient.PUBACK).payload()).contains("could not be stored");
            p.publish("reject/zero", "0", 0);
            assertThat(c.next().payload()).isEqualTo("0");
            HOOKS.faults().heal();
            for (int i = 0; i < 3; i++) {
                assertThat(p.publish("reject/b", "" + i, 2)).isLessThan(0x80);
            }
            assertThat(HOOKS.queued("reject/b")).containsExactly("0", "1", "2");
        }
    }

    @Test
    @DisplayName("reject, QoS 2: nobody gets what was refused, so what is published again comes once, and in order")
    void rejectedQos2ReachesNobody() {
        try (HooksTestClient away = HOOKS.durable("rej2-away")) {
            away.subscribe("reject/two", 2);
        }
        try (HooksTestClient p = HOOKS.durable("rej2-p");
                HooksTestClient c = HOOKS.clean("rej2-c")) {
            c.subscribe("reject/two", 2);
            HOOKS.faults().fail(OpKind.MESSAGE_PUBLISH, false);
            assertThat(p.publish("reject/two", "1", 2)).isEqualTo(0x80);
            HOOKS.faults().heal();
            assertThat(p.publish("reject/two", "1", 2)).isZero();
            assertThat(p.publish("reject/two", "2", 2)).isZero();
            assertThat(c.takeAll(2)).containsExactly("1", "2");
        }
        try (HooksTestClient away = HOOKS.durable("rej2-away")) {
            assertThat(away.takeAll(2)).containsExactly("1", "2");
        }
    }

    @Test
    @DisplayName("reject, MQTT 3.1.1: the connection is closed without an acknowledgement")
    void rejectByClosing() {
        for (int qos : new int[] {1, 2}) {
            HOOKS.faults().fail(OpKind.MESSAGE_PUBLISH, false);
            try (HooksTestClient p = HooksTestClient.v4(HOOKS.broker().port(), "rej4-p")) {
                assertThat(p.publish("reject/v4", "1", qos)).as("the end").isEqualTo(-1);
            }
            HOOKS.faults().heal();
        }
        assertThat(HOOKS.queued("reject/v4")).isEmpty();
    }

    @Test
    @DisplayName("accept: acknowledged, routed and counted, though it is not stored")
    void accept() {
        try (HooksTestClient p = HOOKS.clean("acc-p");
                HooksTestClient c = HOOKS.clean("acc-c")) {
            c.subscribe("accept/a", 1);
            long before = HOOKS.broker().broker().metrics().hookFailures.sum();
            HOOKS.faults().fail(OpKind.MESSAGE_PUBLISH, false);
            assertThat(p.publish("accept/a", "1", 1)).isZero();
            assertThat(p.publish("accept/a", "2", 2)).isZero();
            assertThat(c.take(2)).containsExactly("1", "2");
            HOOKS.faults().heal();
            assertThat(HOOKS.broker().broker().metrics().hookFailures.sum()).isEqualTo(before + 2);
            assertThat(HOOKS.queued("accept/a")).isEmpty();
        }
    }

    @Test
    @DisplayName("a fault that passes within the deadline costs nothing: stored once, acknowledged")
    void healed() throws Exception {
        try (HooksTestClient p = HOOKS.clean("heal-p")) {
            HOOKS.faults().fail(OpKind.MESSAGE_PUBLISH, true);
            int id = p.send("reject/healed", "1", 1, false, -1);
            eventually(() -> assertThat(HOOKS.faults().failed()).isPositive());
            HOOKS.faults().heal();
            HooksTestClient.Packet puback = p.await(HooksTestClient.PUBACK);
            assertThat(puback.packetId()).isEqualTo(id);
            assertThat(puback.reason()).isLessThan(0x80);
            assertThat(HOOKS.queued("reject/healed")).containsExactly("1");
        }
    }

    @Test
    @DisplayName("a subscriber's ack that comes before the message is stored deletes it afterwards")
    void ackedBeforeStored() {
        try (HooksTestClient p = HOOKS.clean("ghost-p");
                HooksTestClient c = HOOKS.clean("ghost-c")) {
            c.subscribe("reject/ghost", 1);
            HOOKS.faults().hold();
            p.send("reject/ghost", "1", 1, false, -1);
            c.ack(c.next());
            assertThat(c.ping()).as("the broker has the ack").isEmpty();
            HOOKS.faults().release();
            assertThat(p.await(HooksTestClient.PUBACK).reason()).isLessThan(0x80);
            eventually(() -> assertThat(HOOKS.queued("reject/ghost")).isEmpty());
        }
    }

    @Test
    @DisplayName("PUBACK waits for the store; PINGREQ and QoS 0 do not")
    void slow() {
        try (HooksTestClient p = HOOKS.clean("slow-p");
                HooksTestClient c = HOOKS.clean("slow-c")) {
            c.subscribe("reject/slow", 0);
            HOOKS.faults().hold();
            p.send("reject/slow", "1", 1, false, -1);
            p.send("reject/slow", "0", 0, false, -1);
            assertThat(c.next().payload()).as("live delivery").isEqualTo("1");
            assertThat(c.next().payload()).isEqualTo("0");
            assertThat(p.ping()).as("what came before PINGRESP").isEmpty();
            HOOKS.faults().release();
            assertThat(p.await(HooksTestClient.PUBACK).reason()).isLessThan(0x80);
        }
    }

    @Test
    @DisplayName("a client connects and publishes though the store of its state fails")
    void connects() {
        HOOKS.faults().fail(OpKind.CLIENT_CONNECTED, false);
        try (HooksTestClient c = HOOKS.clean("conn-c")) {
            assertThat(c.publish("other", "x", 1)).isLessThan(0x80);
        }
    }

    @Test
    @DisplayName("a fetch that fails is tried again")
    void fetchAgain() {
        try (HooksTestClient p = HOOKS.clean("fa-p");
                HooksTestClient c = HOOKS.clean("fa-c")) {
            p.publish("reject/fetch", "1", 1);
            HOOKS.faults().fail(OpKind.FETCH_FOR_QUEUE, true);
            c.subscribe("reject/fetch", 1);
            eventually(() -> assertThat(HOOKS.faults().failed()).isGreaterThan(3));
            HOOKS.faults().heal();
            assertThat(c.take(1)).containsExactly("1");
        }
    }

    @Test
    @DisplayName("expiry: expired_time or MQTT's own, whichever is earlier; several rules: the longer life")
    void expiry() {
        try (HooksTestClient p = HOOKS.clean("exp-p")) {
            p.publish("short/rule", "1", 1);
            p.publish("reject/own", "2", 1, false, 1);
            p.publish("reject/short", "3", 1);
            p.publish("reject/long", "4", 1, false, 1000);
            assertThat(HOOKS.queued("short/#")).hasSize(1);
            eventually(() -> assertThat(HOOKS.queued("short/#")).isEmpty());
            eventually(() -> assertThat(HOOKS.queued("reject/own")).isEmpty());
            assertThat(HOOKS.queued("reject/short")).containsExactly("3");
            assertThat(HOOKS.queued("reject/long")).containsExactly("4");
            try (HooksTestClient c = HOOKS.clean("exp-c")) {
                c.subscribe("short/#", 1).subscribe("reject/own", 1);
                assertThat(c.poll(300)).isNull();
            }
        }
    }
}
