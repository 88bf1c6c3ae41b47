package dev.mooring;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mooring.cli.CommandLines;
import dev.mooring.cli.Host;
import dev.mooring.config.Config;
import dev.mooring.config.Surroundings;
import dev.mooring.data.AllState;
import dev.mooring.data.OpenStore;
import dev.mooring.dynamodb.Dynalite;
import dev.mooring.dynamodb.NeedsNode;
import dev.mooring.redis.RedisProcess;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code mooring data} moves all state between any two kinds of store: commands, files and servers are real. */
@NeedsNode
class DataMoveTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @DisplayName("what one kind of store exports, another imports, and then exports the same")
    @CsvSource({
        "embedded, redis",
        "embedded, dynamodb",
        "redis, embedded",
        "redis, dynamodb",
        "dynamodb, embedded",
        "dynamodb, redis"
    })
    void move(String from, String to) throws Exception {
        try (RedisProcess redis = RedisProcess.start()) {
            Path conf = Files.writeString(folder.resolve("conf.json"), """
                    {"pools": {
                       "embedded": {"backend": "embedded", "path": "%s/data"},
                       "redis": {"backend": "redis", "server": "%s"},
                       "dynamodb": {"backend": "dynamodb", "region": "us-west-2", "server": "%s",
                                    "aws_access_key_id": "a", "aws_secret_access_key": "b", "table_prefix": "%s"}},
                     "session": {"pool": "%s"}}
                    """.formatted(
                            folder, redis.server(), Dynalite.server(), Dynalite.newPrefix(), from));
            try (OpenStore store = Stores.open(Config.of(Files.readString(conf)), from, true)) {
                AllState.fill(store, 9);
            }
            List<JsonNode> before = moved("export", conf, from, "before.ndjson");
            run("import", conf, to, "before.ndjson");
            assertThat(moved("export", conf, to, "after.ndjson.gz")).containsExactlyInAnyOrderElementsOf(before);
        }
    }

    private List<JsonNode> moved(String command, Path conf, String pool, String name) throws Exception {
        run(command, conf, pool, name);
        return AllState.lines(folder.resolve(name));
    }

    private void run(String command, Path conf, String pool, String name) {
        List<String> words = new ArrayList<>(Arrays.asList("data", command, "-conf", conf.toString()));
        words.addAll(List.of("--set", "/session/pool=" + pool));
        words.add(folder.resolve(name).toString());
        Host host = new Host(
                "test", Surroundings.of(Map.of(), Map.of()), System.in, null, (sources, read) -> 1, Stores::open);
        StringWriter said = new StringWriter();
        PrintWriter print = new PrintWriter(said, true);
        assertThat(CommandLines.execute(host, print, print, words.toArray(String[]::new)))
                .as(said.toString())
                .isZero();
    }
}
