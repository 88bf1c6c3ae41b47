package dev.mooring.rule;

import static dev.mooring.rule.HooksTestBroker.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.Subscription;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import java.util.List;
import org.junit.jupiter.api.ClassTemplate;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The hooks of clients and one-to-one messages, from configuration to the store and back. */
@ClassTemplate
class HooksTest {
    @RegisterExtension
    static final HooksTestBroker HOOKS = new HooksTestBroker(HooksTestBroker.CONFIG);

    @Test
    @DisplayName("on_client_connected, on_client_disconnected: state, node, times, the node's list")
    void presence() {
        HooksTestClient c = HOOKS.clean("presence");
        eventually(() -> assertThat(HOOKS.store().presence("presence")).isEqualTo("1 n1 true false"));
        assertThat(HOOKS.store().node("n1")).contains("presence");
        c.disconnect();
        eventually(() -> assertThat(HOOKS.store().presence("presence")).isEqualTo("0 n1 true true"));
        assertThat(HOOKS.store().node("n1")).doesNotContain("presence");
    }

    @Test
    @DisplayName("who was on line when the node crashed is off line when it is back")
    void afterACrash() {
        assertThat(HOOKS.ask(new StoreOp.ClientConnected("n1", "crashed", 1_542_272_836)))
                .isEqualTo(StoreReply.DONE);
        assertThat(HOOKS.ask(new StoreOp.ClientConnected("n2", "elsewhere", 1_542_272_836)))
                .isEqualTo(StoreReply.DONE);
        HOOKS.broker().restart();
        assertThat(HOOKS.store().presence("crashed")).isEqualTo("0 n1 true true");
        assertThat(HOOKS.store().node("n1")).doesNotContain("crashed");
        assertThat(HOOKS.store().presence("elsewhere")).isEqualTo("1 n2 true false");
        assertThat(HOOKS.store().node("n2")).containsExactly("elsewhere");
    }

    @Test
    @DisplayName("a second connection of a client leaves it on line: the first one's end does not count")
    void takeOver() {
        for (int i = 0; i < 5; i++) {
            HooksTestClient first = HOOKS.clean("taken");
            HooksTestClient second = HOOKS.clean("taken");
            second.subscribe("nothing", 0);
            eventually(() -> assertThat(HOOKS.store().presence("taken")).isEqualTo("1 n1 true false"));
            assertThat(first.next().reason()).as("the end").isEqualTo(-1);
            assertThat(HOOKS.store().presence("taken")).isEqualTo("1 n1 true false");
            assertThat(HOOKS.store().node("n1")).contains("taken");
            second.close();
            eventually(() -> assertThat(HOOKS.store().node("n1")).doesNotContain("taken"));
        }
        eventually(() -> assertThat(HOOKS.store().presence("taken")).isEqualTo("0 n1 true true"));
    }

    @Test
    @DisplayName("on_subscribe_lookup subscribes a client to what the store has for it, once, QoS clamped")
    void lookup() {
        StoreOp.ProxySave save = new StoreOp.ProxySave(
                "proxied", List.of(Subscription.of("proxy/a", 1), Subscription.of("proxy/+/b", 2)), List.of());
        assertThat(HOOKS.ask(save)).isEqualTo(StoreReply.DONE);
        try (HooksTestClient c = HOOKS.durable("proxied");
                HooksTestClient p = HOOKS.clean("lookup-p")) {
            eventually(() ->
                    assertThat(HOOKS.broker().broker().index().subscriptions()).isGreaterThanOrEqualTo(2));
            eventually(() -> {
                p.publish("proxy/a", "probe", 1);
                assertThat(c.poll(200)).isNotNull();
            });
            c.takeAll(0);
            p.publish("proxy/a", "a", 2);
            p.publish("proxy/x/b", "b", 2);
            HooksTestClient.Packet a = c.next();
            assertThat(a.payload()).isEqualTo("a");
            assertThat(a.qos()).isEqualTo(1);
            c.ack(a);
            HooksTestClient.Packet b = c.next();
            assertThat(b.payload() + b.qos()).isEqualTo("b2");
            c.ack(b);
            assertThat(c.takeAll(0)).isEmpty();
        }
    }

    @Test
    @DisplayName(
            "on_subscribe_lookup leaves the options of a subscription that the session has, and what it does itself")
    void lookupKeepsOptions() {
        int noLocal = 4;
        try (HooksTestClient c = HOOKS.durable("options")) {
            c.subscribe("options/t", 1 | noLocal);
            c.subscribe("options/own", 2);
        }
        HOOKS.ask(new StoreOp.ProxySave(
                "options", List.of(Subscription.of("options/t", 2), Subscription.of("options/u", 1)), List.of()));
        try (HooksTestClient c = HOOKS.durable("options")) {
            c.subscribe("options/own", 1); // while the answer of the lookup may be under way
            c.publish("options/t", "own message", 1);
            try (HooksTestClient p = HOOKS.clean("options-p")) {
                p.publish("options/t", "t", 2);
                HooksTestClient.Packet t = c.next();
                assertThat(t.payload() + t.qos()).isEqualTo("t2");
                c.ack(t);
                p.publish("options/own", "o", 2);
                HooksTestClient.Packet o = c.next();
                assertThat(o.payload() + o.qos()).isEqualTo("o1");
                c.ack(o);
                p.publish("options/u", "u", 2);
                assertThat(c.take(1)).containsExactly("u");
            }
        }
    }

    @Test
    @DisplayName("session.write_subscriptions: SUBSCRIBE and UNSUBSCRIBE are written where the lookup reads")
    void writeSubscriptions() {
        try (HooksTestClient c = HOOKS.clean("writer")) {
            c.subscribe("w/a", 1).subscribe("w/#", 2).subscribe("w/gone", 0).unsubscribe("w/gone");
        }
        eventually(() -> assertThat(
                        ((StoreReply.Subscriptions) HOOKS.ask(new StoreOp.SubscribeLookup("writer"))).subscriptions())
                .containsExactlyInAnyOrder(Subscription.of("w/a", 1), Subscription.of("w/#", 2)));
        try (HooksTestClient c = HOOKS.clean("writer");
                HooksTestClient p = HOOKS.clean("writer-p")) {
            eventually(() -> {
                p.publish("w/x", "x", 1);
                assertThat(c.poll(200)).isNotNull();
            });
        }
    }

    @Test
    @DisplayName("one-to-one: stored, fetched by a new subscription in order, deleted by the ack")
    void oneToOne() {
        try (HooksTestClient p = HOOKS.clean("q-p")) {
            p.publish("queue/life", "1", 1);
            p.publish("queue/life", "2", 2);
            p.publish("queue/life", "not stored", 0);
            assertThat(HOOKS.queued("queue/life")).containsExactly("1", "2");
            try (HooksTestClient c = HOOKS.clean("q-c")) {
                c.subscribe("queue/life", 0);
                assertThat(c.poll(300)).as("QoS 0 fetches nothing").isNull();
                c.unsubscribe("queue/life").subscribe("queue/life", 2);
                HooksTestClient.Packet first = c.next();
                assertThat(first.payload() + first.qos() + first.retain()).isEqualTo("11false");
                HooksTestClient.Packet second = c.next();
                assertThat(second.payload() + second.qos()).isEqualTo("22");
                assertThat(HOOKS.queued("queue/life")).hasSize(2);
                c.ack(HooksTestClient.PUBACK, first.packetId());
                eventually(() -> assertThat(HOOKS.queued("queue/life")).containsExactly("2"));
                c.ack(HooksTestClient.PUBREC, second.packetId());
                eventually(() -> assertThat(HOOKS.queued("queue/life")).isEmpty());
                assertThat(HOOKS.store().isIndexed("queue/life")).isFalse();
                p.publish("queue/life", "live", 1);
                assertThat(c.take(1)).containsExactly("live");
                eventually(() -> assertThat(HOOKS.queued("queue/life")).isEmpty());
            }
            p.publish("queue/life", "nobody", 1);
            assertThat(HOOKS.queued("queue/life")).containsExactly("nobody");
        }
    }

    @Test
    @DisplayName("one-to-one: what was not acknowledged is fetched again by the next session; wildcards are served")
    void oneToOneAgain() {
        try (HooksTestClient p = HOOKS.clean("again-p")) {
            p.publish("queue/again/a", "1", 1);
            p.publish("queue/again/b", "2", 1);
            p.publish("queue/again/a", "3", 1);
        }
        try (HooksTestClient c = HOOKS.clean("again-c")) {
            c.subscribe("queue/again/+", 1);
            assertThat(List.of(c.next().payload(), c.next().payload(), c.next().payload()))
                    .containsExactly("1", "2", "3");
        }
        try (HooksTestClient c = HOOKS.clean("again-c")) {
            c.subscribe("queue/again/#", 1);
            assertThat(c.takeAll(3)).containsExactly("1", "2", "3");
            c.subscribe("queue/again/#", 1);
            assertThat(c.takeAll(0)).as("not new").isEmpty();
        }
        eventually(() -> assertThat(HOOKS.queued("queue/again/#")).isEmpty());
    }

    @Test
    @DisplayName("one-to-one: a durable session gets each message once, by resuming and after a restart of the broker")
    void durableOnce() {
        try (HooksTestClient p = HOOKS.clean("once-p")) {
            p.publish("queue/once", "before", 1);
            try (HooksTestClient c = HOOKS.durable("once-c")) {
                c.subscribe("queue/once", 1);
                assertThat(c.next().payload()).isEqualTo("before"); // in flight, not acknowledged
            }
            p.publish("queue/once", "away", 1);
        }
        HOOKS.broker().restart();
        try (HooksTestClient c = HOOKS.durable("once-c")) {
            assertThat(c.sessionPresent()).isTrue();
            c.subscribe("queue/once", 1);
            assertThat(c.takeAll(2)).containsExactly("before", "away");
        }
        eventually(() -> assertThat(HOOKS.queued("queue/once")).isEmpty());
        try (HooksTestClient c = HOOKS.clean("once-other")) {
            c.subscribe("queue/once", 1);
            assertThat(c.poll(300)).isNull();
        }
    }

    @Test
    @DisplayName("one-to-one: two overlapping new filters bring a message once; so does a filter with a live copy")
    void overlapping() {
        try (HooksTestClient p = HOOKS.clean("over-p");
                HooksTestClient c = HOOKS.clean("over-c")) {
            for (int i = 0; i < 20; i++) {
                p.publish("queue/over", "" + i, 1);
            }
            c.subscribe("queue/over", 1).subscribe("queue/+", 1);
            List<String> got = c.takeAll(20);
            got.removeIf(s -> !s.matches("\\d+"));
            assertThat(got).hasSize(20).doesNotHaveDuplicates();
        }
    }

    @Test
    @DisplayName("a message to a shared subscription is stored, and deleted by its member's ack; members fetch nothing")
    void shared() {
        try (HooksTestClient p = HOOKS.clean("share-p");
                HooksTestClient c = HOOKS.clean("share-c")) {
            p.publish("queue/share", "before", 1);
            c.subscribe("$share/g/queue/share", 1);
            c.subscribe("$share/g/pubsub/share", 1);
            p.publish("queue/share", "live", 1);
            assertThat(c.takeAll(1)).containsExactly("live");
            eventually(() -> assertThat(HOOKS.queued("queue/share")).containsExactly("before"));
            p.publish("pubsub/share", "x", 1);
            c.take(1);
            c.publish("nowhere", "", 1);
            assertThat(HOOKS.store().positions("share-c")).isEmpty();
        }
    }
}
