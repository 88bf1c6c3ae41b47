package dev.mooring.spec;

import static dev.mooring.spec.Packets.frame;
import static dev.mooring.spec.Packets.publish;
import static dev.mooring.spec.Packets.subscribe;
import static dev.mooring.spec.Packets.unsubscribe;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.TestBroker;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Chapter 4.7: topic names, topic filters and which matches which. */
class Mqtt47TopicTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{" + TestBroker.SYS_FOR_ALL + "}");

    /** Filter and topic; a third word where they do not match. */
    private static final List<String> MULTI_LEVEL = List.of(
            "t/# t/a",
            "t/# t/a/b/c",
            "t/# t",
            "t/# t/",
            "t/# tt no",
            "+/t/# /t",
            "+/t/# a/t/b",
            "t/+/# t/a",
            "t/+/# t no");

    private static final List<String> SINGLE_LEVEL = List.of(
            "t/+ t/a",
            "t/+ t/",
            "t/+ t no",
            "t/+ t/a/b no",
            "t/+/c t/b/c",
            "t/+/c t//c",
            "t/+/c t/b/d no",
            "/+/t /a/t",
            "/+/t a/t no",
            "t/+/+ t/a no",
            "t/+/+ t//",
            "+/+/t a/b/t");

    private static final List<String> NO_WILDCARD =
            List.of("t/a t/a", "t/a t/a/ no", "t/a T/a no", "/t t no", "t//a t/a no", "t/a t/ab no", "t/a x/t/a no");

    @Test
    @DisplayName("[MQTT-4.7.0-1] a PUBLISH to a topic name with a wildcard ends the connection")
    void wildcardInTopicName() {
        wildcardInTopicName(5);
    }

    @Test
    @DisplayName("[MQTT311-4.7.1-1] a PUBLISH to a topic name with a wildcard ends the connection")
    void wildcardInTopicNameOf311() {
        wildcardInTopicName(4);
    }

    private static void wildcardInTopicName(int version) {
        for (String topic : List.of("a/+", "#", "a/b#c", "+/a", "a+b")) {
            RawClient client = BROKER.online(version, unique("c"));
            client.send(publish(version, topic, "x"));
            client.expectDisconnect(0x81, 0x82, 0x90);
        }
    }

    @Test
    @DisplayName("[MQTT-4.7.1-1] # must stand alone or behind a separator, and last")
    void multiLevelWildcard() {
        multiLevelWildcard(5);
    }

    @Test
    @DisplayName("[MQTT311-4.7.1-2] # must stand alone or behind a separator, and last")
    void multiLevelWildcardOf311() {
        multiLevelWildcard(4);
    }

    private static void multiLevelWildcard(int version) {
        for (String filter : List.of("a#", "a/#/b", "#/", "a/b#", "##", "#a", "a/#b", "+#", "#/a")) {
            expectMalformed(version, filter);
        }
    }

    @Test
    @DisplayName("[MQTT-4.7.1-2] + must take a whole level")
    void singleLevelWildcard() {
        singleLevelWildcard(5);
    }

    @Test
    @DisplayName("[MQTT311-4.7.1-3] + must take a whole level")
    void singleLevelWildcardOf311() {
        singleLevelWildcard(4);
    }

    private static void singleLevelWildcard(int version) {
        for (String filter : List.of("a+", "+a", "a/b+", "a/+b/c", "++", "a/++/b")) {
            expectMalformed(version, filter);
        }
    }

    @Test
    @DisplayName("[MQTT-4.7.1-1] # matches its level and all below it, and the level above")
    void multiLevelMatches() {
        assertMatches(5, MULTI_LEVEL);
    }

    @Test
    @DisplayName("[MQTT311-4.7.1-2] # matches its level and all below it, and the level above")
    void multiLevelMatchesOf311() {
        assertMatches(4, MULTI_LEVEL);
    }

    @Test
    @DisplayName("[MQTT-4.7.1-2] + matches exactly one level, also an empty one")
    void singleLevelMatches() {
        assertMatches(5, SINGLE_LEVEL);
    }

    @Test
    @DisplayName("[MQTT311-4.7.1-3] + matches exactly one level, also an empty one")
    void singleLevelMatchesOf311() {
        assertMatches(4, SINGLE_LEVEL);
    }

    @Test
    @DisplayName("[MQTT-3.3.2-3] a delivered topic name is the one that was published and matches the filter")
    void deliveredTopicMatches() {
        assertMatches(5, NO_WILDCARD);
    }

    @Test
    @DisplayName("[MQTT311-3.3.2-3] a delivered topic name is the one that was published and matches the filter")
    void deliveredTopicMatchesOf311() {
        assertMatches(4, NO_WILDCARD);
    }

    private static void assertMatches(int version, List<String> rows) {
        RawClient client = BROKER.online(version, unique("c"));
        for (String row : rows) {
            String t = unique("t");
            String[] words = row.split(" ");
            String topic = words[1].replace("t", t).replace("T", t.toUpperCase(Locale.ROOT));
            client.subscribe(words[0].replace("t", t), 0);
            client.subscribe("end/of/row/" + t, 0);
            client.publish(topic, row, 0).publish("end/of/row/" + t, "end", 0);
            if (words.length == 2) {
                client.expectPublish(topic, row);
            }
            client.expectPublish("end/of/row/" + t, "end");
        }
    }

    @Test
    @DisplayName("[MQTT-4.7.2-1] a filter that begins with a wildcard does not match $SYS and other "
            + "topics with $, retained or live")
    void dollarTopics() {
        dollarTopics(5);
    }

    @Test
    @DisplayName("[MQTT311-4.7.2-1] a filter that begins with a wildcard does not match $SYS and other "
            + "topics with $, retained or live")
    void dollarTopicsOf311() {
        dollarTopics(4);
    }

    private static void dollarTopics(int version) {
        RawClient named = BROKER.online(version, unique("c"));
        named.subscribe("$SYS/broker/#", 0);
        assertThat(named.read().topic).startsWith("$SYS/broker/");
        RawClient inside = BROKER.online(version, unique("c"));
        inside.subscribe("$SYS/+/version", 0);
        assertThat(inside.read().topic).isEqualTo("$SYS/broker/version");
        RawClient client = BROKER.online(version, unique("c"));
        for (String filter : List.of("#", "+/broker/#", "+/broker/+", "+/#", "+/+/version")) {
            client.subscribe(filter, 0);
        }
        String t = unique("t");
        RawClient live = BROKER.online(version, unique("c"));
        live.subscribe("$" + t + "/+", 0);
        BROKER.online(version, unique("c")).publish("$" + t + "/a", "live", 1);
        live.expectPublish("$" + t + "/a", "live");
        String end = unique("end/");
        client.publish(end, "end", 0);
        for (Frame frame = client.read(); !frame.payloadText().equals("end"); frame = client.read()) {
            assertThat(frame.topic).doesNotStartWith("$");
        }
    }

    @Test
    @DisplayName("[MQTT-4.7.3-1] an empty topic name or filter is an error; one character is enough")
    void emptyTopic() {
        emptyTopic(5);
    }

    @Test
    @DisplayName("[MQTT311-4.7.3-1] an empty topic name or filter is an error; one character is enough")
    void emptyTopicOf311() {
        emptyTopic(4);
    }

    private static void emptyTopic(int version) {
        RawClient client = BROKER.online(version, unique("c"));
        client.send(publish(version, "", "x"));
        client.expectDisconnect(0x81, 0x82, 0x90);
        expectMalformed(version, "");
        RawClient slash = BROKER.online(version, unique("c"));
        slash.subscribe("/", 0);
        slash.publish("/", "x", 0);
        slash.expectPublish("/", "x");
        slash.subscribe(" ", 0);
        slash.publish(" ", "blank", 0);
        slash.expectPublish(" ", "blank");
    }

    @Test
    @DisplayName("[MQTT-4.7.3-2] U+0000 in a topic name or filter ends the connection")
    void nullCharacter() {
        nullCharacter(5);
    }

    @Test
    @DisplayName("[MQTT311-4.7.3-2] U+0000 in a topic name or filter ends the connection")
    void nullCharacterOf311() {
        nullCharacter(4);
    }

    private static void nullCharacter(int version) {
        String property = version == 5 ? "00" : "";
        for (byte[] packet : List.of(
                frame(0x30, "0003 61 00 62" + property),
                frame(0x82, "0001" + property + "0003 61 00 62 00"),
                frame(0xA2, "0001" + property + "0003 61 00 62"))) {
            RawClient client = BROKER.online(version, unique("c"));
            client.send(packet);
            client.expectDisconnect(0x81);
        }
    }

    @Test
    @DisplayName("[MQTT-4.7.3-3] a topic of 65,535 bytes goes through whole")
    void longestTopic() {
        longestTopic(5);
    }

    @Test
    @DisplayName("[MQTT311-4.7.3-3] a topic of 65,535 bytes goes through whole")
    void longestTopicOf311() {
        longestTopic(4);
    }

    private static void longestTopic(int version) {
        String t = unique("long/");
        int left = 65_535 - t.length() - 1;
        String topic = t + "/" + "x".repeat(left % 2) + "\u00E9".repeat(left / 2);
        RawClient client = BROKER.online(version, unique("c"));
        client.subscribe(topic, 0);
        client.subscribe(t + "/+", 1);
        client.publish(topic, "x", 0);
        client.expectPublish(topic, "x");
    }

    @Test
    @DisplayName("[MQTT-4.7.3-4] topics are compared as they are: no normal form, case, trimming")
    void noNormalisation() {
        noNormalisation(5);
    }

    @Test
    @DisplayName("[MQTT311-4.7.3-4] topics are compared as they are: no normal form, case, trimming")
    void noNormalisationOf311() {
        noNormalisation(4);
    }

    private static void noNormalisation(int version) {
        String t = unique("n/");
        RawClient client = BROKER.online(version, unique("c"));
        List<String> topics = List.of(
                "\u00E9",
                "e\u0301",
                "E\u0301",
                "\u212B",
                "\u00C5",
                "A\u030A",
                "\uFB01",
                "fi",
                "a",
                "A",
                " a",
                "a ",
                "a/",
                "/a",
                "a//",
                "..",
                ".",
                "%41",
                "\\",
                "{a}",
                "a\u00A0",
                "\u00DF",
                "ss",
                "\uD83D\uDE00");
        for (String topic : topics) {
            client.subscribe(t + topic, 0);
            client.publish(t + topic, "x", 0);
            client.expectPublish(t + topic, "x");
            client.send(Packets.unsubscribe(version, 5).filter(t + topic));
            client.expect(Frame.UNSUBACK);
        }
        for (String topic : topics) { // only its own subscription sees it
            client.subscribe(t + topic, 0);
            topics.stream().filter(o -> !o.equals(topic)).forEach(o -> client.publish(t + o, "other", 0));
            client.publish(t + topic, "own", 0);
            client.expectPublish(t + topic, "own");
            client.send(Packets.unsubscribe(version, 5).filter(t + topic));
            client.expect(Frame.UNSUBACK);
        }
    }

    @Test
    @DisplayName("[MQTT-4.13.1-1] a topic name with too many levels is refused and harms nobody")
    void tooManyLevels() {
        tooManyLevels(5);
    }

    @Test
    @DisplayName("[MQTT311-4.8.0-1] a topic name with too many levels is refused and harms nobody")
    void tooManyLevelsOf311() {
        tooManyLevels(4);
    }

    private static void tooManyLevels(int version) {
        RawClient neighbour = BROKER.online(version, unique("c"));
        neighbour.subscribe("#", 0);
        RawClient client = BROKER.online(version, unique("c"));
        client.send(publish(version, "/".repeat(65_535), "x").qos(1, 1));
        Frame answer = client.read(20_000);
        if (answer == null) {
            assertThat(client.ended()).isTrue();
        } else if (answer.type == Frame.DISCONNECT) {
            assertThat(answer.reasonCode).isIn(0x90, 0x97);
        } else { // a 3.1.1 client can't be told
            assertThat(answer.type).isEqualTo(Frame.PUBACK);
            assertThat(answer.reasonCode).isIn(version == 5 ? List.of(0x90, 0x97) : List.of(0));
        }
        String end = unique("end/");
        neighbour.publish(end, "end", 0);
        for (Frame frame = neighbour.read(); !frame.payloadText().equals("end"); frame = neighbour.read()) {
            assertThat(frame.topic).doesNotContain("////");
        }
    }

    /** The packet is malformed: the connection ends, without a SUBACK or an UNSUBACK. */
    private static void expectMalformed(int version, String filter) {
        for (Packets.Packet packet : List.of(
                subscribe(version, 1).filter(filter, 0), unsubscribe(version, 1).filter(filter))) {
            RawClient client = BROKER.online(version, unique("c"));
            client.send(packet);
            client.expectDisconnect(0x81);
        }
    }
}
