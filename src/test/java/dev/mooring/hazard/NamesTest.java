package dev.mooring.hazard;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import dev.mooring.message.TopicName;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Names that mean something to a log, a file system, a template, a pattern or a key: section 3 of the hazards. */
class NamesTest {
    private static final String ALL_HOOKS = """
            {"hooks": {
              "client.connected": [{"action": {"function": "on_client_connected"}, "pool": "local"},
                                   {"action": {"function": "on_subscribe_lookup"}, "pool": "local"}],
              "client.disconnected": [{"action": {"function": "on_client_disconnected"}, "pool": "local"}],
              "session.unsubscribed": [{"action": {"function": "on_acked_delete"}, "pool": "local"}],
              "message.publish": [{"action": {"function": "on_message_publish"}, "pool": "local"},
                                  {"action": {"function": "on_message_store_keep_latest"}, "pool": "local"},
                                  {"action": {"function": "on_message_retain"}, "pool": "local"},
                                  {"action": {"function": "on_retain_delete"}, "pool": "local"}],
              "message.acked": [{"action": {"function": "on_message_acked_for_pubsub"}, "pool": "local"}]}}
            """;

    @RegisterExtension
    static final Victim BROKER = new Victim(ALL_HOOKS);

    /** Pairs that a careless program takes for one stand next to each other. */
    private static final List<String> NAMES = List.of(
            "n",
            "N",
            " n",
            "n ",
            "n\t",
            "\uFEFFn",
            "\u00E9",
            "e\u0301",
            "\u212B",
            "\u00C5",
            "\uFFFD",
            "\uFFFE",
            "../../etc/passwd",
            "..",
            ".",
            "CON",
            "n\n2026-01-01 INFO forged",
            "n\r\nDEL x",
            "\u001B[2J",
            "\u0001",
            "\u007F",
            "\u0085",
            "\u2028",
            "<script>alert(1)</script>",
            "\"'`;--",
            "${jndi:ldap://x/a}",
            "${clientid}",
            "{}",
            "{0}",
            "%s%n",
            "%c",
            "a:b",
            "a:b:c",
            "{a}x}",
            "}{",
            "*",
            "[a-z]",
            "\\",
            "a|b",
            ".*",
            "$",
            "$SYSX",
            "mqtt:msg:n",
            "\uD83D\uDE00",
            "x".repeat(1_000));

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    @DisplayName("each hostile client id is a session of its own, by its bytes, with its own queue, after restart too")
    void clientIds(int version) {
        for (String id : NAMES) {
            try (Peer p = Peer.online(
                    BROKER.port(),
                    Bytes.Connect.lasting(version, id).cleanStart().expiry(600))) {
                assertThat(p.subscribe(1, "names/" + version + "/" + NAMES.indexOf(id))
                                .granted(0))
                        .isEqualTo(1);
            }
            if (version == 4) { // a clean session of 3.1.1 does not last: make one that does
                try (Peer p = Peer.online(BROKER.port(), Bytes.Connect.lasting(4, id))) {
                    p.subscribe(1, "names/4/" + NAMES.indexOf(id));
                }
            }
        }
        try (Peer p = Peer.online(BROKER.port(), version, "names-publisher")) {
            for (int i = 0; i < NAMES.size(); i++) {
                p.publish("names/" + version + "/" + i, "for " + i);
            }
        }
        BROKER.restart();
        for (int i = 0; i < NAMES.size(); i++) {
            try (Peer p = Peer.open(BROKER.port())) {
                Frame connack = p.connect(Bytes.Connect.lasting(version, NAMES.get(i)));
                assertThat(connack.sessionPresent()).as("session of name " + i).isTrue();
                Frame f = p.expectPublish("for " + i);
                p.send(Bytes.ack(Frame.PUBACK, f.packetId())).ping();
            }
        }
        assertNoFileIsNamedByAClient();
    }

    @Test
    @DisplayName("hostile topics, a message id as a topic among them, keep their own retained value, after restart too")
    void topics() {
        List<String> topics = new ArrayList<>(NAMES);
        topics.addAll(List.of("/", "//", "/n", "n/", "n//", "l".repeat(65_535), "l".repeat(65_534)));
        topics.removeIf(t -> t.contains("+") || t.contains("#"));
        try (Peer p = Peer.online(BROKER.port(), 5, "topic-writer")) {
            for (int i = 0; i < topics.size(); i++) {
                p.retain(topics.get(i), "value " + i);
            }
            for (int i = 0; i < 5; i++) { // its stored body has the key that this topic's entry must not have
                String id = messageId(topics.get(i));
                topics.add(id);
                p.retain(id, "value " + (topics.size() - 1));
            }
            p.retain(topics.get(3), "").retain(topics.get(3), "value 3");
        }
        assertValues(topics);
        BROKER.restart();
        assertValues(topics);
        try (Peer p = Peer.online(BROKER.port(), 5, "topic-writer")) {
            topics.forEach(t -> p.retain(t, ""));
        }
        assertNoFileIsNamedByAClient();
    }

    private static void assertValues(List<String> topics) {
        try (Peer p = Peer.online(BROKER.port(), 5, "topic-reader")) {
            for (int i = 0; i < topics.size(); i++) {
                if (topics.get(i).startsWith("$share")) {
                    continue;
                }
                p.subscribe(0, topics.get(i));
                Frame f = p.expectPublish("value " + i);
                assertThat(f.topic()).isEqualTo(topics.get(i));
            }
            p.ping();
        }
    }

    private static String messageId(String topic) {
        return BROKER.broker()
                .retained()
                .get(TopicName.of(topic), System.currentTimeMillis())
                .id()
                .toString();
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    @DisplayName("U+0000, a surrogate, overlong and broken UTF-8 in an id are refused, not made the same by U+FFFD")
    void brokenUtf8(int version) {
        for (byte[] id : List.of(
                Bytes.u8('a', 0),
                Bytes.u8(0xED, 0xA0, 0x80),
                Bytes.u8(0xC0, 0xAF),
                Bytes.u8(0xFF),
                Bytes.u8(0xE2, 0x82))) {
            byte[] head =
                    Bytes.join(Bytes.text("MQTT"), Bytes.u8(version, 2, 0, 0), version == 5 ? Bytes.u8(0) : Bytes.u8());
            try (Peer p = Peer.open(BROKER.port()).version(version)) {
                p.send(Bytes.packet(0x10, head, Bytes.u16(id.length), id));
                Frame last = p.expectEnd();
                assertThat(last == null ? 0 : last.reason()).isEqualTo(version == 5 ? 0x81 : 0);
            }
        }
    }

    @Test
    @DisplayName("CVE-2020-13821 and log forging: in the log as it is shipped a hostile id stays within its line")
    void logLines() throws Exception {
        LoggerContext shipped = new LoggerContext();
        JoranConfigurator configurator = new JoranConfigurator();
        configurator.setContext(shipped);
        configurator.doConfigure(new File("src/main/resources/logback.xml"));
        ConsoleAppender<ILoggingEvent> appender =
                (ConsoleAppender<ILoggingEvent>) shipped.getLogger("ROOT").getAppender("stdout");
        for (String id : NAMES) {
            LoggingEvent event = new LoggingEvent(
                    "x", shipped.getLogger("dev.mooring.X"), Level.INFO, "{} from {} refused", null, new Object[] {
                        id, "y"
                    });
            String line = new String(appender.getEncoder().encode(event), StandardCharsets.UTF_8);
            assertThat(line.strip().lines()).as(id).hasSize(1);
            assertThat(line.strip().chars().filter(c -> Character.isISOControl(c) || c == 0x2028))
                    .isEmpty();
            if (id.startsWith("${jndi") || id.equals("{}") || id.equals("%s%n")) {
                assertThat(line).contains(id + " from y refused");
            }
        }
        shipped.stop();
    }

    /** The embedded store has files of its own choice only. */
    private static void assertNoFileIsNamedByAClient() {
        try (Stream<Path> files = Files.walk(BROKER.test().folder())) {
            assertThat(files.map(f -> BROKER.test().folder().relativize(f).toString()))
                    .allMatch(name -> name.matches("(conf\\.json|data([/\\\\][A-Za-z0-9_.-]+)*)?"))
                    .noneMatch(name -> name.contains("passwd") || name.contains("script"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
