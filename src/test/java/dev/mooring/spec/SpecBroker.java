package dev.mooring.spec;

import static org.awaitility.Awaitility.await;

import dev.mooring.Broker;
import dev.mooring.TestBroker;
import dev.mooring.message.TopicFilter;
import dev.mooring.message.TopicName;
import dev.mooring.route.Subscriber;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * One broker per test class, in this process, on random loopback ports and a data folder of its own.
 *
 * <pre>{@code @RegisterExtension static final SpecBroker BROKER = new SpecBroker("{}");}</pre>
 */
final class SpecBroker implements BeforeAllCallback, AfterAllCallback {
    private final String config;
    private TestBroker broker;

    /** @param config JSON, merged over the defaults */
    SpecBroker(String config) {
        this.config = config;
    }

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        broker = TestBroker.start(config);
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        if (broker != null) {
            broker.close();
        }
    }

    int port() {
        return broker.port();
    }

    int webSocketPort() {
        return broker.webSocketPort();
    }

    /** Graceful stop, then start on the same data. The port may be another one afterwards. */
    void restart() {
        try {
            broker.restart();
        } catch (Exception e) {
            throw new AssertionError("restart", e);
        }
    }

    /** Until a session and a message that begin now, and are given one second, are over. */
    void untilASecondIsOver() {
        String name = RawClient.unique("second");
        TopicFilter filter = TopicFilter.parse("$share/" + name + "/none");
        TopicName topic = TopicName.of(name);
        RawClient client = online(Packets.connect(5, name).sessionExpiryInterval(1));
        client.subscribe(filter.text(), 1);
        client.publish(Packets.publish(5, name, "x").retain().properties(new Props().messageExpiryInterval(1)), 0);
        client.ping();
        client.disconnect();
        Broker inside = broker.broker();
        await().until(() -> inside.index().group(filter) == null
                && inside.retained().get(topic, System.currentTimeMillis()) == null);
    }

    /** The routing side of a client's session, which has a subscription. */
    Subscriber session(String clientId) {
        return broker.subscriber(clientId);
    }

    /** An open socket, nothing sent. */
    RawClient connect(int version) {
        return RawClient.connect(port(), version);
    }

    /** Connected with a clean start and without keep alive. */
    RawClient online(int version, String clientIdentifier) {
        return RawClient.online(port(), version, clientIdentifier);
    }

    /** Connected; CONNACK has been read and was a success. */
    RawClient online(Packets.Connect connect) {
        return RawClient.online(port(), connect);
    }
}
