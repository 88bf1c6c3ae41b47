package dev.mooring.spec;

import dev.mooring.TestBroker;
import dev.mooring.TestCluster;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** As {@link SpecBroker}, several nodes on one Redis. */
final class SpecCluster implements BeforeAllCallback, AfterAllCallback {
    private final int nodes;
    private final String config;
    private TestCluster cluster;

    /** @param config JSON, of each node */
    SpecCluster(int nodes, String config) {
        this.nodes = nodes;
        this.config = config;
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        cluster = TestCluster.start(nodes, config);
    }

    @Override
    public void afterAll(ExtensionContext context) {
        if (cluster != null) {
            cluster.close();
        }
    }

    TestCluster cluster() {
        return cluster;
    }

    TestBroker node(int node) {
        return cluster.node(node);
    }

    /** A client whose session ends with its connection. */
    RawClient online(int node, String name) {
        return RawClient.online(node(node).port(), 5, name);
    }

    /** A client whose session, new or not, lasts for an hour. */
    RawClient durable(int node, String name) {
        return RawClient.online(
                node(node).port(), Packets.connect(5, name).cleanStart(false).sessionExpiryInterval(3600));
    }
}
