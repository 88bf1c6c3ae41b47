package dev.mooring.rule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.config.Config;
import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.PublishProperties;
import dev.mooring.message.Subscription;
import dev.mooring.message.TopicName;
import dev.mooring.metrics.Actions;
import dev.mooring.store.ItemWrite;
import dev.mooring.store.ItemWrite.Action;
import dev.mooring.store.ItemWrite.Attribute;
import dev.mooring.store.ItemWrite.Change;
import dev.mooring.store.ItemWrite.Type;
import dev.mooring.store.StoreOp;
import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Items with variables, without a store. */
class ItemTemplateTest {
    @Test
    @DisplayName("an item has the attributes and types of the rule, with the event's client, topic and values")
    void values() {
        Rule rule = rule("message.acked", """
                {"table": "a", "put": {"k": "${clientid}/${topic}", "qos": {"N": "${qos}"}, "one": 1}},
                {"table": "b", "delete": {"k": "${msgid}"}},
                {"table": "c", "update": {"key": {"k": "x"}, "add": {"n": 1}, "remove": ["r"]}}
                """);
        StoreOp.Items op = (StoreOp.Items) Operations.of(step(rule), new HookEvent.Acked("c1", "ann", message("t"), 2));
        assertThat(op.clientId()).isEqualTo("c1");
        assertThat(op.topic()).isEqualTo("t");
        assertThat(texts(op))
                .containsExactly(
                        "PUT a [] [k SET S c1/t, qos SET N 2, one SET N 1]",
                        "DELETE b [k SET S 2VFt0kuNrOktefX6m4nP] []",
                        "UPDATE c [k SET S x] [n ADD N 1, r REMOVE S]");
        assertThat(op.sizeBytes()).isGreaterThan(64);
    }

    @Test
    @DisplayName("hooks without a message have their own variables")
    void otherHooks() {
        Rule connected = rule("client.connected", """
                {"table": "a", "put": {"k": "${clientid} ${username} ${ts}"}}
                """);
        StoreOp.Items op =
                (StoreOp.Items) Operations.of(step(connected), new HookEvent.Connected("n", "c1", null, 1_542_338_754));
        assertThat(texts(op)).containsExactly("PUT a [] [k SET S c1  1542338754]");
        assertThat(op.topic()).isEmpty();

        Rule subscribed = rule("session.subscribed", """
                {"table": "a", "put": {"k": "${topic}", "q": {"N": "${qos}"}}}
                """);
        HookEvent event = new HookEvent.Subscribed("c1", "u", Subscription.of("a/+", 1), true, 0);
        assertThat(texts((StoreOp.Items) Operations.of(step(subscribed), event)))
                .containsExactly("PUT a [] [k SET S a/+, q SET N 1]");
    }

    @Test
    @DisplayName("rules with the same items act once, and others each")
    void equality() {
        Rule one = rule("message.publish", "{\"table\": \"a\", \"put\": {\"k\": \"${topic}\"}}");
        Rule same = rule("message.publish", "{\"table\":\"a\",\"put\":{\"k\":\"${topic}\"}}");
        Rule other = rule("message.publish", "{\"table\": \"a\", \"put\": {\"k\": {\"B\": \"${topic}\"}}}");
        assertThat(RulePlan.of(List.of(one, same, other)).steps(Hook.MESSAGE_PUBLISH, "t"))
                .extracting(step -> step.action().text())
                .containsExactly(
                        "items [{\"table\":\"a\",\"put\":{\"k\":\"${topic}\"}}]",
                        "items [{\"table\":\"a\",\"put\":{\"k\":{\"B\":\"${topic}\"}}}]");
    }

    @Property
    void noValueAddsAnAttributeOrChangesATypeOrAName(@ForAll byte[] payload, @ForAll String from) {
        Rule rule = rule("message.publish", """
                {"table": "a", "put": {"k": "${clientid}", "b": {"B": "${payload}"}}}
                """);
        Message message = new Message(
                MessageId.ZERO, from, TopicName.of("t"), 1, false, payload, PublishProperties.EMPTY, 0, Message.NEVER);
        StoreOp.Items op = (StoreOp.Items) Operations.of(step(rule), new HookEvent.Published(message, null));
        assertThat(op.writes()).hasSize(1);
        List<Attribute> attributes = op.writes().get(0).attributes();
        assertThat(attributes).extracting(Attribute::name).containsExactly("k", "b");
        assertThat(attributes).extracting(Attribute::type).containsExactly(Type.S, Type.B);
        assertThat(attributes.get(1).values().get(0)).isEqualTo(payload);
        assertThat(attributes).extracting(Attribute::change).containsOnly(Change.SET);
        assertThat(op.writes().get(0).action()).isEqualTo(Action.PUT);
    }

    private static List<String> texts(StoreOp.Items op) {
        return op.writes().stream()
                .map(w -> w.action() + " " + w.table() + " " + texts(w.key()) + " " + texts(w.attributes()))
                .toList();
    }

    private static List<String> texts(List<ItemWrite.Attribute> attributes) {
        return attributes.stream()
                .map(a -> (a.name() + " " + a.change() + " " + a.type() + " "
                                + String.join(
                                        ",",
                                        a.values().stream()
                                                .map(v -> new String(v, StandardCharsets.UTF_8))
                                                .toList()))
                        .strip())
                .toList();
    }

    private static Rule rule(String hook, String items) {
        return Config.of("""
                        {"pools": {"local": {"backend": "embedded"}, "d": {"backend": "dynamodb"}},
                         "hooks": {"%s": [{"pool": "d", "action": {"items": [%s]}}]}}
                        """.formatted(hook, items)).hooks().get(0);
    }

    private static Step step(Rule rule) {
        return Step.of(rule, new Actions());
    }

    private static Message message(String topic) {
        return new Message(
                MessageId.parse("2VFt0kuNrOktefX6m4nP"),
                "p",
                TopicName.of(topic),
                1,
                false,
                new byte[0],
                PublishProperties.EMPTY,
                0,
                Message.NEVER);
    }
}
