package dev.mooring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.cluster.NodeId;
import dev.mooring.config.Config;
import dev.mooring.config.ConfigResult;
import dev.mooring.config.ConfigSources;
import dev.mooring.config.Surroundings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusteringTest {
    @TempDir
    private Path folder;

    @Test
    @DisplayName("by default a link that is silent is given up a second before cluster.no_heartbeat_s are over")
    void silence() throws Exception {
        Path file = Files.writeString(folder.resolve("conf.json"), "{}");
        ConfigResult.Valid read = (ConfigResult.Valid)
                ConfigSources.of(file.toString(), Surroundings.of(Map.of(), Map.of()), Map.of(), List.of())
                        .read();
        Config config = read.config();
        assertThat(config.cluster().noHeartbeatS()).isEqualTo(10);
        assertThat(Clustering.settings(config, new NodeId("a", 1)).silenceMs()).isEqualTo(9_000);
    }
}
