package dev.mooring.config;

import io.vertx.config.ConfigRetriever;
import io.vertx.config.ConfigRetrieverOptions;
import io.vertx.config.ConfigStoreOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
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

    /**
     * @param more files besides the configuration's own
     * @param everyMs how often they are looked at; 0 for never
     * @param changed told after {@link #start}, on whatever thread
     */
    public ConfigWatch(Vertx vertx, ConfigSources sources, List<Path> more, long everyMs, Runnable changed) {
        this.sources = sources;
        this.files = new ArrayList<>(more);
        this.everyMs = everyMs;
        ConfigRetrieverOptions options = new ConfigRetrieverOptions().setScanPeriod(everyMs == 0 ? -1 : everyMs);
        Path own = sources.file();
        if (own != null && !files.contains(own.toAbsolutePath())) {
            files.add(own.toAbsolutePath());
        }
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
        retriever.listen(change -> changed.run());
    }

    /** What is there now is known; what differs from it is told. */
    public Future<Void> start() {
        return retriever.getConfig().mapEmpty();
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
    public boolean isFor(List<Path> more, long every) {
        return every == everyMs && files.containsAll(more) && files.size() <= more.size() + 1;
    }

    public void close() {
        retriever.close();
    }
}
