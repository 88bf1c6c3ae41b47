package dev.mooring.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a running broker takes of another configuration is what the schema says, and what is told. */
class LiveConfigTest {
    private static final Schema SCHEMA = Schema.load();

    private static final String RUNNING = """
            {"listeners": [{"type": "tls", "name": "a", "host": "127.0.0.1", "port": 1, "tls":
                             {"certfile": "a", "keyfile": "b"}}],
             "node": {"name": "this"}, "session": {"pool": "shared"}, "pools": {"shared": {"backend": "redis"}},
             "cluster": {"enable": true, "members": ["there"]}}
            """;

    private static final List<String> FILES = List.of("a", "b", "c", "d", "e", "f", "g", "h");

    @TempDir
    private static Path folder;

    @BeforeAll
    static void files() throws IOException {
        for (String file : FILES) {
            Files.createFile(folder.resolve(file));
        }
    }

    /** With names of files that are there. */
    private static Config config(String json) {
        String real = json;
        for (String file : FILES) {
            real = real.replace("file\": \"" + file + "\"", "file\": \"" + folder.resolve(file) + "\"");
        }
        return Config.of(real);
    }

    /** Every key of these sections is another one. */
    private static final String NEXT = """
            {"node": {"name": "other", "id_format": "emqx4", "timestamp_unit": "ms"},
             "listeners": [{"type": "wss", "name": "a", "host": "127.0.0.2", "port": 2, "path": "/x",
                            "max_connections": 5, "origins": ["https://x"], "proxy_protocol": true,
                            "auth": ["client_certificate"],
                            "allow_anonymous": false,
                            "tls": {"certfile": "c", "keyfile": "d", "sni": [{"certfile": "e", "keyfile": "f"}],
                                    "verify": "require", "cacertfile": "g", "crlfile": "h", "versions": ["TLSv1.3"],
                                    "ciphers": ["TLS_AES_128_GCM_SHA256"], "handshake_timeout_s": 3, "reload_s": 7}}],
             "auth": {"chain": [{"type": "client_certificate"}]},
             "mqtt": {"payload_format_check": true, "retain_available": false, "qos_max": 1,
                      "response_information": "x",
                      "shared_prefer_local": true, "sys_interval_s": 1},
             "session": {"pool": "other", "write_subscriptions": true},
             "pools": {"local": {"backend": "embedded"}, "other": {"backend": "embedded", "path": "other"}},
             "http": {"enable": false, "host": "127.0.0.2", "port": 3, "hosts": ["x"],
                      "token": "0123456789012345678901234567890123456789", "token_file": "x", "trace_dir": "y",
                      "metrics_token": "1123456789012345678901234567890123456789",
                      "ssl": {"enable": true, "certfile": "a", "keyfile": "b"}},
             "cluster": {"enable": false, "name": "x", "host": "127.0.0.2", "public_host": "x", "port": 4,
                         "link_port": 5, "members": ["x"], "service_dns": "x", "no_heartbeat_s": 3, "secret": "x",
                         "link_bytes_max": 65536, "answer_timeout_ms": 1000, "digest_interval_s": 1,
                         "tls": {"enable": true, "certfile": "c", "keyfile": "d", "cacertfile": "e"}},
             "reload": {"watch_s": 9},
             "drain": {"rate": 5, "wait_s": 1, "timeout_s": 60, "server_reference": "other:1883"},
             "log": {"level": "error", "levels": {"x": "debug"}, "format": "json"}}
            """;

    @Test
    @DisplayName("a key stays as it was if, and only if, the schema says that it needs a restart")
    void asTheSchemaSays() throws Exception {
        Config running = config(RUNNING);
        Config next = config(NEXT);
        Config live = LiveConfig.of(running, next, new ConfigChange(List.of(), List.of(), List.of(), List.of()));
        List<String> wrong = new ArrayList<>();
        for (String section : List.of("node", "mqtt", "session", "http", "cluster", "reload", "drain", "log")) {
            JsonNode declared = SCHEMA.root().path("properties").path(section);
            compare(declared, part(running, section), part(next, section), part(live, section), "/" + section, wrong);
        }
        compare(
                SCHEMA.root().at("/$defs/listener"),
                running.listeners().get(0),
                next.listeners().get(0),
                live.listeners().get(0),
                "/listeners/0",
                wrong);
        assertThat(wrong).isEmpty();
        assertThat(live.limits()).isEqualTo(next.limits());
        assertThat(live.auth()).isEqualTo(next.auth());
        assertThat(live.loops()).isEqualTo(running.loops());
    }

    private static void compare(
            JsonNode declared, Object running, Object next, Object live, String pointer, List<String> wrong)
            throws Exception {
        for (Map.Entry<String, JsonNode> key :
                SCHEMA.resolved(declared).path("properties").properties()) {
            String child = pointer + "/" + key.getKey();
            Object before = part(running, key.getKey());
            Object after = part(next, key.getKey());
            Object now = part(live, key.getKey());
            boolean isName = child.equals("/listeners/0/name"); // by which it is found
            assertThat(isName || !after.equals(before))
                    .as("what the test needs of " + child)
                    .isTrue();
            if (SCHEMA.resolved(key.getValue()).has("properties")) {
                compare(key.getValue(), before, after, now, child, wrong);
            } else if (!now.equals(key.getValue().path("x-restart").asBoolean() ? before : after) && !isName) {
                wrong.add(child + " is " + now);
            }
        }
    }

    private static Object part(Object owner, String key) throws Exception {
        StringBuilder name = new StringBuilder();
        for (String word : key.split("_")) {
            name.append(name.isEmpty() ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1));
        }
        Method part = owner.getClass().getMethod(name.toString());
        return part.invoke(owner);
    }

    @Test
    @DisplayName("changes are named by the value; a list of another length, and what comes or goes, as a whole")
    void pointers() {
        assertThat(change(
                                "{\"limits\": {\"queue\": {\"count_max\": 5}}}",
                                "{\"limits\": {\"queue\": {\"count_max\": 6, \"age_max_s\": 1}, "
                                        + "\"receive_maximum\": 7}}")
                        .live())
                .containsExactlyInAnyOrder(
                        "/limits/queue/count_max", "/limits/queue/age_max_s", "/limits/receive_maximum");
        String rule = "{\"action\": {\"function\": \"on_message_publish\"}, \"pool\": \"local\"%s}";
        assertThat(change(hooks(rule.formatted("")), hooks(rule.formatted(", \"topic\": \"a\"")))
                        .live())
                .containsExactly("/hooks/message.publish/0/topic");
        assertThat(change(hooks(rule.formatted("")), hooks(rule.formatted("") + ", " + rule.formatted("")))
                        .live())
                .containsExactly("/hooks/message.publish");
        ConfigChange pool =
                change("{}", "{\"pools\": {\"local\": {\"backend\": \"embedded\"}, \"r\": {\"backend\": \"redis\"}}}");
        assertThat(pool.live()).containsExactly("/pools/r");
        assertThat(pool.restart()).isEmpty();
        assertThat(pool.isAbout("/pools")).isTrue();
        assertThat(pool.isAbout("/pool")).isFalse();
    }

    @Test
    @DisplayName("what needs a restart is named until the file says again what the broker runs with")
    void restart() {
        ConfigResult.Valid started = read("{}");
        ConfigResult.Valid changed = read("{\"loops\": 77, \"log\": {\"format\": \"json\"}}");
        ConfigResult.Valid more = read("{\"loops\": 77, \"log\": {\"format\": \"json\", \"level\": \"warn\"}}");
        Config running = started.config();
        assertThat(ConfigChange.of(started, started, changed, running).restart())
                .containsExactlyInAnyOrder("/loops", "/log/format");
        ConfigChange second = ConfigChange.of(started, changed, more, running);
        assertThat(second.live()).containsExactly("/log/level");
        assertThat(second.restart()).containsExactlyInAnyOrder("/loops", "/log/format");
        assertThat(ConfigChange.of(started, more, started, running).restart()).isEmpty();
        assertThat(change("{}", "{\"listeners\": [{\"type\": \"tcp\", \"port\": 5}]}")
                        .restart())
                .containsExactly("/listeners");
    }

    @Test
    @DisplayName("a secret is part of what is compared, and neither of the hash nor of anything that is shown")
    void secrets() {
        String with = "{\"auth\": {\"users\": [{\"username\": \"a\", \"password_hash\": \""
                + "$2b$04$Vx08TmthlFtmttLkYbTbTu6emW3iYMVZ8uSzuOmWxDZnvKZyELq%s\"}]}}";
        ConfigResult.Valid one = read(with.formatted("W2"));
        ConfigResult.Valid other = read(with.formatted("W6"));
        assertThat(ConfigChange.of(one, one, other, one.config()).live())
                .containsExactly("/auth/users/0/password_hash");
        assertThat(one.effective().meansTheSame(other.effective())).isFalse();
        assertThat(one.effective().hash()).isEqualTo(other.effective().hash());
        assertThat(one.effective().tree().toString()).doesNotContain("$2b$");
    }

    private static String hooks(String rules) {
        return "{\"hooks\": {\"message.publish\": [" + rules + "]}}";
    }

    private static ConfigChange change(String before, String after) {
        ConfigResult.Valid last = read(before);
        return ConfigChange.of(last, last, read(after), last.config());
    }

    private static ConfigResult.Valid read(String json) {
        return (ConfigResult.Valid) new ConfigReader().parse(json);
    }
}
