package dev.mooring.store.index;

import java.util.LinkedHashMap;
import java.util.Map;

/** Forgets what was not asked for longest when it has more than so many entries. */
public final class Lru<K, V> extends LinkedHashMap<K, V> {
    private static final long serialVersionUID = 1L;

    private final int entriesMax;

    public Lru(int entriesMax) {
        super(16, 0.75f, true);
        this.entriesMax = entriesMax;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > entriesMax;
    }
}
