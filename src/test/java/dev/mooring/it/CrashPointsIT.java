package dev.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.bus.CrashPoint;
import dev.mooring.dynamodb.NeedsNode;
import dev.mooring.it.PacketClient.Received;
import io.netty.handler.codec.mqtt.MqttMessageType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Crashes the broker at every named point, starts it again, and checks what it had promised. A scenario goes on until
 * the broker is gone and returns what is to hold after the restart.
 */
class CrashPointsIT {
    private static final int PACKET_ID = 7;

    @TempDir
    private Path folder;

    private MooringProcess broker;

    @AfterEach
    void stop() {
        broker.close();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a crash here breaks no promise")
    void crash(CrashPoint point) throws Throwable {
        crash(point, Backend.EMBEDDED);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.MATCH_ANY, names = ".*_(STORED|MOVED|RELEASED)")
    @DisplayName("a crash here, with the state just stored in Redis, breaks no promise")
    void crashOnRedis(CrashPoint point) throws Throwable {
        crash(point, Backend.REDIS);
    }

    @NeedsNode
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.MATCH_ANY, names = ".*_(STORED|MOVED|RELEASED)")
    @DisplayName("a crash here, with the state just stored in DynamoDB, breaks no promise")
    void crashOnDynamoDb(CrashPoint point) throws Throwable {
        crash(point, Backend.DYNAMODB);
    }

    private void crash(CrashPoint point, Backend backend) throws Throwable {
        broker = backend.in(folder, "").options("-Dmooring.crash=" + point + ":" + hits(point));
        broker.start();
        Executable promises = scenario(point);
        assertThat(broker.awaitExit())
                .as("halted at %s:\n%s", point, broker.output())
                .isEqualTo(CrashPoint.EXIT_CODE);
        broker.options().start();
        promises.execute();
    }

    /** Which hit of the point is the interesting one; those before belong to the preparation. */
    private static int hits(CrashPoint point) {
        return switch (point) {
            case SESSION_STORED, PUBLISH_RECEIVED, PUBLISH_STORED -> 2;
            case COMMIT_BEGINS, COMMIT_DONE -> 23;
            default -> 1;
        };
    }

    /** Without default: a new crash point does not compile until it has a scenario. */
    private Executable scenario(CrashPoint point) {
        return switch (point) {
            case SESSION_STORED -> resumedSession();
            case SESSION_TAKEN_OVER -> takeOver();
            case SESSION_CLOSED -> closedSession();
            case SUBSCRIPTION_STORED -> subscription();
            case INBOUND_RECEIVED, INBOUND_STORED, INBOUND_RELEASED -> inbound();
            case PUBLISH_RECEIVED -> retained(false);
            case PUBLISH_STORED -> retained(true);
            case OUTBOUND_ID_STORED -> outboundBeforePublish();
            case OUTBOUND_RECEIVED -> outboundPubrec(false);
            case OUTBOUND_RELEASE_STORED -> outboundPubrec(true);
            case OUTBOUND_ACKED -> outboundPubcomp();
            case WILL_DUE, WILL_STORED -> will();
            case SHARED_MOVED -> shared();
            case COMMIT_BEGINS, COMMIT_DONE -> commits();
        };
    }

    // ---- sessions
    // ------------------------------------------------------------------------------------------------------

    private Executable resumedSession() {
        offlineSubscriber("a");
        publish(Connect.clean("p"), "a", "1", 2);
        assertThat(open(Connect.v5("a")).untilEnd()).as("no CONNACK").isEmpty();
        return () -> assertReceives("a", "1");
    }

    private Executable takeOver() {
        PacketClient first = online(Connect.v5("a")).subscribe("a", 2);
        publish(Connect.clean("p"), "a", "1", 2);
        int packetId = first.expectPublish("a", "1").packetId();
        PacketClient second = open(Connect.v5("a"));
        assertThat(second.untilEnd()).as("no CONNACK").isEmpty();
        return () -> {
            PacketClient back = online(Connect.v5("a"));
            assertThat(back.sessionPresent()).isTrue();
            Received again = back.takePublish("a", "1");
            assertThat(again.packetId()).isEqualTo(packetId);
            assertThat(again.dup()).isTrue();
            assertThat(back.untilPingresp()).isEmpty();
            back.disconnect();
        };
    }

    private Executable closedSession() {
        PacketClient a = online(Connect.v5("a")).subscribe("a", 2);
        a.disconnect();
        return () -> {
            publish(Connect.clean("p"), "a", "1", 2);
            assertReceives("a", "1");
        };
    }

    private Executable subscription() {
        PacketClient a = online(Connect.v5("a"));
        int packetId = 9;
        a.send(io.netty.handler.codec.mqtt.MqttMessageBuilders.subscribe()
                .messageId(packetId)
                .addSubscription(io.netty.handler.codec.mqtt.MqttQoS.EXACTLY_ONCE, "a")
                .build());
        assertThat(a.untilEnd()).as("no SUBACK").isEmpty();
        return () -> {
            PacketClient back = online(Connect.v5("a"));
            assertThat(back.sessionPresent()).isTrue();
            back.subscribe("a", 2).disconnect();
            publish(Connect.clean("p"), "a", "1", 2);
            assertReceives("a", "1");
        };
    }

    // ---- from the publisher
    // -------------------------------------------------------------------------------------------

    private Executable inbound() {
        offlineSubscriber("a");
        PacketClient publisher = online(Connect.v5("p"));
        publisher.sendPublish("a", "once", 2, PACKET_ID, false, false);
        boolean released = publish2(publisher);
        return () -> {
            PacketClient again = online(Connect.v5("p"));
            assertThat(again.sessionPresent()).isTrue();
            finish2(again, released, "once", PACKET_ID);
            again.sendPublish("a", "next", 2, PACKET_ID, false, false).complete(2, PACKET_ID);
            again.disconnect();
            assertReceives("a", "once", "next");
        };
    }

    /** Goes on with QoS 2 to the end of the connection; returns whether PUBREC had come. */
    private static boolean publish2(PacketClient publisher) {
        List<Received> answers = new ArrayList<>();
        Received pubrec = publisher.nextWithin((int) MooringProcess.PATIENCE.toMillis());
        if (pubrec == null) {
            assertThat(publisher.ended()).isTrue();
            return false;
        }
        assertThat(pubrec.type()).isEqualTo(MqttMessageType.PUBREC);
        publisher.ack(MqttMessageType.PUBREL, pubrec.packetId());
        answers.addAll(publisher.untilEnd());
        assertThat(answers).as("no PUBCOMP").isEmpty();
        return true;
    }

    private static void finish2(PacketClient publisher, boolean released, String payload, int packetId) {
        if (released) {
            publisher.ack(MqttMessageType.PUBREL, packetId);
            publisher.expectAck(MqttMessageType.PUBCOMP, packetId);
        } else {
            publisher.sendPublish("a", payload, 2, packetId, true, false).complete(2, packetId);
        }
    }

    private Executable retained(boolean stored) {
        offlineSubscriber("a");
        PacketClient publisher = online(Connect.clean("p"));
        publisher.publish("a", "1", 1, true);
        publisher.sendPublish("a", "2", 1, PACKET_ID, false, true);
        assertThat(publisher.untilEnd()).as("no PUBACK").isEmpty();
        return () -> {
            PacketClient reader = online(Connect.clean("reader")).subscribe("a", 1);
            reader.takePublish("a", stored ? "2" : "1");
            PacketClient again = online(Connect.clean("p"));
            again.sendPublish("a", "2", 1, PACKET_ID, true, true).complete(1, PACKET_ID);
            again.disconnect();
            reader.takePublish("a", "2");
            reader.close();
            if (stored) {
                assertReceives("a", "1", "2", "2"); // at least once
            } else {
                assertReceives("a", "1", "2");
            }
        };
    }

    /** One QoS 2 message after the other, until a commit ends the broker. */
    private Executable commits() {
        offlineSubscriber("a");
        PacketClient publisher = online(Connect.v5("p"));
        List<String> sent = new ArrayList<>();
        boolean released = false;
        while (!publisher.ended()) {
            String payload = "" + sent.size();
            sent.add(payload);
            released = false;
            publisher.sendPublish("a", payload, 2, sent.size(), false, false);
            if (publisher.nextWithin((int) MooringProcess.PATIENCE.toMillis()) != null) {
                released = true;
                publisher.ack(MqttMessageType.PUBREL, sent.size());
                publisher.nextWithin((int) MooringProcess.PATIENCE.toMillis());
            }
        }
        boolean lastReleased = released;
        return () -> {
            PacketClient again = online(Connect.v5("p"));
            finish2(again, lastReleased, sent.get(sent.size() - 1), sent.size());
            again.disconnect();
            assertReceives("a", sent.toArray(new String[0]));
        };
    }

    // ---- to the subscriber
    // --------------------------------------------------------------------------------------------

    private Executable outboundBeforePublish() {
        PacketClient a = online(Connect.v5("a")).subscribe("a", 2);
        PacketClient publisher = online(Connect.clean("p"));
        publisher.sendPublish("a", "1", 2, PACKET_ID, false, false);
        assertThat(a.untilEnd()).as("no PUBLISH").isEmpty();
        return () -> assertReceives("a", "1");
    }

    private Executable outboundPubrec(boolean stored) {
        PacketClient a = online(Connect.v5("a")).subscribe("a", 2);
        publish(Connect.clean("p"), "a", "1", 2);
        int packetId = a.expectPublish("a", "1").packetId();
        a.ack(MqttMessageType.PUBREC, packetId);
        assertThat(a.untilEnd()).as("no PUBREL").isEmpty();
        return () -> {
            PacketClient back = online(Connect.v5("a"));
            if (stored) {
                back.expect(MqttMessageType.PUBREL, packetId);
                back.ack(MqttMessageType.PUBCOMP, packetId);
            } else {
                Received again = back.takePublish("a", "1"); // the client knows this packet id
                assertThat(again.packetId()).isEqualTo(packetId);
                assertThat(again.dup()).isTrue();
            }
            assertThat(back.untilPingresp()).isEmpty();
            back.disconnect();
        };
    }

    private Executable outboundPubcomp() {
        PacketClient a = online(Connect.v5("a")).subscribe("a", 2);
        publish(Connect.clean("p"), "a", "1", 2);
        int packetId = a.takePublish("a", "1").packetId();
        a.untilEnd();
        return () -> {
            PacketClient back = online(Connect.v5("a"));
            back.expect(MqttMessageType.PUBREL, packetId);
            back.ack(MqttMessageType.PUBCOMP, packetId);
            assertThat(back.untilPingresp()).isEmpty();
            back.disconnect();
        };
    }

    private Executable will() {
        offlineSubscriber("a");
        PacketClient dying = online(Connect.v5("dying").will("a", "gone", 2, false, 0));
        dying.close();
        return () -> {
            PacketClient watcher = online(Connect.v5("a"));
            watcher.takePublish("a", "gone");
            publish(Connect.clean("p"), "a", "end", 1);
            watcher.takePublish("a", "end");
            assertThat(watcher.untilPingresp()).isEmpty();
            watcher.disconnect();
        };
    }

    private Executable shared() {
        online(Connect.v5("one")).subscribe("$share/g/a", 2).disconnect();
        online(Connect.v5("two")).subscribe("$share/g/a", 2).disconnect();
        publish(Connect.clean("p"), "a", "1", 2);
        publish(Connect.clean("p"), "a", "2", 1);
        open(Connect.v5("one")).untilEnd(); // with CONNACK or without: the group's shard does not wait for it
        return () -> {
            PacketClient two = online(Connect.v5("two"));
            assertThat(two.untilPingresp()).isEmpty();
            two.disconnect();
            assertReceives("one", "1", "2");
        };
    }

    // ---- steps
    // ---------------------------------------------------------------------------------------------------------

    private PacketClient online(Connect connect) {
        return PacketClient.online(broker.port(), connect);
    }

    private PacketClient open(Connect connect) {
        return PacketClient.open(broker.port(), connect);
    }

    private void offlineSubscriber(String clientIdAndTopic) {
        online(Connect.v5(clientIdAndTopic)).subscribe(clientIdAndTopic, 2).disconnect();
    }

    private void publish(Connect connect, String topic, String payload, int qos) {
        online(connect).publish(topic, payload, qos).disconnect();
    }

    /** On topic "a", once each, in this order, and nothing more. */
    private void assertReceives(String clientId, String... payloads) {
        PacketClient back = online(Connect.v5(clientId));
        assertThat(back.sessionPresent()).isTrue();
        for (String payload : payloads) {
            back.takePublish("a", payload);
        }
        assertThat(back.untilPingresp()).isEmpty();
        back.disconnect();
    }
}
