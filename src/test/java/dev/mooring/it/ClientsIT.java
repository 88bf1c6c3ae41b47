package dev.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt3.Mqtt3BlockingClient;
import com.hivemq.client.mqtt.mqtt3.Mqtt3Client;
import com.hivemq.client.mqtt.mqtt3.Mqtt3ClientBuilder;
import com.hivemq.client.mqtt.mqtt3.message.publish.Mqtt3Publish;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5Client;
import com.hivemq.client.mqtt.mqtt5.Mqtt5ClientBuilder;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.mqtt.MqttClient;
import io.vertx.mqtt.MqttClientOptions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The client libraries that Java programs use: each connects, subscribes and publishes at every QoS. */
class ClientsIT {
    private static final long PATIENCE_S = MooringProcess.PATIENCE.toSeconds();
    private static final List<String> EXPECTED = List.of("t/0 hi 0", "t/1 hi 1", "t/2 hi 2");

    @TempDir
    private static Path folder;

    private static MooringProcess broker;

    @BeforeAll
    static void start() {
        broker = MooringProcess.in(folder).start();
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @Test
    @DisplayName("HiveMQ client, MQTT 5 over TCP")
    void hiveMq5() throws InterruptedException {
        hiveMq5(Mqtt5Client.builder().serverHost("127.0.0.1").serverPort(broker.port()), "hive5");
    }

    @Test
    @DisplayName("HiveMQ client, MQTT 5 over WebSocket")
    void hiveMq5WebSocket() throws InterruptedException {
        hiveMq5(
                Mqtt5Client.builder()
                        .serverHost("127.0.0.1")
                        .serverPort(broker.webSocketPort())
                        .webSocketConfig()
                        .serverPath("mqtt")
                        .applyWebSocketConfig(),
                "hive5ws");
    }

    private static void hiveMq5(Mqtt5ClientBuilder builder, String id) throws InterruptedException {
        Mqtt5BlockingClient client = builder.identifier(id).buildBlocking();
        client.connect();
        try (Mqtt5BlockingClient.Mqtt5Publishes in = client.publishes(MqttGlobalPublishFilter.ALL)) {
            client.subscribeWith()
                    .topicFilter(id + "/#")
                    .qos(MqttQos.EXACTLY_ONCE)
                    .send();
            List<String> got = new ArrayList<>();
            for (int qos = 0; qos < 3; qos++) {
                client.publishWith()
                        .topic(id + "/" + qos)
                        .payload(payload(qos))
                        .qos(MqttQos.fromCode(qos))
                        .send();
                Mqtt5Publish p = in.receive(PATIENCE_S, TimeUnit.SECONDS).orElseThrow();
                got.add(line(
                        id,
                        p.getTopic().toString(),
                        p.getPayloadAsBytes(),
                        p.getQos().getCode()));
            }
            assertThat(got).isEqualTo(EXPECTED);
        } finally {
            client.disconnect();
        }
    }

    @Test
    @DisplayName("HiveMQ client, MQTT 3.1.1 over TCP")
    void hiveMq3() throws InterruptedException {
        hiveMq3(Mqtt3Client.builder().serverHost("127.0.0.1").serverPort(broker.port()), "hive3");
    }

    @Test
    @DisplayName("HiveMQ client, MQTT 3.1.1 over WebSocket")
    void hiveMq3WebSocket() throws InterruptedException {
        hiveMq3(
                Mqtt3Client.builder()
                        .serverHost("127.0.0.1")
                        .serverPort(broker.webSocketPort())
                        .webSocketConfig()
                        .serverPath("mqtt")
                        .applyWebSocketConfig(),
                "hive3ws");
    }

    private static void hiveMq3(Mqtt3ClientBuilder builder, String id) throws InterruptedException {
        Mqtt3BlockingClient client = builder.identifier(id).buildBlocking();
        client.connect();
        try (Mqtt3BlockingClient.Mqtt3Publishes in = client.publishes(MqttGlobalPublishFilter.ALL)) {
            client.subscribeWith()
                    .topicFilter(id + "/#")
                    .qos(MqttQos.EXACTLY_ONCE)
                    .send();
            List<String> got = new ArrayList<>();
            for (int qos = 0; qos < 3; qos++) {
                client.publishWith()
                        .topic(id + "/" + qos)
                        .payload(payload(qos))
                        .qos(MqttQos.fromCode(qos))
                        .send();
                Mqtt3Publish p = in.receive(PATIENCE_S, TimeUnit.SECONDS).orElseThrow();
                got.add(line(
                        id,
                        p.getTopic().toString(),
                        p.getPayloadAsBytes(),
                        p.getQos().getCode()));
            }
            assertThat(got).isEqualTo(EXPECTED);
        } finally {
            client.disconnect();
        }
    }

    @Test
    @DisplayName("Paho, MQTT 3.1.1 over TCP")
    void paho3() throws Exception {
        paho3("tcp://127.0.0.1:" + broker.port(), "paho3");
    }

    @Test
    @DisplayName("Paho, MQTT 3.1.1 over WebSocket")
    void paho3WebSocket() throws Exception {
        paho3("ws://127.0.0.1:" + broker.webSocketPort() + "/mqtt", "paho3ws");
    }

    private static void paho3(String uri, String id) throws Exception {
        BlockingQueue<String> in = new LinkedBlockingQueue<>();
        var client = new org.eclipse.paho.client.mqttv3.MqttClient(uri, id, new MemoryPersistence());
        client.connect();
        try {
            client.subscribe(id + "/#", 2, (topic, m) -> in.add(line(id, topic, m.getPayload(), m.getQos())));
            List<String> got = new ArrayList<>();
            for (int qos = 0; qos < 3; qos++) {
                client.publish(id + "/" + qos, payload(qos), qos, false);
                got.add(in.poll(PATIENCE_S, TimeUnit.SECONDS));
            }
            assertThat(got).isEqualTo(EXPECTED);
        } finally {
            client.disconnect();
            client.close();
        }
    }

    @Test
    @DisplayName("Paho, MQTT 5 over TCP")
    void paho5() throws Exception {
        paho5("tcp://127.0.0.1:" + broker.port(), "paho5");
    }

    @Test
    @DisplayName("Paho, MQTT 5 over WebSocket")
    void paho5WebSocket() throws Exception {
        paho5("ws://127.0.0.1:" + broker.webSocketPort() + "/mqtt", "paho5ws");
    }

    private static void paho5(String uri, String id) throws Exception {
        BlockingQueue<String> in = new LinkedBlockingQueue<>();
        var client = new org.eclipse.paho.mqttv5.client.MqttClient(
                uri, id, new org.eclipse.paho.mqttv5.client.persist.MemoryPersistence());
        client.setCallback(new PahoListener(m -> in.add(m)));
        client.connect();
        try {
            client.subscribe(id + "/#", 2);
            List<String> got = new ArrayList<>();
            for (int qos = 0; qos < 3; qos++) {
                client.publish(id + "/" + qos, payload(qos), qos, false);
                got.add(in.poll(PATIENCE_S, TimeUnit.SECONDS));
            }
            assertThat(got).isEqualTo(EXPECTED);
        } finally {
            client.disconnect();
            client.close();
        }
    }

    @Test
    @DisplayName("vertx-mqtt's client, MQTT 3.1.1")
    void vertx() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            BlockingQueue<String> in = new LinkedBlockingQueue<>();
            MqttClient client = MqttClient.create(vertx, new MqttClientOptions().setClientId("vertx"));
            client.publishHandler(m -> in.add(line(
                    "vertx", m.topicName(), m.payload().getBytes(), m.qosLevel().value())));
            get(client.connect(broker.port(), "127.0.0.1"));
            BlockingQueue<Integer> granted = new LinkedBlockingQueue<>();
            client.subscribeCompletionHandler(s -> granted.addAll(s.grantedQoSLevels()));
            get(client.subscribe("vertx/#", 2));
            assertThat(granted.poll(PATIENCE_S, TimeUnit.SECONDS)).isEqualTo(2);
            List<String> got = new ArrayList<>();
            for (int qos = 0; qos < 3; qos++) {
                get(client.publish(
                        "vertx/" + qos,
                        Buffer.buffer(payload(qos)),
                        io.netty.handler.codec.mqtt.MqttQoS.valueOf(qos),
                        false,
                        false));
                got.add(in.poll(PATIENCE_S, TimeUnit.SECONDS));
            }
            assertThat(got).isEqualTo(EXPECTED);
            get(client.disconnect());
        } finally {
            get(vertx.close());
        }
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(PATIENCE_S, TimeUnit.SECONDS);
    }

    private static byte[] payload(int qos) {
        return ("hi " + qos).getBytes(StandardCharsets.UTF_8);
    }

    /** Topic without the client's prefix, payload; and the QoS, which must be the one in the topic. */
    static String line(String id, String topic, byte[] payload, int qos) {
        assertThat(topic).endsWith("/" + qos);
        return topic.replace(id + "/", "t/") + " " + new String(payload, StandardCharsets.UTF_8);
    }
}
