package dev.mooring.cli;

import dev.mooring.config.Config;
import dev.mooring.config.ConfigResult;
import dev.mooring.config.ConfigSources;
import dev.mooring.config.Surroundings;
import dev.mooring.data.OpenStore;
import dev.mooring.data.Unusable;
import java.io.InputStream;
import java.util.function.Function;
import java.util.function.ToIntBiFunction;
import org.jspecify.annotations.Nullable;

/**
 * What the commands have of the process around them.
 *
 * @param version for people
 * @param surroundings environment and properties of the JVM
 * @param in standard input
 * @param askHidden asks a question on the terminal and reads the answer without showing it; null without a terminal
 * @param start runs the broker until it stops, and returns an exit code
 * @param opening opens the store of a pool, without a broker
 */
public record Host(
        String version,
        Surroundings surroundings,
        InputStream in,
        @Nullable Function<String, char[]> askHidden,
        ToIntBiFunction<ConfigSources, ConfigResult.Valid> start,
        Opening opening) {
    /** Fails with a text that says what is wrong with the store and what to do. */
    public interface Opening {
        /** @param write whether tables and folders that are missing may be made */
        OpenStore open(Config config, String pool, boolean write) throws Unusable;
    }
}
