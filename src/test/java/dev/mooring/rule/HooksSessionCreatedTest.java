package dev.mooring.rule;

import static dev.mooring.rule.HooksTestBroker.eventually;
import static dev.mooring.rule.HooksTestBroker.rule;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.Subscription;
import dev.mooring.metrics.ActionMetrics;
import dev.mooring.metrics.Actions;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import java.util.List;
import org.junit.jupiter.api.ClassTemplate;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code session.created} by itself: no other hook could have done it. */
@ClassTemplate
class HooksSessionCreatedTest {
    private static final String LOOKUP = rule("on_subscribe_lookup", "");

    @RegisterExtension
    static final HooksTestBroker HOOKS = new HooksTestBroker(
            "{\"session\": {\"write_subscriptions\": true}, " + "\"hooks\": {\"session.created\": [" + LOOKUP + "]}}");

    @Test
    @DisplayName("session.created alone: on_subscribe_lookup serves a new session, and only that")
    void lookup() {
        has("created", Subscription.of("created/a", 1));
        long asked = asked();
        try (HooksTestClient p = HOOKS.clean("created-p")) { // new itself
            try (HooksTestClient c = HOOKS.durable("created")) {
                assertThat(c.sessionPresent()).isFalse();
                eventually(() -> {
                    p.publish("created/a", "probe", 1);
                    HooksTestClient.Packet probe = c.poll(200);
                    assertThat(probe).isNotNull();
                    c.ack(probe);
                });
                assertThat(asked()).isEqualTo(asked + 2);
                c.takeAll(0);
                c.disconnect();
            }
            has("created", Subscription.of("created/b", 1));
            try (HooksTestClient c = HOOKS.durable("created")) {
                assertThat(c.sessionPresent()).isTrue();
                p.publish("created/b", "not looked up", 1);
                p.publish("created/a", "kept by the session", 1);
                assertThat(c.takeAll(1)).containsExactly("kept by the session");
                assertThat(asked()).isEqualTo(asked + 2);
            }
        }
    }

    @Test
    @DisplayName("session.created alone: session.write_subscriptions knows from it where to write")
    void writeSubscriptions() {
        try (HooksTestClient c = HOOKS.clean("created-writer")) {
            c.subscribe("created/w", 2);
        }
        StoreOp lookup = new StoreOp.SubscribeLookup("created-writer");
        eventually(() -> assertThat(((StoreReply.Subscriptions) HOOKS.ask(lookup)).subscriptions())
                .containsExactly(Subscription.of("created/w", 2)));
    }

    private static void has(String clientId, Subscription subscription) {
        assertThat(HOOKS.ask(new StoreOp.ProxySave(clientId, List.of(subscription), List.of())))
                .isEqualTo(StoreReply.DONE);
    }

    private static long asked() {
        Actions.Key key = new Actions.Key("session.created", "on_subscribe_lookup", "hooks");
        ActionMetrics figures = HOOKS.broker().broker().metrics().actions().of(key);
        return figures.matched.sum();
    }
}
