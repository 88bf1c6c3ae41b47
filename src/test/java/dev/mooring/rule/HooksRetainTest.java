package dev.mooring.rule;

import static dev.mooring.rule.HooksTestBroker.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.ClassTemplate;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Latest, history and retained messages, Wills and $SYS, from configuration to the store and back. */
@ClassTemplate
class HooksRetainTest {
    @RegisterExtension
    static final HooksTestBroker HOOKS = new HooksTestBroker(HooksTestBroker.CONFIG);

    @Test
    @DisplayName("keep latest: the newest of any QoS, for a new subscription; its ack deletes it, another's does not")
    void keepLatest() {
        try (HooksTestClient p = HOOKS.clean("l-p")) {
            p.publish("latest/ack/t", "1", 1);
            p.publish("latest/ack/t", "2", 1);
            p.publish("latest/zero", "0", 0);
            p.publish("latest/zero", "1", 1);
            assertThat(HOOKS.latest("latest/#")).containsExactlyInAnyOrder("2", "1");
            try (HooksTestClient c = HOOKS.clean("l-c")) {
                c.subscribe("latest/+", 1).subscribe("latest/ack/t", 1);
                assertThat(c.takeAll(2)).containsExactlyInAnyOrder("1", "2");
                eventually(() -> assertThat(HOOKS.latest("latest/#")).containsExactly("1"));
                c.subscribe("latest/+", 1);
                assertThat(c.takeAll(0)).as("not new").isEmpty();
            }
        }
    }

    @Test
    @DisplayName("on_message_store keeps any QoS, but no fetch finds it")
    void history() {
        try (HooksTestClient p = HOOKS.clean("h-p")) {
            int before = HOOKS.store().bodies();
            p.publish("history/t", "0", 0);
            p.publish("history/t", "1", 1);
            p.publish("history/t", "2", 2);
            assertThat(HOOKS.store().bodies()).isEqualTo(before + 3);
            assertThat(HOOKS.queued("history/#")).isEmpty();
        }
    }

    @Test
    @DisplayName("on_message_retain, on_retain_lookup, on_retain_delete; a queue ack leaves the retained message")
    void retained() {
        try (HooksTestClient p = HOOKS.clean("r-p")) {
            p.retain("queue/ret", "on", 1);
            p.retain("queue/ret", "off", 1);
            p.retain("ret/zero", "z", 0);
            eventually(() -> assertThat(HOOKS.retained("ret/zero")).containsExactly("z"));
            assertThat(HOOKS.retained("queue/ret")).containsExactly("off");
            try (HooksTestClient c = HOOKS.clean("r-c")) {
                c.subscribe("queue/ret", 1);
                List<String> got = c.takeAll(2);
                assertThat(got).contains("on", "off");
                eventually(() -> assertThat(HOOKS.queued("queue/ret")).isEmpty());
            }
            assertThat(HOOKS.retained("queue/ret")).containsExactly("off");
            p.retain("queue/ret", "", 1);
            p.publish("x", "", 1);
            assertThat(HOOKS.retained("queue/ret")).isEmpty();
            assertThat(HOOKS.queued("queue/ret"))
                    .as("an empty retained PUBLISH is not stored")
                    .isEmpty();
        }
    }

    @Test
    @DisplayName("on_retain_lookup gives what only the store has retained, as the retained message")
    void retainLookup() {
        try (HooksTestClient p = HOOKS.clean("rl-p")) {
            p.retain("lookup/t", "stored", 1);
            HOOKS.broker()
                    .broker()
                    .retained()
                    .remove(topic("lookup/t"), new dev.mooring.message.MessageId(Long.MAX_VALUE, 0));
            try (HooksTestClient c = HOOKS.clean("rl-c")) {
                c.subscribe("lookup/+", 1);
                HooksTestClient.Packet r = c.next();
                assertThat(r.payload() + r.retain() + r.qos()).isEqualTo("storedtrue1");
                c.ack(r);
                int never = 0x20;
                c.subscribe("lookup/t", 1 | never);
                assertThat(c.poll(300)).as("retain handling 2").isNull();
                c.subscribe("lookup/t", 1);
                assertThat(c.take(1)).as("each SUBSCRIBE").containsExactly("stored");
            }
        }
    }

    private static dev.mooring.message.TopicName topic(String text) {
        return dev.mooring.message.TopicName.of(text);
    }

    @Test
    @DisplayName("a Will goes through message.publish")
    void will() {
        HooksTestClient c = HooksTestClient.connect(HOOKS.broker().port(), 5, "will-c", true, 0, 10, "queue/will");
        c.close();
        eventually(() -> assertThat(HOOKS.queued("queue/will")).containsExactly("will"));
    }

    @Test
    @DisplayName("$SYS is not stored by a rule for #")
    void sys() {
        try (HooksTestClient c = HOOKS.clean("sys-c")) {
            c.subscribe("$SYS/#", 0);
            assertThat(c.next().topic()).startsWith("$SYS/");
        }
        assertThat(HOOKS.retained("$SYS/#")).isEmpty();
    }
}
