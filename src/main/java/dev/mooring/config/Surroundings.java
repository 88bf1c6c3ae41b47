package dev.mooring.config;

import io.vertx.config.ConfigStoreOptions;
import io.vertx.core.json.JsonObject;
import java.util.Map;

/**
 * Where vertx-config has the environment and the properties of the JVM from.
 *
 * @param environment a store of an object with a text for each variable
 * @param properties a store of an object with a text for each property
 */
public record Surroundings(ConfigStoreOptions environment, ConfigStoreOptions properties) {
    private static final String UNGUESSED = "raw-data"; // 007 is no number

    /** This process. */
    public static Surroundings ofProcess() {
        return new Surroundings(
                new ConfigStoreOptions().setType("env").setConfig(new JsonObject().put(UNGUESSED, true)),
                new ConfigStoreOptions().setType("sys").setConfig(new JsonObject().put(UNGUESSED, true)));
    }

    /** Others, for tests. */
    public static Surroundings of(Map<String, String> environment, Map<String, String> properties) {
        return new Surroundings(given(environment), given(properties));
    }

    private static ConfigStoreOptions given(Map<String, String> texts) {
        return new ConfigStoreOptions().setType("json").setConfig(new JsonObject(Map.copyOf(texts)));
    }
}
