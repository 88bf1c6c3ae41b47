package dev.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.dynamodb.NeedsNode;
import dev.mooring.it.PacketClient.Received;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttSubscriptionOption;
import io.netty.handler.codec.mqtt.MqttSubscriptionOption.RetainedHandlingPolicy;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is still there after the broker has ended and started again. Each scenario prepares something and returns what
 * is to hold after the restart; one restart serves all.
 */
class RestartIT {
    @TempDir
    private Path folder;

    private MooringProcess broker;

    record Scenario(String name, Executable afterRestart) {}

    @TestFactory
    @DisplayName("kill -9")
    Stream<DynamicTest> kill9() {
        return scenarios(Backend.EMBEDDED, MooringProcess::kill9);
    }

    @TestFactory
    @DisplayName("SIGTERM")
    Stream<DynamicTest> sigterm() {
        return scenarios(Backend.EMBEDDED, MooringProcess::terminate);
    }

    @TestFactory
    @DisplayName("kill -9, and another broker on the same Redis")
    Stream<DynamicTest> kill9OnRedis() {
        return scenarios(Backend.REDIS, MooringProcess::kill9);
    }

    @TestFactory
    @DisplayName("SIGTERM, and another broker on the same Redis")
    Stream<DynamicTest> sigtermOnRedis() {
        return scenarios(Backend.REDIS, MooringProcess::terminate);
    }

    @NeedsNode
    @TestFactory
    @DisplayName("kill -9, and another broker on the same DynamoDB")
    Stream<DynamicTest> kill9OnDynamoDb() {
        return scenarios(Backend.DYNAMODB, MooringProcess::kill9);
    }

    @NeedsNode
    @TestFactory
    @DisplayName("SIGTERM, and another broker on the same DynamoDB")
    Stream<DynamicTest> sigtermOnDynamoDb() {
        return scenarios(Backend.DYNAMODB, MooringProcess::terminate);
    }

    @AfterEach
    void stop() {
        broker.close();
    }

    private Stream<DynamicTest> scenarios(Backend backend, java.util.function.Consumer<MooringProcess> end) {
        broker = backend.in(folder, "").start();
        List<Scenario> prepared = prepare(broker.port());
        end.accept(broker);
        assertThat(broker.data().toFile().exists())
                .as("what the next broker knows, it knows from the server")
                .isEqualTo(backend == Backend.EMBEDDED);
        if (backend != Backend.EMBEDDED) {
            broker.arguments("--set", "/node/name=another");
        }
        broker.start();
        return prepared.stream().map(s -> DynamicTest.dynamicTest(s.name, s.afterRestart));
    }

    /** All of them, on a broker that runs. */
    static List<Scenario> prepare(int port) {
        List<Function<Integer, Scenario>> all = List.of(
                RestartIT::subscriptionOptions,
                RestartIT::sharedQueue,
                RestartIT::queued,
                RestartIT::queued311,
                RestartIT::inFlightQos1,
                RestartIT::inFlightQos2,
                RestartIT::released,
                RestartIT::inboundQos2,
                RestartIT::acknowledged,
                RestartIT::retained,
                RestartEndScenarios::sessionExpiry,
                RestartEndScenarios::messageExpiry,
                RestartEndScenarios::cleanSessionEnds,
                RestartEndScenarios::willOfConnected,
                RestartEndScenarios::willAfterTakeOver,
                RestartEndScenarios::delayedWill);
        return all.stream().map(s -> s.apply(port)).toList();
    }

    // ---- subscriptions
    // -------------------------------------------------------------------------------------------------

    private static Scenario subscriptionOptions(int port) {
        PacketClient options = PacketClient.online(port, Connect.v5("options"));
        options.subscribe("options/own", option(1, true, false), 0)
                .subscribe("options/retain/+", option(1, false, true), 0)
                .subscribe("options/+/7", option(0, false, false), 7)
                .subscribe("options/id/#", option(2, false, false), 268_435_455)
                .subscribe("options/gone", option(1, false, false), 0)
                .unsubscribe("options/gone");
        PacketClient other = PacketClient.online(port, Connect.clean("options-other"));
        other.publish("options/retain/x", "old", 1, true);
        options.takePublish("options/retain/x", "old");
        options.disconnect();
        other.disconnect();
        return new Scenario("subscriptions keep all their options", () -> {
            PacketClient back = PacketClient.online(port, Connect.v5("options"));
            assertThat(back.sessionPresent()).isTrue();
            back.publish("options/own", "not to me", 1).publish("options/gone", "nobody", 1);
            PacketClient third = PacketClient.online(port, Connect.clean("options-third"));
            third.publish("options/retain/x", "new", 1, true)
                    .publish("options/id/7", "twice", 2)
                    .publish("options/own", "from another", 1);
            assertThat(back.takePublish("options/retain/x", "new").retain()).isTrue();
            Received a = back.takePublish("options/id/7", "twice");
            assertThat(a.qos()).isEqualTo(2);
            assertThat(a.identifiers()).containsExactlyInAnyOrder(7, 268_435_455);
            back.takePublish("options/own", "from another");
            back.subscribe("options/retain/+", handling(true), 0); // it exists: no retained message
            assertThat(back.untilPingresp()).isEmpty();
            back.subscribe("options/retain/+", handling(false), 0);
            assertThat(back.takePublish("options/retain/x", "new").retain()).isTrue();
            third.disconnect();
            back.disconnect();
        });
    }

    private static MqttSubscriptionOption option(int qos, boolean noLocal, boolean retainAsPublished) {
        return new MqttSubscriptionOption(
                MqttQoS.valueOf(qos), noLocal, retainAsPublished, RetainedHandlingPolicy.SEND_AT_SUBSCRIBE);
    }

    private static MqttSubscriptionOption handling(boolean onlyIfNew) {
        return new MqttSubscriptionOption(
                MqttQoS.AT_LEAST_ONCE,
                false,
                true,
                onlyIfNew
                        ? RetainedHandlingPolicy.SEND_AT_SUBSCRIBE_IF_NOT_YET_EXISTS
                        : RetainedHandlingPolicy.SEND_AT_SUBSCRIBE);
    }

    private static Scenario sharedQueue(int port) {
        for (String member : List.of("shared-1", "shared-2")) {
            PacketClient client = PacketClient.online(port, Connect.v5(member));
            client.subscribe("$share/group/shared/#", 2).disconnect();
        }
        PacketClient publisher = PacketClient.online(port, Connect.clean("shared-publisher"));
        publisher.publish("shared/a", "1", 1).publish("shared/a", "2", 2).publish("shared/a", "3", 1);
        publisher.disconnect();
        return new Scenario("a group without a member on line keeps its messages for the first that comes", () -> {
            PacketClient first = PacketClient.online(port, Connect.v5("shared-1"));
            first.takePublish("shared/a", "1");
            assertThat(first.takePublish("shared/a", "2").qos()).isEqualTo(2);
            first.takePublish("shared/a", "3");
            PacketClient second = PacketClient.online(port, Connect.v5("shared-2"));
            assertThat(second.untilPingresp()).isEmpty();
            first.disconnect();
            PacketClient again = PacketClient.online(port, Connect.clean("shared-publisher"));
            again.publish("shared/a", "4", 1).disconnect();
            second.takePublish("shared/a", "4");
            second.disconnect();
        });
    }

    // ---- queues
    // --------------------------------------------------------------------------------------------------------

    private static Scenario queued(int port) {
        return queued(port, Connect.v5("queued"), Connect.v5("queued"), "queued");
    }

    private static Scenario queued311(int port) {
        return queued(port, Connect.v311("queued311"), Connect.v311("queued311"), "queued311");
    }

    private static Scenario queued(int port, Connect first, Connect second, String topic) {
        PacketClient subscriber = PacketClient.online(port, first);
        subscriber.subscribe(topic, 2).disconnect();
        PacketClient publisher = PacketClient.online(port, Connect.clean(topic + "-publisher"));
        for (int i = 0; i < 10; i++) {
            publisher.publish(topic, "" + i, 1 + i % 2);
        }
        publisher.disconnect();
        return new Scenario("queued messages come in order: " + topic, () -> {
            PacketClient back = PacketClient.online(port, second);
            assertThat(back.sessionPresent()).isTrue();
            for (int i = 0; i < 10; i++) {
                Received p = back.takePublish(topic, "" + i);
                assertThat(p.qos()).isEqualTo(1 + i % 2);
                assertThat(p.dup()).isFalse();
            }
            assertThat(back.untilPingresp()).isEmpty();
            back.disconnect();
        });
    }

    /** The packet ids of QoS 1 are stored when the connection ends; the Will shows that it has. */
    private static Scenario inFlightQos1(int port) {
        PacketClient witness = PacketClient.online(port, Connect.v5("qos1-witness"));
        witness.subscribe("qos1-gone", 1);
        PacketClient subscriber = PacketClient.online(port, Connect.v5("qos1").will("qos1-gone", "gone", 1, false, 0));
        subscriber.subscribe("qos1", 1);
        witness.publish("qos1", "a", 1).publish("qos1", "b", 1).publish("qos1", "c", 1);
        int a = subscriber.expectPublish("qos1", "a").packetId();
        int b = subscriber.expectPublish("qos1", "b").packetId();
        int c = subscriber.expectPublish("qos1", "c").packetId();
        subscriber.ack(MqttMessageType.PUBACK, b);
        assertThat(subscriber.untilPingresp()).isEmpty();
        subscriber.close();
        witness.takePublish("qos1-gone", "gone");
        witness.publish("qos1", "d", 1).disconnect();
        return new Scenario("unacknowledged QoS 1 comes again, same packet ids, DUP, before what is new", () -> {
            PacketClient back = PacketClient.online(port, Connect.v5("qos1"));
            assertAgain(back.takePublish("qos1", "a"), a);
            assertAgain(back.takePublish("qos1", "c"), c);
            Received d = back.takePublish("qos1", "d");
            assertThat(d.dup()).isFalse();
            assertThat(back.untilPingresp()).isEmpty();
            back.disconnect();
        });
    }

    private static void assertAgain(Received packet, int packetId) {
        assertThat(packet.packetId()).as("%s", packet).isEqualTo(packetId);
        assertThat(packet.dup()).as("%s", packet).isTrue();
    }

    /** Connected when the broker ends: QoS 2 packet ids are stored before they are used. */
    private static Scenario inFlightQos2(int port) {
        PacketClient subscriber = PacketClient.online(port, Connect.v5("qos2").receiveMaximum(2));
        subscriber.subscribe("qos2", 2);
        PacketClient publisher = PacketClient.online(port, Connect.clean("qos2-publisher"));
        publisher
                .publish("qos2", "a", 2)
                .publish("qos2", "b", 2)
                .publish("qos2", "c", 2)
                .disconnect();
        int a = subscriber.expectPublish("qos2", "a").packetId();
        int b = subscriber.expectPublish("qos2", "b").packetId();
        return new Scenario("unacknowledged QoS 2 of a live connection comes again, same packet ids, DUP", () -> {
            PacketClient back = PacketClient.online(port, Connect.v5("qos2"));
            Received first = back.expectPublish("qos2", "a");
            assertAgain(first, a);
            Received second = back.expectPublish("qos2", "b");
            assertAgain(second, b);
            Received third = back.expectPublish("qos2", "c");
            assertThat(third.dup()).isFalse();
            assertThat(third.packetId()).isNotIn(a, b);
            back.finish(first);
            back.finish(second);
            back.finish(third);
            assertThat(back.untilPingresp()).isEmpty();
            back.disconnect();
            subscriber.close();
        });
    }

    private static Scenario released(int port) {
        PacketClient subscriber = PacketClient.online(port, Connect.v5("released"));
        subscriber.subscribe("released", 2);
        PacketClient publisher = PacketClient.online(port, Connect.clean("released-publisher"));
        publisher.publish("released", "a", 2).disconnect();
        int a = subscriber.expectPublish("released", "a").packetId();
        subscriber.ack(MqttMessageType.PUBREC, a);
        subscriber.expect(MqttMessageType.PUBREL, a);
        return new Scenario("after PUBREC only PUBREL comes again", () -> {
            PacketClient back = PacketClient.online(port, Connect.v5("released"));
            back.expect(MqttMessageType.PUBREL, a);
            back.ack(MqttMessageType.PUBCOMP, a);
            assertThat(back.untilPingresp()).isEmpty();
            back.disconnect();
            subscriber.close();
        });
    }

    private static Scenario inboundQos2(int port) {
        PacketClient subscriber = PacketClient.online(port, Connect.v5("inbound-sub"));
        subscriber.subscribe("inbound", 2).disconnect();
        PacketClient publisher = PacketClient.online(port, Connect.v5("inbound-pub"));
        publisher.sendPublish("inbound", "once", 2, 77, false, false);
        publisher.expect(MqttMessageType.PUBREC, 77);
        return new Scenario("a QoS 2 PUBLISH repeated over the restart is not delivered twice", () -> {
            PacketClient again = PacketClient.online(port, Connect.v5("inbound-pub"));
            assertThat(again.sessionPresent()).isTrue();
            again.sendPublish("inbound", "once", 2, 77, true, false).complete(2, 77);
            again.sendPublish("inbound", "next", 2, 77, false, false).complete(2, 77);
            PacketClient back = PacketClient.online(port, Connect.v5("inbound-sub"));
            back.takePublish("inbound", "once");
            back.takePublish("inbound", "next");
            assertThat(back.untilPingresp()).isEmpty();
            again.disconnect();
            back.disconnect();
            publisher.close();
        });
    }

    private static Scenario acknowledged(int port) {
        PacketClient subscriber = PacketClient.online(port, Connect.v5("acked"));
        subscriber.subscribe("acked/#", 2);
        PacketClient publisher = PacketClient.online(port, Connect.clean("acked-publisher"));
        for (int i = 0; i < 20; i++) {
            publisher.publish("acked/a", "" + i, 1 + i % 2);
            subscriber.takePublish("acked/a", "" + i);
        }
        publisher.disconnect();
        subscriber.publish("acked/b", "stored behind the acks", 1);
        return new Scenario("what a subscriber has acknowledged does not come back", () -> {
            PacketClient back = PacketClient.online(port, Connect.v5("acked"));
            Received last = back.takePublish("acked/b", "stored behind the acks");
            assertThat(last.qos()).isEqualTo(1);
            assertThat(back.untilPingresp()).isEmpty();
            back.disconnect();
            subscriber.close();
        });
    }

    // ---- retained messages
    // -------------------------------------------------------------------------------------------

    private static Scenario retained(int port) {
        PacketClient publisher = PacketClient.online(port, Connect.clean("retained-publisher"));
        publisher
                .publish("retained/set", "1", 1, true)
                .publish("retained/replaced", "1", 1, true)
                .publish("retained/replaced", "2", 2, true)
                .publish("retained/deleted", "1", 1, true)
                .publish("retained/deleted", "", 1, true)
                .publish("retained/qos0", "0", 0, true)
                .publish("retained/last", "1", 1, true)
                .disconnect();
        return new Scenario("retained messages: set, replaced, deleted", () -> {
            PacketClient reader = PacketClient.online(port, Connect.clean("retained-reader"));
            reader.subscribe("retained/#", 1);
            List<String> got = reader.untilPingresp().stream()
                    .peek(p -> assertThat(p.retain()).isTrue())
                    .map(p -> p.topic() + "=" + p.payload() + " " + p.qos())
                    .toList();
            assertThat(got)
                    .containsExactlyInAnyOrder(
                            "retained/set=1 1", "retained/replaced=2 1", "retained/qos0=0 0", "retained/last=1 1");
            reader.close();
        });
    }
}
