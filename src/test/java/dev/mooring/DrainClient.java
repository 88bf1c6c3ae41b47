package dev.mooring;

import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.paho.client.mqttv3.IMqttDeliveryToken;
import org.eclipse.paho.client.mqttv3.MqttCallback;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.mqttv5.client.IMqttToken;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.client.MqttDisconnectResponse;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;

/** Paho's client for either version of MQTT: is it connected, and what was it told at the end? Safe for all threads. */
final class DrainClient implements AutoCloseable {
    /** What a client knows of the end of its connection. @param reason of DISCONNECT, or -1 when there was none */
    record End(int reason, String serverReference, String reasonString) {}

    private static final End WITHOUT_WORDS = new End(-1, "", "");

    private final AtomicReference<End> end = new AtomicReference<>();
    private final AutoCloseable client;

    private DrainClient(AutoCloseable client) {
        this.client = client;
    }

    /** A session that outlives its connection, in both versions. */
    static DrainClient connect(int port, int version, String id) throws Exception {
        return version == 5 ? five(port, id) : three(port, id);
    }

    private static DrainClient five(int port, String id) throws Exception {
        var paho = new org.eclipse.paho.mqttv5.client.MqttClient("tcp://127.0.0.1:" + port, id, null);
        DrainClient own = new DrainClient(() -> paho.close(true));
        paho.setCallback(new org.eclipse.paho.mqttv5.client.MqttCallback() {
            @Override
            public void disconnected(MqttDisconnectResponse told) {
                boolean words = told.getReturnCode() > 0;
                own.end.compareAndSet(
                        null,
                        words
                                ? new End(
                                        told.getReturnCode(),
                                        text(told.getServerReference()),
                                        text(told.getReasonString()))
                                : WITHOUT_WORDS);
            }

            @Override
            public void mqttErrorOccurred(org.eclipse.paho.mqttv5.common.MqttException exception) {}

            @Override
            public void messageArrived(String topic, org.eclipse.paho.mqttv5.common.MqttMessage message) {}

            @Override
            public void deliveryComplete(IMqttToken token) {}

            @Override
            public void connectComplete(boolean reconnect, String server) {}

            @Override
            public void authPacketArrived(int reasonCode, MqttProperties properties) {}
        });
        MqttConnectionOptions options = new MqttConnectionOptions();
        options.setCleanStart(false);
        options.setSessionExpiryInterval(3600L);
        options.setRequestProblemInfo(true);
        paho.connect(options);
        return own;
    }

    private static DrainClient three(int port, String id) throws Exception {
        var paho = new org.eclipse.paho.client.mqttv3.MqttClient("tcp://127.0.0.1:" + port, id, null);
        DrainClient own = new DrainClient(() -> paho.close(true));
        paho.setCallback(new MqttCallback() {
            @Override
            public void connectionLost(Throwable cause) {
                own.end.compareAndSet(null, WITHOUT_WORDS);
            }

            @Override
            public void messageArrived(String topic, org.eclipse.paho.client.mqttv3.MqttMessage message) {}

            @Override
            public void deliveryComplete(IMqttDeliveryToken token) {}
        });
        MqttConnectOptions options = new MqttConnectOptions();
        options.setCleanSession(false);
        options.setMqttVersion(MqttConnectOptions.MQTT_VERSION_3_1_1);
        paho.connect(options);
        return own;
    }

    private static String text(String orNull) {
        return orNull == null ? "" : orNull;
    }

    boolean hasEnded() {
        return end.get() != null;
    }

    /** Null while it is connected. */
    End end() {
        return end.get();
    }

    @Override
    public void close() throws Exception {
        client.close();
    }
}
