package dev.mooring.store.index;

import java.util.List;

/**
 * Some entries of an index.
 *
 * @param entries by id; not copied
 * @param cut whether there are more behind them
 */
public record Part(List<Entry> entries, boolean cut) {
    public static final Part NOTHING = new Part(List.of(), false);
    /** The topic has no index. Told apart by identity. */
    public static final Part ABSENT = new Part(List.of(), false);
}
