package dev.mooring.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mooring.config.Config.Listener;
import dev.mooring.rule.Function;
import dev.mooring.rule.Hook;
import dev.mooring.rule.OnError;
import dev.mooring.rule.Rule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigReaderTest {
    private static final String SCRAM = "SCRAM-SHA-256$4096:c2FsdHNhbHQ=$"
            + "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

    @Test
    void allMistakesOfAFileAreToldAtOnce() throws Exception {
        Path file = Path.of("src/test/resources/dev/mooring/config/many-mistakes.json");
        String expected = Files.readString(file.resolveSibling("many-mistakes.txt"));

        assertThat(new ConfigReader(Map.<String, String>of()::get, 2, 1000).read(file) + "\n")
                .isEqualTo(expected);
    }

    @Test
    void anEmptyObjectIsEnough() {
        Config config = Config.defaults();

        assertThat(config.listeners()).extracting(Listener::host).containsOnly("127.0.0.1");
        assertThat(config.auth()).isEqualTo(new AuthConfig(true, List.of()));
        assertThat(config.pools()).containsOnlyKeys("local");
        assertThat(config.session().pool()).isEqualTo("local");
        assertThat(config.hooks()).isEmpty();
    }

    @Test
    void autoIsResolvedByTheMachine() {
        ConfigResult result = new ConfigReader(name -> null, 12, 4000).parse("{}");

        Config config = ((ConfigResult.Valid) result).config();
        assertThat(config.loops()).isEqualTo(12);
        assertThat(config.limits().queuedMemoryBytesMax()).isEqualTo(1000);
        assertThat(config.limits().retained().bytesMax()).isEqualTo(1000);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {}                                                                     | 127.0.0.1 | true
            {"auth": {"allow_anonymous": true}}                                    | 0.0.0.0   | true
            {"auth": {"users": [{"username": "a", "password_hash": "$2b$10$x"}]}}  | 0.0.0.0   | false
            {"listeners": [{"type": "tcp", "port": 0, "host": "::1"}]}             | ::1       | true
            """)
    void onlyWhoSaidWhoMayConnectIsOpenToTheNetwork(String json, String host, boolean anonymous) {
        Config config = Config.of(json);

        assertThat(config.listeners()).extracting(Listener::host).containsOnly(host);
        assertThat(config.auth().allowAnonymous()).isEqualTo(anonymous);
    }

    @Test
    void aRuleHasTheDefaultsOfItsHook() {
        Config config = Config.of("""
                {"hooks": {
                  "message.publish": [{"topic": "a/#", "action": {"function": "on_message_publish"}, "pool": "local"}],
                  "client.connected": [
                    {"topic": "ignored", "action": {"function": "on_subscription_lookup"}, "pool": "local"}],
                  "message.acked": [{"action": {"function": "on_message_acked"}, "pool": "local",
                    "expired_time": -1, "enabled": false}]}}
                """);

        assertThat(config.hooks())
                .containsExactly(
                        new Rule(
                                Hook.MESSAGE_PUBLISH,
                                dev.mooring.message.TopicFilter.of("a/#"),
                                Function.MESSAGE_PUBLISH,
                                "local",
                                7200,
                                OnError.REJECT,
                                true),
                        Rule.of(Hook.CLIENT_CONNECTED, "", Function.SUBSCRIBE_LOOKUP, "local"),
                        new Rule(
                                Hook.MESSAGE_ACKED,
                                null,
                                Function.ACKED_FOR_PUBSUB,
                                "local",
                                7200,
                                OnError.ACCEPT,
                                false));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"loops": }                            | (line 1, column 11)
            {"loops": 1} x                         | (line 1, column 14)
            {"loops": 1}}                          | (line 1, column 13)
            {"loops": 1                            | Unexpected end-of-input
            // no comments                         | (line 1, column 1)
            []                                     | the file: must be an object {...}, not a list
            null                                   | the file: must be an object {...}, not null
            ''                                     | the file is empty; the least is {}
            """)
    void whatIsNotJsonIsSaidWithItsPlace(String json, String message) {
        assertThat(new ConfigReader().parse(json).toString()).contains(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"loops": 0}                                  | /loops: must be "auto" or a whole number from 1 to 1024
            {"loops": "many"}                             | /loops: must be "auto" or a whole number from 1 to 1024
            {"loops": 1e999}                              | /loops: must be "auto" or a whole number
            {"limits": {"packet_size_max": 1.5}}          | must be a whole number from 128 to 268435456 (bytes), not 1.5
            {"limits": {"packet_size_max": 2000000, "queue": {"bytes_max": 1000000}}}   | /limits/queue/bytes_max: packet_size_max (2000000) must not be more
            {"limits": {"packet_size_max": 268435456, "queue": {"bytes_max": 268435456}}} | /limits/packet_size_max: packet_size_max (268435456) must not be more
            {"limits": null}                              | /limits: must be an object {...}, not null
            {"node": {"name": "a b"}}                     | /node/name: must be text without spaces
            {"listeners": []}                             | /listeners: needs at least one entry
            {"listeners": [{"type": "tcp"}]}              | /listeners/0: needs "port": a whole number from 0 to 65535
            {"listeners": [{"type": "tcp", "port": 1, "path": "/x"}]} | /listeners/0/path: is for listeners of type ws only
            {"listeners": [{"type": "ws", "port": 1, "path": "x"}]}   | /listeners/0/path: must be text that begins with /
            {"listeners": [{"type": "tls", "port": 1}]}   | must be one of "tcp", "ws", not "tls"
            {"listeners": [{"type": "tcp", "port": 5, "host": "::1"}, {"type": "ws", "port": 5, "host": "0.0.0.0"}]} | /listeners/1/port: 5 is taken by /listeners/0
            {"pools": {}}                                 | /pools: needs at least one entry
            {"pools": {"my pool": {"backend": "embedded"}}, "session": {"pool": "my pool"}} | /pools/my pool: a name here is 1 to 64 letters
            {"pools": {"a/b~c": {"backend": "embedded"}}, "session": {"pool": "a/b~c"}} | /pools/a~1b~0c: a name here is
            {"pools": {"local": {"backend": "dynamodb"}}} | /pools/local/backend: the backend "dynamodb" is not in this version; there is "embedded"
            {"pools": {"local": {"backend": "rocksdb"}}}  | /pools/local/backend: must be "embedded", not "rocksdb"
            {"pools": {"local": {"backend": "embedded", "path": "pom.xml"}}} | /pools/local/path: "pom.xml" is a file
            {"pools": {"local": {"backend": "embedded"}, "b": {"backend": "embedded", "path": "data/b"}}} | /pools/b/path: "data/b" is the same as, or inside, /pools/local/path
            {"session": {"pool": "x"}}                    | /session/pool: there is no pool "x" (pools: "local")
            {"auth": {"allow_anonymous": false}}          | /auth/allow_anonymous: is false and there are no users
            {"auth": {"users": [{"username": "a"}]}}      | /auth/users/0: needs "password_hash", "scram_sha_256" or both
            {"auth": {"users": [{"username": "a", "scram_sha_256": "x"}]}} | must be SCRAM-SHA-256$<iterations>
            {"auth": {"users": [{"username": "a", "pasword_hash": "x"}]}}  | /auth/users/0/pasword_hash: unknown key; did you mean "password_hash"?
            {"auth": {"users": [{"username": "a", "password_hash": "$2$x"}, {"username": "a", "password_hash": "$2$x"}]}} | /auth/users/1/username: "a" is taken by /auth/users/0
            {"hooks": {"message.acked": [{"action": {}, "pool": "local"}]}} | /hooks/message.acked/0/action: needs exactly one of "function", "commands", "items"
            {"hooks": {"message.acked": [{"action": {"function": "on_message_acked", "items": [{}]}, "pool": "local"}]}} | needs exactly one of
            {"hooks": {"message.acked": [{"action": {"items": [{}]}, "pool": "local"}]}} | /hooks/message.acked/0/action/items: items are for a dynamodb pool, and pool "local" is embedded (there is "function": "on_message_acked_for_queue"
            {"hooks": {"message.acked": [{"pool": "local"}]}}  | /hooks/message.acked/0: needs "action": an object {...}
            {"hooks": {"message.acked": [{"action": {"function": "on_message_acked"}}]}} | /hooks/message.acked/0: needs "pool"
            {"hooks": {"message.deliver": [{"action": {"function": "on_message_acked"}, "pool": "local"}]}} | on_message_acked is not allowed on message.delivered, only on "message.acked" (message.delivered has no functions, only commands)
            {"hooks": {"message.acked": [{"topic": "$share/g/a", "action": {"function": "on_message_acked"}, "pool": "local"}]}} | a rule cannot have a shared filter; leave out $share/g/
            {"log": {"level": "INFO"}}                    | not "INFO"; did you mean "info"?
            {"no_such_thing": 1}                          | /no_such_thing: unknown key (known: "$schema", "node"
            """)
    void aMistakeIsSaidWithItsPlaceAndWhatIsAllowed(String json, String message) {
        ConfigResult result = new ConfigReader(name -> null, 2, 1 << 30).parse(json);

        assertThat(result).isInstanceOf(ConfigResult.Invalid.class);
        assertThat(result.toString()).contains(message).doesNotContain("\n\n");
        assertThat(((ConfigResult.Invalid) result).errors()).hasSize(1);
    }

    @Test
    void aSmallQueueNeedsNoSecondKey() {
        Limits limits =
                Config.of("{\"limits\": {\"queue\": {\"count_max\": 10}}}").limits();

        assertThat(limits.memoryQueue().countMax()).isEqualTo(10);
    }

    @Test
    void secretsComeFromEnvironmentAndFilesAndAreNotShown(@TempDir Path dir) throws IOException {
        Path file = Files.writeString(dir.resolve("secret"), SCRAM + "\n");
        String json = """
                {"auth": {"users": [{"username": "ann", "password_hash": "${ENV:ANN}", "scram_sha_256": "file:%s"}]}}
                """.formatted(file);

        ConfigResult result = new ConfigReader(Map.of("ANN", "$2b$10$secret")::get, 2, 1000).parse(json);

        Config config = ((ConfigResult.Valid) result).config();
        assertThat(config.auth().users()).containsExactly(new AuthConfig.User("ann", "$2b$10$secret", SCRAM));
        assertThat(config.toString()).contains("ann").doesNotContain("$2b$", "4096");
    }

    @ParameterizedTest
    @CsvSource({
        "${ENV:NONE}, environment variable NONE is not set",
        "${ENV:EMPTY}, environment variable EMPTY is empty",
        "file:/no/such/file, there is no such file",
        "file:/, it is a directory",
        "hunter2, a password itself is not accepted"
    })
    void aSecretThatIsMissingIsAnErrorAndAWrongOneIsNotShown(String reference, String message) {
        String json = "{\"auth\": {\"users\": [{\"username\": \"a\", \"password_hash\": \"" + reference + "\"}]}}";

        String text =
                new ConfigReader(Map.of("EMPTY", "")::get, 2, 1000).parse(json).toString();

        assertThat(text)
                .contains("line 1, /auth/users/0/password_hash: ")
                .contains(message)
                .doesNotContain("hunter2");
    }

    @Test
    void noOtherValueIsTakenFromAFile() {
        assertThat(Config.of(
                                "{\"node\": {\"name\": \"x\"}, \"mqtt\": {\"response_information\": \"file:/etc/passwd\"}}")
                        .mqtt()
                        .responseInformation())
                .isEqualTo("file:/etc/passwd");
    }

    @Test
    void aFileThatIsNotThereIsAnErrorToo(@TempDir Path dir) {
        assertThat(new ConfigReader().read(dir.resolve("none.json")).toString()).contains("there is no such file");
        assertThat(new ConfigReader().read(dir).toString()).contains("it is a directory");
    }

    @Test
    void programsGetTheErrorsAsText() {
        assertThatThrownBy(() -> Config.of("{\"loops\": -1}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("/loops");
    }
}
