package dev.mooring.rule;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mooring.TestBroker;
import dev.mooring.bus.LocalBody;
import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.TopicFilter;
import dev.mooring.store.OnReply;
import dev.mooring.store.StoreClient;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReplies;
import dev.mooring.store.StoreReply;
import io.vertx.core.eventbus.MessageConsumer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.extension.AfterClassTemplateInvocationCallback;
import org.junit.jupiter.api.extension.BeforeClassTemplateInvocationCallback;
import org.junit.jupiter.api.extension.ClassTemplateInvocationContext;
import org.junit.jupiter.api.extension.ClassTemplateInvocationContextProvider;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Runs a test class once for each backend, with a broker of its own: the pool {@code hooks} has the backend, for rules
 * and for sessions.
 */
final class HooksTestBroker implements ClassTemplateInvocationContextProvider {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ADDRESS = "test.store";
    private static final String ACTION = "{\"action\": {\"function\": \"%s\"}, \"pool\": \"hooks\"%s}";

    /** Every function on every hook. */
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
    private HooksTestStore store;
    private TestBroker broker;

    /** @param config of the broker; its rules name the pool {@code hooks} */
    HooksTestBroker(String config) {
        this.config = config;
    }

    /** @param topic the rule's; empty for none */
    static String rule(String function, String topic) {
        return ACTION.formatted(function, topic.isEmpty() ? "" : ", \"topic\": \"" + topic + "\"");
    }

    // ---- one run for each backend

    @Override
    public boolean supportsClassTemplate(ExtensionContext context) {
        return true;
    }

    @Override
    public Stream<ClassTemplateInvocationContext> provideClassTemplateInvocationContexts(ExtensionContext context) {
        return Arrays.stream(HooksTestBackend.values()).map(Run::new);
    }

    private final class Run implements ClassTemplateInvocationContext {
        private final HooksTestBackend backend;

        Run(HooksTestBackend backend) {
            this.backend = backend;
        }

        @Override
        public String getDisplayName(int index) {
            return backend.name();
        }

        @Override
        public List<Extension> getAdditionalExtensions() {
            BeforeClassTemplateInvocationCallback before = context -> start(backend);
            AfterClassTemplateInvocationCallback after = context -> stop();
            return List.of(before, after);
        }
    }

    private void start(HooksTestBackend backend) throws JsonProcessingException {
        store = backend.start();
        ObjectNode json = (ObjectNode) JSON.readTree(config);
        json.withObject("/pools").set("hooks", JSON.readTree(store.pool()));
        json.withObject("/session").put("pool", "hooks");
        broker = TestBroker.start(json.toString(), faults::around);
    }

    private void stop() {
        broker.close();
        store.close();
    }

    // ---- what tests work with

    HooksTestFaults faults() {
        return faults;
    }

    HooksTestStore store() {
        return store;
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

    /** Payloads of what on_message_publish has stored under the filter, by id. */
    List<String> queued(String filter) {
        return payloads(ask(new StoreOp.FetchForQueue("c", TopicFilter.of(filter), MessageId.ZERO, 10_000)));
    }

    List<String> latest(String filter) {
        return payloads(ask(new StoreOp.FetchForKeepLatest(TopicFilter.of(filter), "", 10_000)));
    }

    List<String> retained(String filter) {
        return payloads(ask(new StoreOp.RetainLookup(TopicFilter.of(filter), "", 10_000)));
    }

    private static List<String> payloads(StoreReply reply) {
        List<String> payloads = new ArrayList<>();
        for (Message m : ((StoreReply.Messages) reply).messages()) {
            payloads.add(new String(m.payload(), StandardCharsets.UTF_8));
        }
        return payloads;
    }

    /** An operation of the store, sent as a loop sends it. */
    StoreReply ask(StoreOp op) {
        CompletableFuture<StoreReply> answer = new CompletableFuture<>();
        OnReply onReply = answer::complete;
        broker.vertx().getOrCreateContext().runOnContext(v -> {
            StoreClient client = new StoreClient(broker.vertx().eventBus(), "hooks", ADDRESS, 1000, 1 << 20);
            MessageConsumer<LocalBody> consumer = broker.vertx().eventBus().localConsumer(ADDRESS);
            consumer.handler(m -> {
                consumer.unregister();
                client.replies((StoreReplies) m.body());
            });
            client.submit(op, onReply);
            client.flush();
        });
        try {
            return answer.get(20, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(op.toString(), e);
        }
    }

    static void eventually(ThrowingRunnable check) {
        await().untilAsserted(check);
    }
}
