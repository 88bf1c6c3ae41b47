package dev.mooring.config;

import io.vertx.config.ConfigRetriever;
import io.vertx.config.ConfigRetrieverOptions;
import io.vertx.config.ConfigStoreOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads a configuration by vertx-config: the file, then the environment, then properties, then arguments, each a store
 * of its own; and tells when a file has another content, whether it was written, replaced, or is behind a symbolic link
 * that was (as Kubernetes does with a ConfigMap). There is no other way in, at the start, by a command, or by a reload.
 * Safe for all threads.
 *
 * <p>Stores are raw and stand beside each other, so that vertx-config merges and guesses nothing: that is for
 * {@link ConfigReader}, which knows the schema, and tells where each value is from. Latin-1 keeps every byte of a file
 * as it is.
 */
public final class ConfigLayers {
    private static final String ENVIRONMENT = "environment";
    private static final String PROPERTIES = "properties";
    private static final String ARGUMENTS = "arguments";

    private final Vertx vertx;
    private final ConfigSources sources;
    private final ConfigRetriever retriever;
    private final List<Path> files;
    private final long everyMs;
    private volatile boolean closed; // a look that is under way then finds something for nobody

    /**
     * @param files to be looked at, see {@link #files}
     * @param everyMs how often; 0 for never
     * @param changed told on whatever thread
     */
    public ConfigLayers(Vertx vertx, ConfigSources sources, List<Path> files, long everyMs, Runnable changed) {
        this.vertx = vertx;
        this.sources = sources;
        this.files = files;
        this.everyMs = everyMs;
        ConfigRetrieverOptions options = new ConfigRetrieverOptions().setScanPeriod(everyMs == 0 ? -1 : everyMs);
        files.forEach(file -> options.addStore(file(file)));
        options.addStore(object(ENVIRONMENT, sources.surroundings().environment()));
        options.addStore(object(PROPERTIES, sources.surroundings().properties()));
        options.addStore(object(ARGUMENTS, arguments(sources)));
        this.retriever = ConfigRetriever.create(vertx, options);
        retriever.listen(change -> {
            if (!closed) {
                changed.run();
            }
        });
    }

    /**
     * For a start: how many loops there are to be, and whether there is a cluster, is in the configuration. So a small
     * Vert.x reads it, and is gone before the other one is made. Blocking.
     */
    static ConfigResult readOnce(ConfigSources sources) {
        Vertx small = Vertx.vertx(new VertxOptions()
                .setEventLoopPoolSize(1)
                .setWorkerPoolSize(1)
                .setInternalBlockingPoolSize(1)
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false)));
        try {
            Path own = sources.file();
            List<Path> files = own == null ? List.of() : List.of(own.toAbsolutePath());
            return await(new ConfigLayers(small, sources, files, 0, () -> {}).read());
        } finally {
            await(small.close());
        }
    }

    private static <T> T await(Future<T> future) {
        return future.toCompletionStage().toCompletableFuture().join();
    }

    /** The configuration's own and those that it names. A pipe is read once and can't be looked at. */
    public static List<Path> files(ConfigSources sources, EffectiveConfig config) {
        List<Path> files = new ArrayList<>(config.filesToWatch());
        Path own = sources.file();
        if (own != null && !files.contains(own.toAbsolutePath())) {
            files.add(own.toAbsolutePath());
        }
        files.removeIf(file -> Files.exists(file) && !Files.isRegularFile(file));
        return List.copyOf(files);
    }

    private static ConfigStoreOptions file(Path file) {
        return new ConfigStoreOptions()
                .setType("file")
                .setFormat("raw")
                .setOptional(true) // that one is missing is a mistake like others, and told with them
                .setConfig(new JsonObject()
                        .put("path", file.toString())
                        .put("raw.key", file.toString())
                        .put("raw.encoding", StandardCharsets.ISO_8859_1.name()));
    }

    /** The same store, with what it has under a key. */
    private static ConfigStoreOptions object(String key, ConfigStoreOptions store) {
        JsonObject config = store.getConfig().copy().put("raw.key", key).put("raw.type", "json-object");
        return new ConfigStoreOptions(store).setFormat("raw").setConfig(config);
    }

    private static ConfigStoreOptions arguments(ConfigSources sources) {
        JsonArray sets = new JsonArray();
        for (Setting setting : sources.arguments()) {
            sets.add(new JsonArray().add(setting.name()).add(setting.value()));
        }
        JsonObject arguments = new JsonObject()
                .put("-conf", sources.text())
                .put("-D", new JsonObject(new HashMap<>(sources.properties())))
                .put("--set", sets);
        return new ConfigStoreOptions().setType("json").setConfig(arguments);
    }

    /** Reads everything, now; what it finds is known then. */
    public Future<ConfigResult> read() {
        return retriever.getConfig().compose(contents -> vertx.executeBlocking(() -> read(contents), false));
    }

    /** Blocking: a configuration may name other files. */
    private ConfigResult read(JsonObject contents) {
        JsonObject arguments = contents.getJsonObject(ARGUMENTS);
        Map<String, String> environment = texts(contents.getJsonObject(ENVIRONMENT));
        Map<String, String> properties = texts(contents.getJsonObject(PROPERTIES));
        properties.putAll(texts(arguments.getJsonObject("-D")));
        List<Setting> settings = new ArrayList<>(Setting.ofEnvironment(environment));
        settings.addAll(Setting.ofProperties(properties));
        for (Object set : arguments.getJsonArray("--set")) {
            JsonArray pair = (JsonArray) set;
            settings.add(Setting.ofArgument(pair.getString(0), pair.getString(1)));
        }
        ConfigReader reader = new ConfigReader(environment::get);
        Path own = sources.file();
        if (own == null) {
            return reader.parse(sources.name(), arguments.getString("-conf"), settings);
        }
        String file = contents.getString(own.toAbsolutePath().toString());
        return file == null
                ? ConfigReader.unreadable(sources.name(), whyNot(own))
                : reader.read(sources.name(), file.getBytes(StandardCharsets.ISO_8859_1), settings);
    }

    private static Map<String, String> texts(JsonObject object) {
        Map<String, String> texts = new HashMap<>();
        object.forEach(entry -> texts.put(entry.getKey(), String.valueOf(entry.getValue())));
        return texts;
    }

    /** vertx-config does not say. */
    private static String whyNot(Path file) {
        if (!Files.exists(file)) {
            return "there is no such file";
        }
        if (Files.isDirectory(file)) {
            return "it is a directory";
        }
        if (!Files.isReadable(file)) {
            return "permission denied";
        }
        return Files.isRegularFile(file)
                ? "the system has failed to; try again"
                : "it is a pipe or a device, which is read only once";
    }

    /** Whether it looks at these files, that often. */
    public boolean isFor(List<Path> others, long every) {
        return every == everyMs && files.equals(others);
    }

    /** Nothing is told from now on. */
    public void close() {
        closed = true;
        retriever.close();
    }
}
