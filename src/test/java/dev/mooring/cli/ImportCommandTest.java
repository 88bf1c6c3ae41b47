package dev.mooring.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.config.Config;
import dev.mooring.config.ConfigResult;
import dev.mooring.config.ConfigSources;
import dev.mooring.config.Pool;
import dev.mooring.config.Surroundings;
import dev.mooring.message.TopicFilter;
import dev.mooring.rule.Commands;
import dev.mooring.rule.Function;
import dev.mooring.rule.Hook;
import dev.mooring.rule.OnError;
import dev.mooring.rule.Rule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

/** EMQX's files, as its pages print them and as people have changed them since. */
class ImportCommandTest {
    private static final Path FILES = Path.of("src/test/resources/dev/mooring/cli");

    @TempDir
    private Path folder;

    @Test
    @DisplayName("the lines of EMQX's Redis page give a configuration that check accepts, with the same rules")
    void redis() throws IOException {
        Path output = folder.resolve("conf.json");
        Cli.Result result =
                new Cli().run("import", FILES.resolve("emqx_backend_redis.conf").toString(), "-o", output.toString());
        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out()).isEmpty();
        assertThat(result.err())
                .contains("line 2: backend.redis.pool1.server -> /pools/pool1/server")
                .contains("line 12: backend.redis.hook.client.connected.2 -> /hooks/client.connected/1")
                .endsWith("9 imported, 0 not imported\n");
        assertThat(new Cli().run("check", output.toString()))
                .isEqualTo(new Cli.Result(0, output + " has no mistakes: 2 listeners, 2 pools, 8 rules\n", ""));

        Config config = config(output);
        assertThat(((Pool.RedisPool) config.pools().get("pool1")).server()).isEqualTo("127.0.0.1:6379");
        assertThat(config.session().pool()).isEqualTo("local");
        assertThat(config.hooks())
                .containsExactly(
                        Rule.of(Hook.CLIENT_CONNECTED, "", Function.CLIENT_CONNECTED, "pool1"),
                        Rule.of(Hook.CLIENT_CONNECTED, "", Function.SUBSCRIBE_LOOKUP, "pool1"),
                        Rule.of(Hook.CLIENT_DISCONNECTED, "", Function.CLIENT_DISCONNECTED, "pool1"),
                        Rule.of(Hook.SESSION_SUBSCRIBED, "queue/#", Function.FETCH_FOR_QUEUE, "pool1"),
                        Rule.of(Hook.SESSION_SUBSCRIBED, "pubsub/#", Function.FETCH_FOR_PUBSUB, "pool1"),
                        Rule.of(Hook.MESSAGE_PUBLISH, "#", Function.MESSAGE_PUBLISH, "pool1"),
                        Rule.of(Hook.MESSAGE_PUBLISH, "#", Function.MESSAGE_RETAIN, "pool1"),
                        Rule.of(Hook.MESSAGE_PUBLISH, "#", Function.RETAIN_DELETE, "pool1"));
    }

    @Test
    @DisplayName("the lines of EMQX's DynamoDB page too, the one that is commented out there included")
    void dynamoDb() throws IOException {
        String page = Files.readString(FILES.resolve("emqx_backend_dynamo.conf"));
        Config config = imported(
                page.replace("# backend", "backend"),
                0,
                "line 2: backend.dynamo.region -> /pools/pool1/region",
                "line 11: note: backend.dynamo.pool1.aws_access_key_id is a placeholder",
                "line 18: note: runs when a session is made",
                "line 23: note: EMQX keeps these messages for ever, Mooring for 7200 s",
                "line 28: backend.dynamo.hook.message.publish.4 -> /hooks/message.publish/3",
                "14 imported, 0 not imported");
        Pool.DynamoDbPool pool = (Pool.DynamoDbPool) config.pools().get("pool1");
        assertThat(pool.region()).isEqualTo("us-west-2");
        assertThat(pool.server()).isEqualTo("http://localhost:8000");
        assertThat(pool.poolSize()).isEqualTo(8);
        assertThat(pool.awsAccessKeyId()).isEmpty();
        assertThat(config.session().pool()).isEqualTo("local");
        assertThat(config.hooks())
                .containsExactly(
                        Rule.of(Hook.CLIENT_CONNECTED, "", Function.CLIENT_CONNECTED, "pool1"),
                        Rule.of(Hook.CLIENT_DISCONNECTED, "", Function.CLIENT_DISCONNECTED, "pool1"),
                        Rule.of(Hook.SESSION_CREATED, "", Function.SUBSCRIBE_LOOKUP, "pool1"),
                        Rule.of(Hook.SESSION_SUBSCRIBED, "#", Function.FETCH_FOR_QUEUE, "pool1"),
                        Rule.of(Hook.SESSION_SUBSCRIBED, "#", Function.RETAIN_LOOKUP, "pool1"),
                        Rule.of(Hook.SESSION_UNSUBSCRIBED, "#", Function.ACKED_DELETE, "pool1"),
                        Rule.of(Hook.MESSAGE_PUBLISH, "#", Function.MESSAGE_PUBLISH, "pool1"),
                        Rule.of(Hook.MESSAGE_PUBLISH, "#", Function.MESSAGE_RETAIN, "pool1"),
                        Rule.of(Hook.MESSAGE_PUBLISH, "#", Function.RETAIN_DELETE, "pool1"),
                        Rule.of(Hook.MESSAGE_PUBLISH, "#", Function.MESSAGE_STORE, "pool1"),
                        Rule.of(Hook.MESSAGE_ACKED, "#", Function.ACKED_FOR_QUEUE, "pool1"));
    }

    @Test
    @DisplayName("a pool of one name in both backends becomes two; keys are written as they stand, with a note")
    void twins() throws IOException {
        Config config = imported(
                """
                backend.redis.pool1.server = 127.0.0.1:1
                backend.dynamo.pool1.server = http://127.0.0.1:2
                backend.dynamo.pool1.region = eu-west-1
                backend.dynamo.pool1.aws_access_key_id = AK
                backend.dynamo.pool1.aws_secret_access_key = SK
                backend.dynamo.pool1.aws_default_region = x
                backend.dynamo.hook.message.acked.1 = {"action": {"function": "on_message_acked"}, "pool": "pool1"}
                backend.redis.hook.message.acked.1 = {"action": {"function": "on_message_acked"}, "pool": "pool1"}
                """,
                0,
                "line 6: note: backend.dynamo.pool1.aws_default_region is left out",
                "line 5: note: the key is written as it stood");
        assertThat(config.pools()).containsOnlyKeys("local", "pool1_redis", "pool1_dynamodb");
        assertThat(((Pool.DynamoDbPool) config.pools().get("pool1_dynamodb")).awsSecretAccessKey())
                .isEqualTo("SK");
        assertThat(config.hooks()).extracting(Rule::pool).containsExactly("pool1_dynamodb", "pool1_redis");
    }

    @Test
    @DisplayName("numbers give the order; expired_after counts where no expired_time does; both spellings of names")
    void order() throws IOException {
        Config config = imported("""
                backend.redis.hook.message.publish.10 = {"action": {"function": "on_retain_delete"}, "pool": "p"}
                backend.redis.hook.message.publish.9 = {"action": {"function": "on_message_publish"}, "pool": "p"}
                backend.redis.hook.message.publish.x = {"action": {"function": "on_message_store_keep_latest"}, \
                "expired_time": 60, "pool": "p"}
                backend.redis.hook.message.deliver.1 = {"action": {"commands": ["INCR n:${topic}"]}, "pool": "p"}
                backend.redis.hook.session.created.1 = {"action": {"function": "on_subscription_lookup"}, "pool": "p"}
                backend.redis.msg.expired_after = 3600
                backend.redis.p.server = 127.0.0.1
                """, 0, "line 5: note: runs when a session is made");
        assertThat(config.hooks())
                .extracting(r -> r.hook().text())
                .containsExactly(
                        "session.created",
                        "message.publish",
                        "message.publish",
                        "message.publish",
                        "message.delivered");
        assertThat(config.hooks().subList(1, 4))
                .containsExactly(
                        new Rule(Hook.MESSAGE_PUBLISH, null, Function.MESSAGE_PUBLISH, "p", 3600, OnError.REJECT, true),
                        Rule.of(Hook.MESSAGE_PUBLISH, "", Function.RETAIN_DELETE, "p"),
                        new Rule(
                                Hook.MESSAGE_PUBLISH,
                                null,
                                Function.MESSAGE_STORE_KEEP_LATEST,
                                "p",
                                60,
                                OnError.REJECT,
                                true));
    }

    @Test
    @DisplayName("pools: Sentinel, cluster, TLS and passwords, in the words of EMQX 4 and 5")
    void pools() throws IOException {
        Path ca = Files.writeString(folder.resolve("ca.pem"), "");
        Config config = imported(
                """
                backend.redis.a.server = 10.0.0.1:26379,10.0.0.2
                backend.redis.a.sentinel = mymaster
                backend.redis.a.sentinel_password = s1
                backend.redis.a.password = p1
                backend.redis.a.database = 2
                backend.redis.a.channel = other
                backend.redis.a.query_timeout = 3s
                backend.redis.b.type = cluster
                backend.redis.b.server = 10.0.0.3:7000,10.0.0.4:7000
                backend.redis.b.database = 1
                backend.redis.b.username = u
                backend.redis.b.password = p2
                backend.redis.b.pool_size = 16
                backend.redis.b.ssl = on
                backend.redis.b.cafile = CA
                backend.redis.c.ssl.enable = true
                backend.redis.c.ssl.verify = verify_none
                backend.redis.c.ssl.cacertfile = CA
                backend.redis.c.password =
                """.replace("CA", ca.toString()),
                0,
                "pool b: EMQX took any certificate",
                "pool a names a sentinel, so its type is sentinel",
                "pool b is a cluster",
                "line 4: note: the password is written as it stood",
                "backend.redis.c.password is empty");
        Pool.RedisPool a = (Pool.RedisPool) config.pools().get("a");
        assertThat(a.type()).isEqualTo(Pool.RedisType.SENTINEL);
        assertThat(a.servers()).extracting(s -> s.address()).containsExactly("10.0.0.1:26379", "10.0.0.2:6379");
        assertThat(List.of(a.sentinel(), a.sentinelPassword(), a.password(), a.channel()))
                .containsExactly("mymaster", "s1", "p1", "other");
        assertThat(a.database()).isEqualTo(2);
        assertThat(a.commandTimeoutMs()).isEqualTo(3000);
        Pool.RedisPool b = (Pool.RedisPool) config.pools().get("b");
        assertThat(b.type()).isEqualTo(Pool.RedisType.CLUSTER);
        assertThat(b.database()).isZero();
        assertThat(b.poolSize()).isEqualTo(16);
        assertThat(b.ssl()).isEqualTo(new Pool.Ssl(true, true, ca.toString(), "", ""));
        assertThat(((Pool.RedisPool) config.pools().get("c")).ssl())
                .isEqualTo(new Pool.Ssl(true, false, ca.toString(), "", ""));
    }

    @Test
    @DisplayName("commands keep their words: quotes are none to EMQX, bare words are literals, pipeline goes")
    void commands() throws IOException {
        Config config = imported(
                """
                backend.redis.hook.client.connected.1 = {"pool": "p", "action": \
                {"commands": ["SET conn:${clientid} clientid"]}}
                backend.redis.hook.client.connected.2 = {"pool": "p", "action": \
                {"commands": ["SET conn:${clientid} ${clientid}"]}}
                backend.redis.hook.session.unsubscribed.1 = {"topic": "#", "action": {"commands": \
                ["pipeline", "DEL mqtt:acked:${clientid}:${topic}", "SET  a it's", "SET b x\\"y\\\\"]}, "pool": "p"}
                backend.redis.p.server = 127.0.0.1:6379
                """,
                0,
                "line 1: note: the word clientid is taken as it stands, as EMQX does; ${clientid} is the value",
                "line 3: note: \"pipeline\" is left out");
        assertThat(config.hooks())
                .extracting(rule -> ((Commands) rule.action()).text())
                .containsExactly(
                        "commands [SET conn:${clientid} clientid]",
                        "commands [SET conn:${clientid} ${clientid}]",
                        "commands [DEL mqtt:acked:${clientid}:${topic}, SET a \"it's\", SET b \"x\\\"y\\\\\"]");
    }

    @ParameterizedTest
    @DisplayName("what cannot be imported is told with its line, and ends with 1; the rest is imported")
    @CsvFileSource(resources = "/dev/mooring/cli/refused-lines.csv", delimiter = '|', quoteCharacter = '\0')
    void refused(String line, String expected) throws IOException {
        Config config = imported(
                "\uFEFF# a comment\r\n" + line + "\r\nbackend.redis.p.server = 127.0.0.1:1\r\n",
                1,
                "line 2: NOT imported: ",
                expected);
        assertThat(((Pool.RedisPool) config.pools().get("p")).server()).isEqualTo("127.0.0.1:1");
    }

    @Test
    @DisplayName(
            "a line that is said again counts the last time; a pool without lines has defaults; local may be theirs")
    void oddities() throws IOException {
        Config config = imported(
                """
                backend.redis.local.server = 127.0.0.1:1
                backend.redis.local.server = 127.0.0.1:2
                backend.redis.hook.message.acked.1 = {"action": {"function": "on_message_acked"}, "pool": "other"}
                """,
                1,
                "line 1: NOT imported: backend.redis.local.server: line 2 says it again",
                "line 3: note: no line says where pool other is");
        assertThat(((Pool.RedisPool) config.pools().get("local")).server()).isEqualTo("127.0.0.1:2");
        assertThat(((Pool.RedisPool) config.pools().get("other")).server()).isEqualTo("127.0.0.1:6379");
        assertThat(config.session().pool()).isEqualTo("mooring");
        assertThat(config.hooks().get(0).filter()).isEqualTo((TopicFilter) null);
    }

    @Test
    @DisplayName("a file that is there is not overwritten; one that is missing is named")
    void files() throws IOException {
        Path there = Files.writeString(folder.resolve("there.json"), "mine");
        String redis = FILES.resolve("emqx_backend_redis.conf").toString();
        Cli.Result exists = new Cli().run("import", redis, "--output", there.toString());
        assertThat(exists.exitCode()).isEqualTo(ExitCode.CANNOT_CREATE);
        assertThat(exists.err()).contains(there + " cannot be written: it exists");
        assertThat(Files.readString(there)).isEqualTo("mine");
        assertThat(new Cli()
                        .run("import", redis, "-o", folder.resolve("no/such").toString())
                        .err())
                .contains("there is no such file or directory");
        Cli.Result missing = new Cli().run("import", folder.resolve("none.conf").toString());
        assertThat(missing.exitCode()).isEqualTo(ExitCode.NO_INPUT);
        assertThat(missing.err()).contains("none.conf cannot be read: there is no such file or directory");
    }

    private Config imported(String text, int exitCode, String... report) throws IOException {
        Path file = Files.writeString(Files.createTempFile(folder, "emqx", ".conf"), text);
        Cli.Result result = new Cli().run("import", file.toString());
        assertThat(result.err()).contains(report);
        assertThat(result.exitCode()).as(result.err()).isEqualTo(exitCode);
        return config(Files.writeString(Files.createTempFile(folder, "conf", ".json"), result.out()));
    }

    private static Config config(Path file) {
        ConfigResult result = ConfigSources.of(
                        file.toString(), Surroundings.of(Map.of(), Map.of()), Map.of(), List.of())
                .read();
        assertThat(result).as(result.toString()).isInstanceOf(ConfigResult.Valid.class);
        return ((ConfigResult.Valid) result).config();
    }
}
