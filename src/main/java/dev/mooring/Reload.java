package dev.mooring;

import dev.mooring.auth.Audit;
import dev.mooring.config.Config;
import dev.mooring.config.ConfigChange;
import dev.mooring.config.ConfigError;
import dev.mooring.config.ConfigLayers;
import dev.mooring.config.ConfigResult;
import dev.mooring.config.ConfigSources;
import dev.mooring.config.LiveConfig;
import dev.mooring.config.Origin;
import dev.mooring.config.ReloadOutcome;
import dev.mooring.config.ReloadOutcome.Result;
import dev.mooring.metrics.ReloadMetrics;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the configuration again when a file of it changes, and when somebody asks for it: one at a time, on a context
 * of its own. What can't be used, in the file or outside, is refused as a whole; what needs a restart is named. The
 * audit log has who asked, and what came of it.
 */
final class Reload {
    private static final Logger LOG = LoggerFactory.getLogger(Reload.class);
    private static final String BY_FILE = "a file has changed";

    private final Vertx vertx;
    private final Context context;
    private final ConfigSources sources;
    private final Supplier<Config> config;
    private final BiFunction<Config, ConfigChange, Future<NextConfig.Taken>> taker;
    private final ReloadMetrics figures;
    private final ConfigResult.Valid started;
    private ConfigResult.Valid last;
    private boolean isPartly;
    private @Nullable ConfigLayers watch;
    private Future<ReloadOutcome> running = Future.failedFuture("none yet");
    private @Nullable Future<ReloadOutcome> waiting;
    private boolean stopped;

    /**
     * @param started what the node started with
     * @param config that counts now
     * @param taker puts another one in place
     */
    Reload(
            Vertx vertx,
            ConfigSources sources,
            ConfigResult.Valid started,
            Supplier<Config> config,
            BiFunction<Config, ConfigChange, Future<NextConfig.Taken>> taker,
            ReloadMetrics figures) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.sources = sources;
        this.started = started;
        this.last = started;
        this.config = config;
        this.taker = taker;
        this.figures = figures;
        figures.hash = started.effective().hash();
    }

    /** The node runs: what has changed since it was read is taken in, from now on. */
    void start() {
        context.runOnContext(v -> lookAtItsFiles());
    }

    void stop() {
        context.runOnContext(v -> {
            stopped = true;
            if (watch != null) {
                watch.close();
            }
        });
    }

    /**
     * Begins after the one that is under way; who else asks meanwhile gets the same answer. Does not fail. From any
     * thread.
     *
     * @param why for the log: who asks, or what for
     */
    Future<ReloadOutcome> reload(String why) {
        Promise<ReloadOutcome> done = Promise.promise();
        context.runOnContext(v -> inTurn(why).onComplete(done));
        return done.future();
    }

    private Future<ReloadOutcome> inTurn(String why) {
        if (running.isComplete()) {
            running = now(why);
            return running;
        }
        Future<ReloadOutcome> next = waiting;
        if (next == null) {
            next = running.transform(x -> {
                waiting = null;
                running = now(why);
                return running;
            });
            waiting = next;
        }
        return next;
    }

    private Future<ReloadOutcome> now(String why) {
        Promise<ReloadOutcome> done = Promise.promise();
        ConfigLayers files = watch;
        Future<ReloadOutcome> outcome = stopped || files == null
                ? Future.failedFuture("the node starts, or stops")
                : files.read()
                        .compose(result -> result instanceof ConfigResult.Valid next
                                ? take(next)
                                : Future.succeededFuture(refused(((ConfigResult.Invalid) result).errors())));
        outcome.otherwise(bug -> {
                    LOG.error("the configuration could not be read again", bug);
                    return refused(List.of(error("", String.valueOf(bug.getMessage()))));
                })
                .onSuccess(o -> context.runOnContext(v -> {
                    told(why, o);
                    done.complete(o);
                }));
        return done.future();
    }

    private Future<ReloadOutcome> take(ConfigResult.Valid next) {
        Config before = config.get();
        ConfigChange found = ConfigChange.of(started, last, next, before);
        ConfigChange change = isPartly ? found.everywhere(next.effective()) : found;
        String hash = next.effective().hash();
        if (!isPartly && next.effective().meansTheSame(last.effective())) {
            return Future.succeededFuture(
                    new ReloadOutcome(Result.UNCHANGED, List.of(), change.restart(), List.of(), hash));
        }
        Set<String> others = LiveConfig.poolsOfAnotherKind(before, next.config(), change);
        if (!others.isEmpty()) {
            return Future.succeededFuture(refused(others.stream()
                    .map(pool -> error("/pools/" + pool, "becomes another kind of store, which takes a restart"))
                    .toList()));
        }
        return taker.apply(LiveConfig.of(before, next.config(), change), change).map(taken -> {
            List<ConfigError> errors = taken.why().stream()
                    .map(refusal -> error(refusal.pointer(), refusal.why()))
                    .toList();
            if (taken.result() == Result.REFUSED) {
                return refused(errors);
            }
            last = next;
            isPartly = taken.result() == Result.PARTLY;
            return new ReloadOutcome(taken.result(), change.live(), change.restart(), errors, hash);
        });
    }

    private ConfigError error(String pointer, String message) {
        return new ConfigError(pointer, new Origin(Origin.Layer.FILE, sources.name(), 0), message);
    }

    private ReloadOutcome refused(List<ConfigError> errors) {
        return new ReloadOutcome(
                Result.REFUSED, List.of(), List.of(), errors, last.effective().hash());
    }

    private void told(String why, ReloadOutcome outcome) {
        Result result = outcome.result();
        figures.lastRefused = result == Result.REFUSED || result == Result.PARTLY;
        if (result != Result.UNCHANGED || !why.equals(BY_FILE)) {
            Audit.log(why, "reload", sources.name(), result.name().toLowerCase(Locale.ROOT));
        }
        switch (result) {
            case REFUSED -> {
                figures.refused.increment();
                LOG.error(
                        "the configuration is refused, and the running one stays ({}): {}: {}",
                        why,
                        sources.name(),
                        texts(outcome.errors()));
            }
            case PARTLY -> {
                figures.partly.increment();
                LOG.error(
                        "only a part of the configuration is in place ({}): {}: {}; reload again, or restart",
                        why,
                        sources.name(),
                        texts(outcome.errors()));
                lookAtItsFiles();
            }
            case APPLIED -> {
                figures.applied.increment();
                figures.takenAtMs = System.currentTimeMillis();
                lookAtItsFiles();
                LOG.info("the configuration is reloaded ({}): {}", why, list(outcome.changed()));
            }
            case UNCHANGED -> {
                figures.unchanged.increment();
                LOG.debug("the configuration has not changed ({})", why);
            }
        }
        if (result != Result.REFUSED) {
            figures.hash = outcome.hash();
            if (result == Result.APPLIED && !outcome.restart().isEmpty()) {
                LOG.warn("the configuration has what needs a restart to count: {}", list(outcome.restart()));
            }
            figures.restartValues = outcome.restart().size();
        }
    }

    private static String texts(List<ConfigError> errors) {
        return String.join("; ", errors.stream().map(ConfigError::toString).toList());
    }

    private static String list(List<String> pointers) {
        return pointers.isEmpty() ? "nothing else" : String.join(", ", pointers);
    }

    /** They may be others now; what has changed in one before it is looked at is found by a further look. */
    private void lookAtItsFiles() {
        ConfigLayers before = watch;
        List<Path> files = ConfigLayers.files(sources, last.effective());
        long everyMs = 1000L * last.config().reload().watchS();
        if (!stopped && (before == null || !before.isFor(files, everyMs))) {
            if (before != null) {
                before.close();
            }
            watch = new ConfigLayers(vertx, sources, files, everyMs, () -> reload(BY_FILE));
            if (everyMs > 0 && !files.isEmpty()) {
                reload(BY_FILE);
            }
        }
    }
}
