package dev.mooring;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mooring.cli.CommandLines;
import dev.mooring.cli.ExitCode;
import dev.mooring.cli.Host;
import dev.mooring.config.Surroundings;
import dev.mooring.dynamodb.Dynalite;
import dev.mooring.dynamodb.NeedsNode;
import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.PublishProperties;
import dev.mooring.message.Subscription;
import dev.mooring.message.TopicName;
import dev.mooring.message.Will;
import dev.mooring.store.SessionRecord;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreOp.Enqueue;
import dev.mooring.store.StoreReply;
import dev.mooring.store.embedded.EmbeddedConfig;
import dev.mooring.store.embedded.EmbeddedStore;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code mooring data}: what people see, and what it refuses. */
@NeedsNode
class DataCommandsTest {
    private static final int GZIP_HEADER = 10;
    private static final int GZIP_TRAILER = 8;

    @TempDir
    private Path folder;

    private Path conf;

    private record Result(int exitCode, String out, String err) {}

    @BeforeEach
    void fill() throws Exception {
        conf = Files.writeString(
                folder.resolve("conf.json"), """
                {"pools": {"local": {"backend": "embedded", "path": "%1$s/data"},
                           "other": {"backend": "embedded", "path": "%1$s/other"},
                           "rules": {"backend": "dynamodb", "region": "us-west-2", "server": "%2$s",
                                     "aws_access_key_id": "a", "aws_secret_access_key": "b", "table_prefix": "%3$s"}},
                 "session": {"pool": "local"}}
                """.formatted(folder, Dynalite.server(), Dynalite.newPrefix()));
        EmbeddedStore store = new EmbeddedStore(EmbeddedConfig.of(folder.resolve("data")));
        store.open();
        Will will = new Will(TopicName.of("w"), 1, false, new byte[1], PublishProperties.EMPTY, 0, -1);
        Enqueue.Entry entry = new Enqueue.Entry(5, 1, false, new int[0], null);
        assertThat(store.apply(List.of(
                                new StoreOp.SessionSave(new SessionRecord(5, "c5", "", 1, 3600, 1, will)),
                                new StoreOp.SessionSave(new SessionRecord(6, "", "$share/g/t", 1, 3600, 0, null)),
                                new StoreOp.SubscriptionsSave(5, List.of(Subscription.of("t", 1))),
                                new Enqueue(message(1), List.of(entry), 5, 9, Enqueue.Retained.SET, 0),
                                new Enqueue(message(2), List.of(entry), 0, 0, Enqueue.Retained.KEEP, 0),
                                new StoreOp.Sent(5, message(1).id(), 3),
                                new StoreOp.MessagePublish(message(3), Message.NEVER),
                                new StoreOp.ClientConnected("n", "c5", 7)))
                        .result())
                .containsOnly(StoreReply.DONE);
        store.close();
    }

    private static Message message(long n) {
        MessageId id = new MessageId(1_700_000_000_000_000L + n, 0);
        byte[] payload = ("payload " + n).getBytes(StandardCharsets.UTF_8);
        return new Message(id, "p", TopicName.of("t"), 1, false, payload, PublishProperties.EMPTY, 1, Message.NEVER);
    }

    private Result run(String... words) {
        Host host = new Host(
                "1.2.3", Surroundings.of(Map.of(), Map.of()), System.in, null, (sources, config) -> 0, Stores::open);
        List<String> all = new ArrayList<>(Arrays.asList(words));
        if (words.length > 1) {
            all.addAll(2, List.of("-conf", conf.toString()));
        }
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = CommandLines.execute(
                host, new PrintWriter(out, true), new PrintWriter(err, true), all.toArray(String[]::new));
        return new Result(code, out.toString(), err.toString());
    }

    private Path exported(String name) {
        Path file = folder.resolve(name);
        assertThat(run("data", "export", file.toString()).exitCode()).isZero();
        return file;
    }

    private Result imported(Path file, String... more) {
        List<String> words = new ArrayList<>(List.of("data", "import", "--set", "/session/pool=other"));
        words.addAll(List.of(more));
        words.add(file.toString());
        return run(words.toArray(String[]::new));
    }

    private boolean otherExists() {
        return Files.exists(folder.resolve("other"));
    }

    // ---- inspect

    @Test
    @DisplayName("inspect says what there is, for people and for programs")
    void inspect() throws Exception {
        Result result = run("data", "inspect");
        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out())
                .startsWith("pool local, embedded in " + folder.resolve("data") + ", format 2, ")
                .containsPattern("(?m)^ +2  sessions; 1 with a Will, 1 of them queues of shared groups$")
                .containsPattern("(?m)^ +1  subscriptions$")
                .containsPattern("(?m)^ +2  messages in queues; \\d+ bytes, 1 in flight$")
                .containsPattern("(?m)^ +1  retained messages; \\d+ bytes$")
                .containsPattern("(?m)^ +1  messages that rules stored and indexed; \\d+ bytes$")
                .containsPattern("(?m)^ +1  clients that rules have noted; 1 on line$");
        JsonNode json =
                new ObjectMapper().readTree(run("data", "inspect", "--json").out());
        assertThat(json.at("/session/count").intValue()).isEqualTo(2);
        assertThat(json.at("/queued/bytes").intValue()).isPositive();
        assertThat(json.path("in_flight").intValue()).isEqualTo(1);
        assertThat(json.path("disk_bytes").intValue()).isPositive();
        assertThat(json.path("format").intValue()).isEqualTo(2);
    }

    @Test
    @DisplayName("inspect and export refuse a folder that a broker has, one that is not there, and an unknown pool")
    void noStore() {
        EmbeddedStore broker = new EmbeddedStore(EmbeddedConfig.of(folder.resolve("data")));
        broker.open();
        for (String[] words : new String[][] {{"data", "inspect"}, {"data", "export", folder + "/x"}}) {
            Result locked = run(words);
            assertThat(locked.exitCode()).isEqualTo(ExitCode.UNAVAILABLE);
            assertThat(locked.err())
                    .startsWith("pool local: The embedded store ")
                    .contains(
                            "is in use by another process, most likely a broker that runs", "Stop the other one first")
                    .doesNotContain("Exception");
        }
        broker.close();
        Result none = run("data", "inspect", "--pool", "other");
        assertThat(none.exitCode()).isEqualTo(ExitCode.UNAVAILABLE);
        assertThat(none.err()).contains("there is no embedded store in " + folder.resolve("other"));
        assertThat(otherExists()).isFalse();
        Result unknown = run("data", "inspect", "--pool", "x");
        assertThat(unknown.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(unknown.err()).contains("there is no pool x; there are [local, other, rules]");
        Result noTables = run("data", "inspect", "--pool", "rules");
        assertThat(noTables.exitCode()).isEqualTo(ExitCode.UNAVAILABLE);
        assertThat(noTables.err()).contains("mqtt_client");
        assertThat(run("data").err()).contains("Missing required subcommand", "mooring data --help");
    }

    // ---- export

    @Test
    @DisplayName("export says what it wrote, for its owner alone, and leaves a file that is there")
    void export() throws Exception {
        Path file = folder.resolve("state.ndjson");
        Result result = run("data", "export", file.toString());
        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out())
                .startsWith(file + ", ")
                .endsWith(" bytes, has all of pool local: 2 sessions, 1 subscriptions,"
                        + " 1 QoS 2 packet ids of publishers, 2 messages in queues, 1 retained messages,"
                        + " 1 messages that rules stored and indexed\n");
        assertThat(result.err()).isEqualTo("1 clients are noted as on line, which is not moved: they connect anew.\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        Result again = run("data", "export", file.toString());
        assertThat(again.exitCode()).isEqualTo(ExitCode.CANNOT_CREATE);
        assertThat(again.err()).isEqualTo("the file cannot be written: it exists\n");
        Result nowhere = run("data", "export", folder.resolve("no/such").toString());
        assertThat(nowhere.exitCode()).isEqualTo(ExitCode.CANNOT_CREATE);
        assertThat(nowhere.err()).contains("there is no such file or directory");
        try (var files = Files.list(folder)) {
            assertThat(files.map(f -> f.getFileName().toString())).noneMatch(name -> name.endsWith(".part"));
        }
    }

    // ---- import

    @Test
    @DisplayName("import says what it did; a pool that is not empty is left alone without --add")
    void importIt() {
        Path file = exported("a.ndjson.gz");
        Result first = imported(file);
        assertThat(first.exitCode()).as(first.err()).isZero();
        assertThat(first.out()).startsWith("pool other was given 2 sessions, 1 subscriptions, ");
        Result second = imported(file);
        assertThat(second.exitCode()).isEqualTo(ExitCode.FOUND);
        assertThat(second.err()).startsWith("pool other is not empty. Nothing was changed. --add adds");
        assertThat(imported(file, "--add").exitCode()).isZero();
        assertThat(run("data", "inspect", "--pool", "other").out()).contains(" 2  messages in queues");
    }

    @Test
    @DisplayName("sessions go only to the pool that keeps them")
    void wrongPool() {
        Path file = exported("a.ndjson");
        Result result = run("data", "import", "--pool", "other", file.toString());
        assertThat(result.exitCode()).isEqualTo(ExitCode.FOUND);
        assertThat(result.err()).contains("does not keep them: /session/pool is local. Nothing was changed.");
        assertThat(otherExists()).isFalse();
    }

    @Test
    @DisplayName("a file that is damaged, cut short, changed, of a newer format or of another sort changes nothing")
    void badFiles() throws Exception {
        String whole = Files.readString(exported("a.ndjson"));
        List<String> lines = whole.lines().toList();
        String queued =
                lines.stream().filter(l -> l.contains("\"queued\"")).findFirst().orElseThrow();
        refused("is no file of \"mooring data export\"", "");
        refused("is no file of \"mooring data export\"", "{\"a\": 1}\n");
        refused("newer version (format 2, known up to 1)", whole.replace("\"format\":1", "\"format\":2"));
        refused("it ends without its last line, so it was cut short", cut(lines, lines.size() - 1));
        refused("it ends without its last line, so it was cut short", cut(lines, 3));
        refused("it ends within line", whole.substring(0, whole.length() / 2));
        refused("its last line tells of other lines than there are", whole.replace(queued + "\n", ""));
        refused("its last line tells of other lines than there are", whole.replace("\"qos\":1", "\"qos\":0"));
        refused("there is more behind its last line", whole + "x");
        refused("has the type \"other\", which is none", whole.replace("\"type\":\"queued\"", "\"type\":\"other\""));
        refused("is no JSON", whole.replace(queued, queued.substring(1)));
        refused("\"clientid\" is missing", whole.replace("\"clientid\"", "\"c\""));
        refused(
                "can't be used: \"clientid\" is no text",
                whole.replaceFirst("\"clientid\":\"[^\"]*\"", "\"clientid\":5"));
        refused("\"epoch\" is no whole number", whole.replaceFirst("\"epoch\":[0-9]+", "\"epoch\":\"x\""));
        refused("\"session\" is no id", whole.replaceFirst("\"session\":\"[0-9a-f]+\"", "\"session\":\"x\""));
        refused("\"session\" is missing", whole.replaceFirst("\"session\":\"[0-9a-f]+\"", "\"s\":\"x\""));
        refused("\"message\" is missing", whole.replace("\"message\":", "\"m\":"));
        refused("\"filter\" is missing", whole.replace("\"filter\":", "\"f\":"));
        refused("\"payload\" is missing", whole.replace("\"payload\":", "\"p\":"));
        refused("\"a/#\" is no topic", whole.replaceAll("\"topic\":\"[^\"]*\"", "\"topic\":\"a/#\""));
        refused("\"qos\" is not from 0 to 2", whole.replaceFirst("\"qos\":[0-9]", "\"qos\":3"));
        refused("is no base64", whole.replace("\"payload\":\"", "\"payload\":\"*"));
        Path gzip = exported("b.ndjson.gz");
        byte[] bytes = Files.readAllBytes(gzip);
        Files.write(gzip, Arrays.copyOf(bytes, bytes.length - 20));
        assertThat(imported(gzip).err()).contains("so it was cut short");
        for (int at = GZIP_HEADER; at < bytes.length - GZIP_TRAILER; at += bytes.length / 40) {
            bytes[at] ^= 0x55;
            Files.write(gzip, bytes);
            Result changed = imported(gzip);
            assertThat(changed.exitCode()).isEqualTo(ExitCode.NO_INPUT);
            assertThat(changed.err()).as("byte %d", at).contains("b.ndjson.gz is damaged: ");
            bytes[at] ^= 0x55;
        }
        bytes[bytes.length - 6] ^= 0x55; // of its checksum
        Files.write(gzip, bytes);
        assertThat(imported(gzip).err()).contains("b.ndjson.gz is damaged: its gzip is not right: ");
        Result none = imported(folder.resolve("none"));
        assertThat(none.err()).contains("none cannot be read: there is no such file or directory");
        assertThat(otherExists()).isFalse();
    }

    private static String cut(List<String> lines, int count) {
        return String.join("\n", lines.subList(0, count)) + "\n";
    }

    private void refused(String why, String text) throws Exception {
        Result result = imported(Files.writeString(folder.resolve("bad.ndjson"), text));
        assertThat(result.err()).contains(why).endsWith("Nothing was changed.\n");
        assertThat(result.exitCode()).as(why).isEqualTo(ExitCode.NO_INPUT);
        assertThat(result.out()).isEmpty();
        assertThat(otherExists()).isFalse();
    }

    @Test
    @DisplayName("what the store refuses is told line by line, and the command does not claim to be done")
    void refusedByStore() throws Exception {
        String filter = "f".repeat(2_000);
        EmbeddedStore store = new EmbeddedStore(EmbeddedConfig.of(folder.resolve("data2")));
        store.open();
        store.apply(List.of(
                new StoreOp.ProxySave("c", List.of(Subscription.of(filter, 1), Subscription.of("ok", 1)), List.of())));
        store.close();
        Path file = folder.resolve("r.ndjson");
        assertThat(run("data", "export", "--set", "/pools/local/path=" + folder.resolve("data2"), file.toString())
                        .exitCode())
                .isZero();
        Result result = run("data", "import", "--pool", "rules", file.toString());
        assertThat(result.exitCode()).isEqualTo(ExitCode.FOUND);
        assertThat(result.out()).endsWith("2 subscriptions that rules look up; but\n");
        assertThat(result.err())
                .contains("  refused: line 2: ", "the topic filter for mqtt_sub")
                .endsWith("1 operations were refused by the store, all others are in it.\n");
    }
}
