package dev.mooring.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.rule.Hook;
import dev.mooring.rule.RulePlan;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The file that is shipped. */
class ConfigFileTest {
    @Test
    void theShippedFileWorksAsItIs() {
        ConfigResult result = new ConfigReader().read(Path.of("conf.json"));

        assertThat(result).isInstanceOf(ConfigResult.Valid.class);
        Config config = ((ConfigResult.Valid) result).config();
        assertThat(config.listeners()).extracting(Config.Listener::port).containsExactly(1883, 8083);
        assertThat(RulePlan.of(config.hooks()).any(Hook.CLIENT_CONNECTED)).isTrue();
    }

    @Test
    void theShippedFileSaysNothingButTheDefaultsBesidesItsHooks() {
        Config shipped = ((ConfigResult.Valid) new ConfigReader().read(Path.of("conf.json"))).config();
        Config defaults = Config.defaults();

        assertThat(shipped.hooks()).isNotEmpty();
        assertThat(shipped).usingRecursiveComparison().ignoringFields("hooks").isEqualTo(defaults);
    }
}
