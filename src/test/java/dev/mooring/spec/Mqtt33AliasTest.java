package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.publish;
import static dev.mooring.spec.Props.props;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Chapter 3.3, PUBLISH: the topic aliases of a client (§3.3.2.3.4), MQTT 5.0 only. */
class Mqtt33AliasTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    @Test
    @DisplayName("[MQTT-3.3.2-12] every alias from 1 to the server's maximum is taken, can be used alone and set anew")
    void aliases() {
        String topic = unique("a/");
        RawClient watcher = BROKER.online(5, unique("w"));
        watcher.subscribe(topic + "/#", 0);
        RawClient client = BROKER.online(5, unique("c"));
        int maximum = (int) client.connack().props.number(Props.TOPIC_ALIAS_MAXIMUM, 0);
        assertThat(maximum).isPositive();
        int last = Math.min(maximum, 100);
        for (int alias = 1; alias <= last; alias++) {
            client.send(publish(5, topic + "/" + alias, "set").properties(props().topicAlias(alias)));
            watcher.expectPublish(topic + "/" + alias, "set");
        }
        for (int alias = last; alias >= 1; alias--) {
            client.publish(publish(5, "", "use").properties(props().topicAlias(alias)), alias % 3);
            Frame frame = watcher.expectPublish(topic + "/" + alias, "use");
            assertThat(frame.props.has(Props.TOPIC_ALIAS)).isFalse(); // the watcher allows none
        }
        client.send(publish(5, topic + "/new", "set").properties(props().topicAlias(1)));
        client.send(publish(5, "", "use").properties(props().topicAlias(1)));
        watcher.expectPublish(topic + "/new", "set");
        watcher.expectPublish(topic + "/new", "use");
        client.send(publish(5, topic + "/max", "set").properties(props().topicAlias(maximum)));
        watcher.expectPublish(topic + "/max", "set");
    }

    @Test
    @DisplayName("[MQTT-3.3.2-7] the server forgets a client's aliases with the connection, also when the session "
            + "goes on")
    void aliasesEndWithConnection() {
        String topic = unique("a/");
        String id = unique("c");
        RawClient watcher = BROKER.online(5, unique("w"));
        watcher.subscribe(topic, 0);
        RawClient client = BROKER.online(connect(5, id).sessionExpiryInterval(60));
        client.send(publish(5, topic, "x").properties(props().topicAlias(1)));
        watcher.expectPublish(topic, "x");
        client.disconnect();
        RawClient again = BROKER.online(connect(5, id).cleanStart(false).sessionExpiryInterval(60));
        again.send(publish(5, "", "y").properties(props().topicAlias(1)));
        again.expectDisconnect(0x82);
        watcher.publish(topic, "marker", 0).expectPublish(topic, "marker");
    }

    @Test
    @DisplayName("[MQTT-3.3.2-7] an alias is only known to the client that set it")
    void aliasesAreTheClientsOwn() {
        RawClient one = BROKER.online(5, unique("c"));
        one.send(publish(5, unique("a/"), "x").properties(props().topicAlias(1)))
                .ping();
        RawClient two = BROKER.online(5, unique("c"));
        two.send(publish(5, "", "x").properties(props().topicAlias(1))).expectDisconnect(0x82);
    }
}
