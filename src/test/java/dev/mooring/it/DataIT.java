package dev.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.dynamodb.NeedsNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** {@code mooring data}: a broker that was killed on its embedded store goes on with all it had on another backend. */
@NeedsNode
class DataIT {
    @TempDir
    private Path folder;

    private MooringProcess broker;

    @AfterEach
    void stop() {
        broker.close();
    }

    @TestFactory
    @DisplayName("from embedded to Redis, where the next broker goes on")
    Stream<DynamicTest> redis() throws IOException {
        List<RestartIT.Scenario> prepared = prepare();
        move("local", "redis", "a.ndjson.gz");
        return goOn("redis", prepared);
    }

    @TestFactory
    @DisplayName("from embedded to Redis, DynamoDB and another embedded store, where the next broker goes on")
    Stream<DynamicTest> chain() throws IOException {
        List<RestartIT.Scenario> prepared = prepare();
        List<String> first = move("local", "redis", "b.ndjson");
        assertThat(move("redis", "dynamodb", "c.ndjson")).isEqualTo(first);
        assertThat(move("dynamodb", "other", "d.ndjson.gz")).isEqualTo(first);
        return goOn("other", prepared);
    }

    private List<RestartIT.Scenario> prepare() {
        String pools = "\"local\": " + Backend.EMBEDDED.pool(folder.resolve("data")) + ",\n"
                + "\"redis\": " + Backend.REDIS.pool(folder) + ",\n"
                + "\"dynamodb\": " + Backend.DYNAMODB.pool(folder) + ",\n"
                + "\"other\": " + Backend.EMBEDDED.pool(folder.resolve("other"));
        broker = MooringProcess.in(folder, pools, "\"session\": {\"pool\": \"local\"}");
        broker.start();
        List<RestartIT.Scenario> prepared = RestartIT.prepare(broker.port());
        MooringProcess.Ended locked = data("inspect", "local");
        assertThat(locked.exitCode()).as(locked.output()).isEqualTo(69);
        assertThat(locked.output()).contains("in use by another process", "Stop the other one first");
        broker.kill9();
        return prepared;
    }

    private Stream<DynamicTest> goOn(String pool, List<RestartIT.Scenario> prepared) {
        broker.options("-Dmooring.session.pool=" + pool).start();
        return prepared.stream().map(s -> DynamicTest.dynamicTest(s.name(), s.afterRestart()));
    }

    /** The lines of the file, without the first and the last. */
    private List<String> move(String from, String to, String file) throws IOException {
        MooringProcess.Ended exported = data("export", from, file);
        assertThat(exported.exitCode()).as(exported.output()).isZero();
        assertThat(exported.output()).contains("sessions", "messages in queues", "retained messages");
        MooringProcess.Ended imported = data("import", to, file);
        assertThat(imported.exitCode()).as(imported.output()).isZero();
        MooringProcess.Ended inspected = data("inspect", to);
        assertThat(inspected.exitCode()).as(inspected.output()).isZero();
        assertThat(inspected.output()).contains(" sessions; ", " in flight");
        return lines(file);
    }

    private List<String> lines(String file) throws IOException {
        byte[] bytes = Files.readAllBytes(folder.resolve(file));
        if (file.endsWith(".gz")) {
            try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
                bytes = in.readAllBytes();
            }
        }
        List<String> lines = new String(bytes, StandardCharsets.UTF_8).lines().toList();
        return lines.subList(1, lines.size() - 1).stream().sorted().toList();
    }

    /** As if the pool were the one that keeps the sessions. */
    private MooringProcess.Ended data(String command, String pool, String... file) {
        List<String> words = new ArrayList<>(List.of("data", command, "-conf", "conf.json"));
        words.addAll(List.of("--set", "/session/pool=" + pool));
        words.addAll(List.of(file));
        return MooringProcess.run(folder, words.toArray(String[]::new));
    }
}
