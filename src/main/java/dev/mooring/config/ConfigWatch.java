package dev.mooring.config;

import io.vertx.config.ConfigRetriever;
import io.vertx.config.ConfigRetrieverOptions;
import io.vertx.config.ConfigStoreOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the files of a configuration by vertx-config, and tells when one has another content: whether it was written,
 * replaced, or is behind a symbolic link that was (as Kubernetes does with a ConfigMap) is all the same.
 * {@link ConfigSources} says what the content means. Safe for all threads.
 *
 * <p>Files are stores of raw text, one beside the other, so that nothing of them is merged or guessed. Latin-1 keeps
 * every byte as it is.
 */
public final class ConfigWatch {
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
    public ConfigWatch(Vertx vertx, ConfigSources sources, List<Path> files, long everyMs, Runnable changed) {
        this.sources = sources;
        this.files = files;
        this.everyMs = everyMs;
        ConfigRetrieverOptions options = new ConfigRetrieverOptions().setScanPeriod(everyMs == 0 ? -1 : everyMs);
        for (Path file : files) {
            options.addStore(new ConfigStoreOptions()
                    .setType("file")
                    .setFormat("raw")
                    .setOptional(true) // whoever reads the configuration says that one is missing
                    .setConfig(new JsonObject()
                            .put("path", file.toString())
                            .put("raw.key", file.toString())
                            .put("raw.encoding", StandardCharsets.ISO_8859_1.name())));
        }
        this.retriever = ConfigRetriever.create(vertx, options);
        retriever.listen(change -> {
            if (!closed) {
                changed.run();
            }
        });
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

    /** Reads everything, now; what it finds is known then. */
    public Future<ConfigResult> read(Vertx vertx) {
        return retriever.getConfig().compose(contents -> vertx.executeBlocking(() -> read(contents), false));
    }

    private ConfigResult read(JsonObject contents) {
        Path own = sources.file();
        String content =
                own == null ? null : contents.getString(own.toAbsolutePath().toString());
        return content == null ? sources.read() : sources.read(content.getBytes(StandardCharsets.ISO_8859_1));
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
