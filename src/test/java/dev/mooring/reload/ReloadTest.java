package dev.mooring.reload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.password4j.BcryptFunction;
import dev.mooring.TestBroker;
import dev.mooring.config.ReloadOutcome;
import dev.mooring.config.ReloadOutcome.Result;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** What a reload changes, what it names, and what it refuses, in words that a person reads. */
class ReloadTest {
    @TempDir
    private Path folder;

    private static Mqtt5BlockingClient client(TestBroker broker, String id) {
        return MqttClient.builder()
                .useMqttVersion5()
                .identifier(id)
                .serverHost("127.0.0.1")
                .serverPort(broker.port())
                .buildBlocking();
    }

    @Test
    @DisplayName(
            "values that count at once are named, those that need a restart are named apart, and stay as they were")
    void liveAndRestart() {
        try (TestBroker broker = TestBroker.start("{}");
                Logs logs = new Logs()) {
            ReloadOutcome first = broker.reload("""
                    {"loops": 3, "limits": {"subscriptions_per_client_max": 1}, "session": {"pool": "other"},
                     "pools": {"local": {"sync": "never"}, "other": {"backend": "embedded", "path": "%s"}}}
                    """.formatted(folder.resolve("other")));

            assertThat(first.result()).isEqualTo(Result.APPLIED);
            assertThat(first.changed())
                    .containsExactlyInAnyOrder("/limits/subscriptions_per_client_max", "/pools/other");
            assertThat(first.restart())
                    .contains("/loops", "/session/pool", "/pools/local")
                    .doesNotContain("/limits/subscriptions_per_client_max");
            assertThat(logs.lines())
                    .anyMatch(l -> l.startsWith("INFO the configuration is reloaded (the test): ")
                            && l.contains("/limits/subscriptions_per_client_max"))
                    .anyMatch(l -> l.startsWith("WARN the configuration has what needs a restart to count: ")
                            && l.contains("/loops"));
            assertThat(broker.broker().metrics().loops()).hasSize(2);
            Mqtt5BlockingClient client = client(broker, "c");
            client.connect();
            client.subscribeWith().topicFilter("a").send();
            assertThatThrownBy(() -> client.subscribeWith().topicFilter("b").send())
                    .hasMessageContaining("SUBACK");
            client.disconnect();

            ReloadOutcome again = broker.reload();
            assertThat(again.result()).isEqualTo(Result.UNCHANGED);
            assertThat(again.restart()).isEqualTo(first.restart());
            assertThat(broker.reload("{}").restart()).doesNotContain("/loops", "/session/pool", "/pools/local");
        }
    }

    @Test
    @DisplayName("a file with mistakes changes nothing: all of them are told, logged as an error, and counted")
    void mistakes() {
        try (TestBroker broker = TestBroker.start("{}");
                Logs logs = new Logs()) {
            assertThatThrownBy(
                            () -> broker.reload("{\"limits\": {\"conections_max\": 5, \"queue\": {\"count_max\": -1}},"
                                    + " \"auth\": {\"allow_anonymous\": false, \"users\": []}}"))
                    .hasMessageContaining("/limits/conections_max: unknown key; did you mean \"connections_max\"?")
                    .hasMessageContaining("/limits/queue/count_max: must be a whole number from 1 to 100000000")
                    .hasMessageContaining("/auth/allow_anonymous: is false and there are no users");
            assertThat(logs.lines())
                    .anyMatch(l ->
                            l.startsWith("ERROR the configuration is refused, and the running one stays (the test): ")
                                    && l.contains("conf.json: ")
                                    && l.contains("/limits/conections_max: unknown key")
                                    && l.contains("/auth/allow_anonymous"));
            assertThat(broker.broker().metrics().reload.refused.sum()).isEqualTo(1);
            assertThat(broker.broker().metrics().reload.lastRefused).isTrue();
            Mqtt5BlockingClient client = client(broker, "anonymous as before");
            client.connect();
            client.disconnect();
            broker.reload("{}");
            assertThat(broker.broker().metrics().reload.lastRefused).isFalse();
        }
    }

    @Test
    @DisplayName("a file is noticed when it is written, when it is replaced, and behind links as those of a ConfigMap;"
            + " half of one, or none, is refused, and the rest is taken when it comes")
    void noticed() throws IOException {
        Path data = Files.createDirectories(folder.resolve("..2026"));
        Path next = Files.createDirectories(folder.resolve("..2027"));
        try (TestBroker broker = TestBroker.start("{\"reload\": {\"watch_s\": 1}}");
                Logs logs = new Logs()) {
            String whole = Files.readString(broker.file());
            String flapping = whole.replaceFirst("\\{", "{\"mqtt\": {\"response_information\": \"1\"},");
            Files.writeString(broker.file(), flapping.substring(0, flapping.length() / 2));
            await().until(() -> refused(broker) == 1);
            assertThat(logs.lines())
                    .anyMatch(l -> l.startsWith("ERROR") && l.contains("not JSON: Unexpected end-of-input"));
            Files.writeString(broker.file(), flapping);
            await().until(() -> broker.broker().metrics().reload.applied.sum() == 1);
            assertThat(logs.lines())
                    .contains("INFO the configuration is reloaded (a file has changed): /mqtt/response_information");

            replace(broker.file(), flapping.replace("\"1\"", "\"2\""));
            await().until(() -> broker.broker().metrics().reload.applied.sum() == 2);

            Files.delete(broker.file());
            await().until(() -> refused(broker) == 2);
            assertThat(logs.lines()).anyMatch(l -> l.startsWith("ERROR") && l.contains("there is no such file"));

            Files.writeString(data.resolve("conf.json"), flapping.replace("\"1\"", "\"3\""));
            Files.writeString(next.resolve("conf.json"), flapping.replace("\"1\"", "\"4\""));
            Files.createSymbolicLink(folder.resolve("..data"), data);
            Files.createSymbolicLink(broker.file(), folder.resolve("..data").resolve("conf.json"));
            await().until(() -> broker.broker().metrics().reload.applied.sum() == 3);
            Files.createSymbolicLink(folder.resolve("..data_tmp"), next);
            Files.move(folder.resolve("..data_tmp"), folder.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
            await().until(() -> broker.broker().metrics().reload.applied.sum() == 4);
            assertThat(broker.reload().result()).isEqualTo(Result.UNCHANGED);
        }
    }

    private static long refused(TestBroker broker) {
        return broker.broker().metrics().reload.refused.sum();
    }

    @Test
    @DisplayName(
            "files that the configuration names are noticed too: secrets and access lists; connected clients have the"
                    + " rights of the new list")
    void namedFiles() throws IOException {
        Path acl = Files.writeString(folder.resolve("acl.json"), "[]");
        Path hash = Files.writeString(folder.resolve("hash"), hash("first"));
        try (TestBroker broker = TestBroker.start("""
                {"reload": {"watch_s": 1}, "auth": {"acl": {"file": "%s"}, "allow_anonymous": true,
                 "users": [{"username": "ann", "password_hash": "file:%s"}]}}
                """.formatted(acl, hash))) {
            Mqtt5BlockingClient client = client(broker, "c");
            client.connect();
            assertThatThrownBy(() -> client.subscribeWith().topicFilter("a").send())
                    .hasMessageContaining("SUBACK");
            replace(acl, "[{\"permission\": \"allow\", \"topics\": [\"a\"]}]");
            await().until(() -> broker.broker().metrics().reload.applied.sum() == 1);
            client.subscribeWith().topicFilter("a").send();

            replace(acl, "[{\"permission\": \"alow\", \"topics\": [\"a\"]}]");
            await().until(() -> refused(broker) == 1);
            client.subscribeWith().topicFilter("a").send();
            replace(acl, "[{\"permission\": \"allow\", \"topics\": [\"a\"]}]");

            login(broker, "first");
            assertThatThrownBy(() -> login(broker, "second")).hasMessageContaining("BAD_USER_NAME_OR_PASSWORD");
            replace(hash, hash("second"));
            await().ignoreExceptions().untilAsserted(() -> login(broker, "second"));
            assertThatThrownBy(() -> login(broker, "first")).hasMessageContaining("BAD_USER_NAME_OR_PASSWORD");
            replace(hash, "$2b$04$not a hash");
            await().until(() -> refused(broker) == 2);
            login(broker, "second");
            assertThat(client.getState().isConnected()).isTrue();
            client.disconnect();
        }
    }

    private static String hash(String password) {
        return BcryptFunction.getInstance(4).hash(password).getResult();
    }

    private void replace(Path file, String text) throws IOException {
        Files.move(Files.writeString(folder.resolve("new"), text), file, StandardCopyOption.ATOMIC_MOVE);
    }

    private static void login(TestBroker broker, String password) {
        Mqtt5BlockingClient ann = client(broker, "ann");
        ann.connectWith()
                .simpleAuth()
                .username("ann")
                .password(password.getBytes(StandardCharsets.UTF_8))
                .applySimpleAuth()
                .send();
        ann.disconnect();
    }

    @Test
    @DisplayName(
            "a pool that goes to another folder is drained and closed: what it was given is there, the new one has the"
                    + " rest; one that stays in its folder has to wait for a restart")
    void embeddedPools() {
        Path first = folder.resolve("first");
        Path second = folder.resolve("second");
        try (TestBroker broker = TestBroker.start(withRules(first, "always"))) {
            ReloadOutcome moved = broker.reload(withRules(second, "always"));
            assertThat(moved.changed()).containsExactly("/pools/rules/path");
            await().ignoreExceptions().untilAsserted(() -> broker.reload(withRules(first, "always")));
            ReloadOutcome stays = broker.reload(withRules(first, "never"));
            assertThat(stays.changed()).isEmpty();
            assertThat(stays.restart()).contains("/pools/rules");
            assertThatThrownBy(() -> broker.reload(withRules(broker.folder().resolve("data/below"), "always")))
                    .hasMessageContaining("is the same as, or inside, /pools/local/path");
        }
    }

    private static String withRules(Path path, String sync) {
        return """
                {"pools": {"rules": {"backend": "embedded", "path": "%s", "sync": "%s"}},
                 "hooks": {"message.publish": [{"action": {"function": "on_message_publish"}, "pool": "rules"}]}}
                """.formatted(path, sync);
    }

    @Test
    @DisplayName("levels of the log change at once, for all and for one part, and come back")
    void logLevels() {
        Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
        Level before = root.getLevel();
        var auth = LoggerFactory.getLogger("dev.mooring.auth.Anything");
        try (TestBroker broker = TestBroker.start("{\"log\": {\"levels\": {\"dev.mooring.auth\": \"debug\"}}}")) {
            assertThat(auth.isDebugEnabled()).isTrue();
            assertThat(auth.isTraceEnabled()).isFalse();
            broker.reload("{\"log\": {\"level\": \"error\", \"levels\": {\"dev.mooring.auth\": \"trace\"}}}");
            assertThat(auth.isTraceEnabled()).isTrue();
            assertThat(LoggerFactory.getLogger("org.example").isWarnEnabled()).isFalse();
            broker.reload("{\"log\": {\"level\": \"warn\"}}");
            assertThat(auth.isDebugEnabled()).as("as before it was named").isFalse();
            assertThat(LoggerFactory.getLogger("org.example").isWarnEnabled()).isTrue();
        } finally {
            root.setLevel(before);
        }
    }

    @Test
    @DisplayName(
            "a listener that is new or has another port is named as what needs a restart; the rest of the file counts")
    void listenerNew() {
        try (TestBroker broker = TestBroker.start("{}");
                Logs logs = new Logs()) {
            String tcp = "{\"type\": \"tcp\", \"name\": \"tcp\", \"host\": \"127.0.0.1\", \"port\": %d}";
            String ws = "{\"type\": \"ws\", \"name\": \"ws\", \"host\": \"127.0.0.1\", \"port\": "
                    + broker.webSocketPort() + "}";
            String both = tcp.formatted(broker.port()) + ", " + ws;
            String config = "{\"limits\": {\"subscriptions_per_client_max\": %d}, \"listeners\": [%s]}";
            String fresh = tcp.formatted(0).replace("\"name\": \"tcp\"", "\"name\": \"new\"");
            ReloadOutcome added = broker.reload(config.formatted(7, both + ", " + fresh));
            assertThat(added.changed()).containsExactly("/limits/subscriptions_per_client_max");
            assertThat(added.restart()).contains("/listeners");
            assertThat(logs.lines())
                    .anyMatch(l -> l.startsWith("WARN the configuration has what needs a restart to count: ")
                            && l.contains("/listeners"));
            assertThat(broker.broker().ports()).hasSize(2);

            int other = broker.port() == 1 ? 2 : broker.port() - 1;
            ReloadOutcome moved = broker.reload(config.formatted(8, tcp.formatted(other) + ", " + ws));
            assertThat(moved.changed()).containsExactly("/limits/subscriptions_per_client_max");
            assertThat(moved.restart()).contains("/listeners/0/port");
            Mqtt5BlockingClient client = client(broker, "c");
            client.connect();
            client.disconnect();
        }
    }

    @Test
    @DisplayName(
            "a listener that is gone from the file keeps its connections and lets nobody new in; it closes with the"
                    + " restart, which is named")
    void listenerGone() {
        try (TestBroker broker = TestBroker.start("{}")) {
            Mqtt5BlockingClient inside = client(broker, "inside");
            inside.connect();
            ReloadOutcome outcome = broker.reload("{\"listeners\": [{\"type\": \"ws\", \"name\": \"ws\", \"host\":"
                    + " \"127.0.0.1\", \"port\": " + broker.webSocketPort() + "}]}");
            assertThat(outcome.restart()).contains("/listeners");
            assertThatThrownBy(() -> client(broker, "new").connect()).hasMessageContaining("NOT_AUTHORIZED");
            inside.publishWith().topic("t").send();
            assertThat(inside.getState().isConnected()).isTrue();
            broker.reload("{}");
            Mqtt5BlockingClient back = client(broker, "new");
            back.connect();
            back.disconnect();
            inside.disconnect();
        }
    }
}
