package dev.mooring.rule;

import static dev.mooring.rule.HooksTestBroker.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.TestBroker;
import dev.mooring.config.Config;
import dev.mooring.message.IdFormat;
import dev.mooring.message.TimestampUnit;
import dev.mooring.store.OpKind;
import dev.mooring.store.Store;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Which commands a pool is given, and when; the pool here writes them down. */
class HooksCommandsTest {
    private static final Queue<String> SEEN = new ConcurrentLinkedQueue<>();
    private static TestBroker broker;

    @BeforeAll
    static void start() {
        broker = TestBroker.start(
                "{\"mqtt\": {\"sys_interval_s\": 1}, " + TestBroker.SYS_FOR_ALL + "}",
                Writing::new,
                HooksCommandsTest::withRules);
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @BeforeEach
    void forget() {
        SEEN.clear();
    }

    @Test
    @DisplayName("a client comes, subscribes, unsubscribes and goes: each hook runs its commands with what it has")
    void clients() {
        try (HooksTestClient c = HooksTestClient.durable(broker.port(), "c{*} 1")) {
            c.subscribe("a b/+", 2);
            c.subscribe("a b/+", 1);
            c.subscribe("$share/g/s", 1);
            c.unsubscribe("a b/+");
            c.disconnect();
        }
        eventually(() -> assertThat(seen("|c{*} 1|"))
                .containsExactly(
                        "session.created|c{*} 1|",
                        "client.connected|c{*} 1|",
                        "session.subscribed|c{*} 1|a b/+|2",
                        "session.subscribed|c{*} 1|a b/+|1",
                        "session.subscribed|c{*} 1|$share/g/s|1",
                        "session.unsubscribed|c{*} 1|a b/+",
                        "client.disconnected|c{*} 1|"));
    }

    @Test
    @DisplayName("a message runs commands when it is published, first sent to a subscriber, and acknowledged")
    void messages() {
        try (HooksTestClient p = HooksTestClient.clean(broker.port(), "p")) {
            HooksTestClient c = HooksTestClient.durable(broker.port(), "c");
            c.subscribe("m/#", 1);
            SEEN.clear();
            p.publish("m/1", "one \"two\"", 2);
            HooksTestClient.Packet first = c.next();
            eventually(() -> assertThat(seen("message."))
                    .containsExactlyInAnyOrder(
                            "message.publish|p|m/1|2|one \"two\"|false",
                            "message.delivered|c|m/1|1|one \"two\"|false"));
            SEEN.clear();
            c.close();
            c = HooksTestClient.durable(broker.port(), "c"); // sent again, which is no second delivery
            c.ack(c.next());
            c.publish("other/topic", "x", 0);
            eventually(() -> assertThat(SEEN)
                    .contains("message.acked|c|m/1|1|one \"two\"|false", "message.publish|c|other/topic|0|x|false"));
            assertThat(SEEN).noneMatch(seen -> seen.startsWith("message.delivered"));
            c.close();
            assertThat(first.qos()).isEqualTo(1);
        }
    }

    @Test
    @DisplayName("QoS 0 is delivered too; an empty retained message is one like others; $SYS messages are none")
    void qosAndRetain() {
        try (HooksTestClient c = HooksTestClient.clean(broker.port(), "c0")) {
            c.subscribe("$SYS/#", 0);
            c.subscribe("z", 0);
            assertThat(c.next().topic()).startsWith("$SYS/");
            c.retain("z", "", 0);
            eventually(() -> assertThat(seen("message."))
                    .containsExactlyInAnyOrder("message.publish|c0|z|0||true", "message.delivered|c0|z|0||true"));
        }
    }

    /** Other tests' clients may still be going. */
    private static List<String> seen(String part) {
        return SEEN.stream().filter(command -> command.contains(part)).toList();
    }

    /** The hook's name as a command, with everything that it has. */
    private static Config withRules(Config c) {
        List<Rule> rules = new ArrayList<>();
        for (Hook hook : Hook.values()) {
            String words = " ${clientid} " + (hook.hasTopic() ? "${topic}" : "${username}");
            words += hook.hasTopic() && hook != Hook.SESSION_UNSUBSCRIBED ? " ${qos}" : "";
            words += hook.text().startsWith("message.") ? " ${payload} ${retain}" : "";
            CommandTemplate template =
                    CommandTemplate.parse(hook.text() + words, hook, IdFormat.BASE62, TimestampUnit.S, problem -> {});
            rules.add(Rule.of(hook, "", new Commands(List.of(template)), "local"));
        }
        return new Config(
                c.node(),
                c.loops(),
                c.listeners(),
                c.limits(),
                c.mqtt(),
                c.auth(),
                c.pools(),
                c.session(),
                rules,
                c.http(),
                c.reload(),
                c.drain(),
                c.log());
    }

    /** Answers commands itself, which an embedded store can't. */
    private record Writing(Store store) implements Store {
        @Override
        public boolean blocking() {
            return store.blocking();
        }

        @Override
        public Future<Void> open() {
            return store.open();
        }

        @Override
        public Future<List<StoreReply>> apply(List<StoreOp> batch) {
            List<StoreOp> others =
                    batch.stream().filter(op -> op.kind() != OpKind.COMMANDS).toList();
            return store.apply(others).map(replies -> {
                List<StoreReply> all = new ArrayList<>();
                int next = 0;
                for (StoreOp op : batch) {
                    if (op instanceof StoreOp.Commands commands) {
                        commands.commands().forEach(words -> SEEN.add(text(words)));
                        all.add(StoreReply.DONE);
                    } else {
                        all.add(replies.get(next++));
                    }
                }
                return all;
            });
        }

        @Override
        public Future<Void> close() {
            return store.close();
        }

        private static String text(byte[][] words) {
            return String.join(
                    "|",
                    Arrays.stream(words)
                            .map(word -> new String(word, StandardCharsets.UTF_8))
                            .toList());
        }
    }
}
