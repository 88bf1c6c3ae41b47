package dev.mooring.metrics;

import java.util.Collections;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/** The figures of all actions that rules ever named: they go on when a rule comes back after a reload. */
public final class Actions {
    /**
     * Rules that differ only in topic filters share figures, since their work is done together.
     *
     * @param hook as in the configuration
     * @param action name of the function, or the commands
     */
    public record Key(String hook, String action, String pool) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            int byHook = hook.compareTo(other.hook);
            int byAction = byHook == 0 ? action.compareTo(other.action) : byHook;
            return byAction == 0 ? pool.compareTo(other.pool) : byAction;
        }
    }

    private final ConcurrentSkipListMap<Key, ActionMetrics> figures = new ConcurrentSkipListMap<>();

    public ActionMetrics of(Key key) {
        return figures.computeIfAbsent(key, k -> new ActionMetrics());
    }

    public Map<Key, ActionMetrics> all() {
        return Collections.unmodifiableMap(figures);
    }
}
