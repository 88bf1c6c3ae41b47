package dev.mooring.it;

import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttVersion;
import java.nio.charset.StandardCharsets;

/** How to connect. */
final class Connect {
    private final boolean v5;
    private final MqttMessageBuilders.ConnectBuilder builder = MqttMessageBuilders.connect();
    private final MqttProperties properties = new MqttProperties();

    private Connect(String clientId, boolean v5) {
        this.v5 = v5;
        builder.clientId(clientId)
                .protocolVersion(v5 ? MqttVersion.MQTT_5 : MqttVersion.MQTT_3_1_1)
                .keepAlive(0);
    }

    /** A session that outlives its connection for an hour, or what {@link #expiryS} says. */
    static Connect v5(String clientId) {
        Connect connect = new Connect(clientId, true);
        connect.builder.cleanSession(false);
        return connect.expiryS(3600);
    }

    /** A session that outlives its connection. */
    static Connect v311(String clientId) {
        Connect connect = new Connect(clientId, false);
        connect.builder.cleanSession(false);
        return connect;
    }

    /** A session that begins and ends with its connection. */
    static Connect clean(String clientId) {
        Connect connect = new Connect(clientId, true);
        connect.builder.cleanSession(true);
        return connect;
    }

    Connect expiryS(int seconds) {
        return property(MqttProperties.MqttPropertyType.SESSION_EXPIRY_INTERVAL, seconds);
    }

    Connect login(String username, String password) {
        builder.hasUser(true).username(username);
        builder.hasPassword(true).password(password.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    Connect receiveMaximum(int messages) {
        return property(MqttProperties.MqttPropertyType.RECEIVE_MAXIMUM, messages);
    }

    Connect will(String topic, String payload, int qos, boolean retain, int delayS) {
        builder.willFlag(true)
                .willTopic(topic)
                .willMessage(payload.getBytes(StandardCharsets.UTF_8))
                .willQoS(MqttQoS.valueOf(qos))
                .willRetain(retain);
        if (v5) {
            MqttProperties will = new MqttProperties();
            will.add(new MqttProperties.IntegerProperty(
                    MqttProperties.MqttPropertyType.WILL_DELAY_INTERVAL.value(), delayS));
            builder.willProperties(will);
        }
        return this;
    }

    MqttMessage packet() {
        if (v5) {
            builder.properties(properties);
        }
        return builder.build();
    }

    private Connect property(MqttProperties.MqttPropertyType type, int value) {
        properties.add(new MqttProperties.IntegerProperty(type.value(), value));
        return this;
    }
}
