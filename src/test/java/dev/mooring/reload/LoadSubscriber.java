package dev.mooring.reload;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5AsyncClient;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Takes what is published to {@code load/#}, at QoS 2. Does not connect again. */
final class LoadSubscriber implements AutoCloseable {
    private final Mqtt5AsyncClient client;
    private final Map<String, List<Integer>> got = new ConcurrentHashMap<>();
    private final List<String> failures = new CopyOnWriteArrayList<>();
    private volatile boolean closing;

    private LoadSubscriber(int port, String id) {
        client = MqttClient.builder()
                .useMqttVersion5()
                .identifier(id)
                .serverHost("127.0.0.1")
                .serverPort(port)
                .addDisconnectedListener(gone -> {
                    if (!closing) {
                        failures.add(id + " was disconnected: " + gone.getCause());
                    }
                })
                .simpleAuth()
                .username("load")
                .password("secret".getBytes(StandardCharsets.UTF_8))
                .applySimpleAuth()
                .buildAsync();
        client.publishes(MqttGlobalPublishFilter.ALL, message -> {
            List<Integer> numbers = got.computeIfAbsent(message.getTopic().toString(), t -> new ArrayList<>());
            synchronized (numbers) {
                numbers.add(Integer.valueOf(new String(message.getPayloadAsBytes(), StandardCharsets.UTF_8)));
            }
        });
    }

    /** @param expiryS of the session; 0 for one that ends with the connection */
    static LoadSubscriber connect(int port, String id, long expiryS) {
        LoadSubscriber subscriber = new LoadSubscriber(port, id);
        subscriber
                .client
                .toBlocking()
                .connectWith()
                .sessionExpiryInterval(expiryS)
                .send();
        subscriber
                .client
                .toBlocking()
                .subscribeWith()
                .topicFilter("load/#")
                .qos(MqttQos.EXACTLY_ONCE)
                .send();
        return subscriber;
    }

    List<Integer> got(String topic) {
        List<Integer> numbers = got.getOrDefault(topic, new ArrayList<>());
        synchronized (numbers) {
            return List.copyOf(numbers);
        }
    }

    List<String> failures() {
        return failures;
    }

    @Override
    public void close() {
        closing = true;
        client.toBlocking().disconnect();
    }
}
