package dev.mooring.hazard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.TestBroker;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A listener with limits of its own beside one without. */
class ListenerLimitsTest {
    private static final String OPEN = "{\"type\": \"tcp\", \"host\": \"127.0.0.1\", \"port\": 0}";

    private static String config(String limits) {
        return "{\"listeners\": [" + OPEN + ", " + OPEN.replace("}", ", \"limits\": {" + limits + "}}") + "]}";
    }

    private static void with(String limits, Consumer<TestBroker> test) {
        try (TestBroker broker = TestBroker.start(config(limits))) {
            test.accept(broker);
        }
    }

    private static int bounded(TestBroker broker) {
        return broker.broker().ports().get(1);
    }

    @Test
    @DisplayName("packet_size_max: CONNACK tells it, and a larger packet ends the connection, here and not beside; a"
            + " reload changes it for who comes then")
    void packetSize() {
        with("\"packet_size_max\": 200", broker -> {
            try (Peer small = Peer.open(bounded(broker));
                    Peer large = Peer.online(broker.port(), 5, "large")) {
                Frame connack = small.connect(Bytes.Connect.of(5, "small"));
                assertThat(HexFormat.of().formatHex(connack.body())).contains("27000000c8"); // 200 bytes
                large.publish("t", "x".repeat(300));
                small.publish("t", "x".repeat(100));
                small.send(Bytes.publish(5, "t", "x".repeat(300), 1, 7));
                small.expectDisconnect(0x95);
            }
            assertThat(broker.reload(config("\"packet_size_max\": 400")).changed())
                    .containsExactly("/listeners/1/limits/packet_size_max");
            try (Peer small = Peer.online(bounded(broker), 5, "small")) {
                small.publish("t", "x".repeat(300));
            }
        });
    }

    @Test
    @DisplayName("connect_rate_max: more CONNECTs in a second are refused here, and are not in others' way")
    void connectRate() {
        with(
                "\"connect_rate_max\": 3",
                broker -> Wait.until("one too many here", () -> {
                    Peer.online(broker.port(), 5, "beside").disconnect();
                    try (Peer p = Peer.open(bounded(broker)).version(5)) {
                        p.send(Bytes.Connect.of(5, "c").bytes());
                        int reason = p.expect(Frame.CONNACK).reason();
                        assertThat(reason).isIn(0, 0x9F);
                        return reason == 0x9F;
                    }
                }));
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"\"message_rate_max\": 20", "\"byte_rate_max\": 2000"})
    @DisplayName("message_rate_max, byte_rate_max: who sends more is read more slowly, and loses nothing")
    void rates(String limit) {
        with(limit, broker -> {
            try (Peer writer = Peer.online(bounded(broker), 4, "writer");
                    Peer reader = Peer.online(broker.port(), 4, "reader")) {
                reader.subscribe(0, "t");
                long startNs = System.nanoTime();
                for (int i = 0; i < 60; i++) { // three times what a second may bring
                    writer.send(Bytes.publish(4, "t", "x".repeat(100), 0, 0));
                }
                for (int i = 0; i < 60; i++) {
                    reader.expect(Frame.PUBLISH);
                }
                assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs))
                        .isGreaterThan(1_000);
            }
        });
    }
}
