package dev.mooring.spec;

import dev.mooring.TestBroker;
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
