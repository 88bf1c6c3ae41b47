package dev.mooring.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.rule.Hook;
import dev.mooring.rule.RulePlan;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The file that is shipped. */
class ConfigFileTest {
    @Test
    void theShippedFileWorksAsItIs() {
        ConfigResult result = shipped();

        assertThat(result).isInstanceOf(ConfigResult.Valid.class);
        Config config = ((ConfigResult.Valid) result).config();
        assertThat(config.listeners()).extracting(Config.Listener::port).containsExactly(1883, 8083);
        assertThat(RulePlan.of(config.hooks()).any(Hook.CLIENT_CONNECTED)).isTrue();
    }

    private static ConfigResult shipped() {
        return ConfigSources.of("conf.json", Surroundings.of(Map.of(), Map.of()), Map.of(), List.of())
                .read();
    }

    @Test
    void theShippedFileSaysNothingButTheDefaultsBesidesItsHooks() {
        Config shipped = ((ConfigResult.Valid) shipped()).config();
        Config defaults = Config.defaults();

        assertThat(shipped.hooks()).isNotEmpty();
        assertThat(shipped).usingRecursiveComparison().ignoringFields("hooks").isEqualTo(defaults);
    }
}
