package dev.mooring.store.index;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Forgets what was not asked for longest when it has more than so many entries, or when the text of its keys, which
 * clients choose, takes more than {@value #CHARS_MAX} characters. Confined to one thread.
 */
public final class Lru<K, V> {
    /** So that 65,535 bytes for each of 65,536 topics are not 4 GiB. */
    private static final int CHARS_MAX = 4 << 20;

    private final int entriesMax;
    private final ToIntFunction<? super K> chars;
    private final Map<K, V> entries = new LinkedHashMap<>(16, 0.75f, true);
    private long charCount;

    /** @param chars length of the text in a key */
    public Lru(int entriesMax, ToIntFunction<? super K> chars) {
        this.entriesMax = entriesMax;
        this.chars = chars;
    }

    /** By topic name or filter. */
    public static <V> Lru<String, V> byText(int entriesMax) {
        return new Lru<>(entriesMax, String::length);
    }

    /** By keys that all have the same small size. */
    public static <K, V> Lru<K, V> bySmallKey(int entriesMax) {
        return new Lru<>(entriesMax, key -> 0);
    }

    public @Nullable V get(K key) {
        return entries.get(key);
    }

    public void put(K key, V value) {
        if (entries.put(key, value) == null) {
            charCount += chars.applyAsInt(key);
            forgetEldest();
        }
    }

    public V computeIfAbsent(K key, Function<? super K, ? extends V> make) {
        V known = entries.get(key);
        if (known == null) {
            known = make.apply(key);
            put(key, known);
        }
        return known;
    }

    public @Nullable V remove(K key) {
        V removed = entries.remove(key);
        if (removed != null) {
            charCount -= chars.applyAsInt(key);
        }
        return removed;
    }

    public boolean isEmpty() {
        return entries.isEmpty();
    }

    public int size() {
        return entries.size();
    }

    /** The newest entry stays, whatever it takes. */
    private void forgetEldest() {
        Iterator<K> eldest = entries.keySet().iterator();
        while (entries.size() > 1 && (entries.size() > entriesMax || charCount > CHARS_MAX)) {
            charCount -= chars.applyAsInt(eldest.next());
            eldest.remove();
        }
    }
}
