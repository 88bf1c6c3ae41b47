package dev.mooring.rule;

import static org.awaitility.Awaitility.await;

import dev.mooring.TestBroker;
import java.util.List;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** One broker for a test class, with every function on every hook. */
final class HooksTestBroker implements BeforeAllCallback, AfterAllCallback {
    private static final String ACTION = "{\"action\": {\"function\": \"%s\"}, \"pool\": \"local\"%s}";

    static final String CONFIG = """
            {"node": {"name": "n1"}, %s, "mqtt": {"sys_interval_s": 1}, "session": {"write_subscriptions": true},
             "hooks": {
              "client.connected": [%s, %s], "session.created": [%s], "client.disconnected": [%s],
              "session.subscribed": [%s, %s, %s, %s], "session.unsubscribed": [%s],
              "message.publish": [%s, %s, %s, %s, %s, %s],
              "message.acked": [%s, %s, %s]}}""".formatted(
                    TestBroker.SYS_FOR_ALL,
                    rule("on_client_connected", ""),
                    rule("on_subscribe_lookup", ""),
                    rule("on_subscribe_lookup", ""),
                    rule("on_client_disconnected", ""),
                    rule("on_message_fetch_for_queue", "queue/#"),
                    rule("on_message_fetch_for_pubsub", "pubsub/#"),
                    rule("on_message_fetch_for_keep_latest", "latest/#"),
                    rule("on_retain_lookup", ""),
                    rule("on_acked_delete", "#"),
                    rule("on_message_publish", "queue/#"),
                    rule("on_message_publish", "pubsub/#"),
                    rule("on_message_store", "history/#"),
                    rule("on_message_store_keep_latest", "latest/#"),
                    rule("on_message_retain", "#"),
                    rule("on_retain_delete", "#"),
                    rule("on_message_acked_for_queue", "queue/#"),
                    rule("on_message_acked_for_pubsub", "pubsub/#"),
                    rule("on_message_acked_for_keep_latest", "latest/ack/#"));

    private final String config;
    private final HooksTestFaults faults = new HooksTestFaults();
    private TestBroker broker;

    HooksTestBroker(String config) {
        this.config = config;
    }

    /** @param topic the rule's; empty for none */
    static String rule(String function, String topic) {
        return ACTION.formatted(function, topic.isEmpty() ? "" : ", \"topic\": \"" + topic + "\"");
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        broker = TestBroker.start(config, faults::around);
    }

    @Override
    public void afterAll(ExtensionContext context) {
        broker.close();
    }

    HooksTestFaults faults() {
        return faults;
    }

    TestBroker broker() {
        return broker;
    }

    HooksTestClient clean(String id) {
        return HooksTestClient.clean(broker.port(), id);
    }

    HooksTestClient durable(String id) {
        return HooksTestClient.durable(broker.port(), id);
    }

    List<String> queued(String filter) {
        return HooksTestStore.queued(broker, filter);
    }

    static void eventually(ThrowingRunnable check) {
        await().untilAsserted(check);
    }
}
