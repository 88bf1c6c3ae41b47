package dev.mooring.hazard;

import dev.mooring.Broker;
import dev.mooring.TestBroker;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The broker of one test class. During each test honest clients use it, and the test fails when they are not served.
 */
final class Victim implements BeforeAllCallback, AfterAllCallback, BeforeEachCallback, AfterEachCallback {
    private final String configuration;
    private TestBroker broker;
    private Witness witness;

    /** @param configuration merged over the defaults of {@link TestBroker} */
    Victim(String configuration) {
        this.configuration = configuration;
    }

    int port() {
        return broker.port();
    }

    int webSocketPort() {
        return broker.webSocketPort();
    }

    Broker broker() {
        return broker.broker();
    }

    TestBroker test() {
        return broker;
    }

    /** Serves honest clients once more, now. */
    void checkWitness() {
        witness.check();
    }

    void restart() {
        witness.close();
        broker.restart();
        witness = new Witness(broker);
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        broker = TestBroker.start(configuration);
    }

    @Override
    public void afterAll(ExtensionContext context) {
        if (broker != null) {
            broker.close();
        }
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        witness = new Witness(broker);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        witness.close();
    }
}
