package dev.mooring.reload;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5AsyncClient;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5PublishResult;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/** Publishes 1, 2, 3, … to a topic of its own, some at a time, until it is stopped. Does not connect again. */
final class LoadPublisher {
    private static final int AT_A_TIME = 10;

    private final Mqtt5AsyncClient client;
    private final MqttQos qos;
    private final String topic;
    private final AtomicInteger sent = new AtomicInteger();
    private final AtomicInteger answered = new AtomicInteger();
    private final List<String> failures = new CopyOnWriteArrayList<>();
    private volatile boolean stopped;

    private LoadPublisher(int port, String id, int qos) {
        this.topic = "load/" + id;
        this.qos = MqttQos.fromCode(qos);
        this.client = MqttClient.builder()
                .useMqttVersion5()
                .identifier(id)
                .serverHost("127.0.0.1")
                .serverPort(port)
                .addDisconnectedListener(gone -> {
                    if (!stopped) {
                        failures.add(id + " was disconnected: " + gone.getCause());
                    }
                })
                .simpleAuth()
                .username("load")
                .password("secret".getBytes(StandardCharsets.UTF_8))
                .applySimpleAuth()
                .buildAsync();
    }

    static LoadPublisher start(int port, String id, int qos) {
        LoadPublisher publisher = new LoadPublisher(port, id, qos);
        publisher.client.toBlocking().connect();
        for (int i = 0; i < AT_A_TIME; i++) {
            publisher.publish();
        }
        return publisher;
    }

    /** Numbers go out in their order: one at a time takes the next. */
    private synchronized void publish() {
        if (stopped) {
            return;
        }
        int number = sent.incrementAndGet();
        client.publishWith()
                .topic(topic)
                .qos(qos)
                .payload(Integer.toString(number).getBytes(StandardCharsets.UTF_8))
                .send()
                .whenComplete((result, failure) -> answered(number, result, failure));
    }

    private void answered(int number, Mqtt5PublishResult result, Throwable failure) {
        if (failure != null) {
            failures.add(topic + " " + number + ": " + failure);
        } else if (result.getError().isPresent()) {
            failures.add(topic + " " + number + ": " + result.getError().get());
        }
        answered.incrementAndGet();
        publish();
    }

    synchronized void stop() {
        stopped = true;
    }

    void close() {
        client.toBlocking().disconnect();
    }

    String topic() {
        return topic;
    }

    int acknowledged() {
        return answered.get();
    }

    boolean isAnswered() {
        return answered.get() == sent.get();
    }

    boolean hasFailed() {
        return !failures.isEmpty();
    }

    List<String> failures() {
        return failures;
    }

    List<Integer> published() {
        return IntStream.rangeClosed(1, sent.get()).boxed().toList();
    }
}
