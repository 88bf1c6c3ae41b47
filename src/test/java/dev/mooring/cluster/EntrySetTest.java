package dev.mooring.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Against a tree. */
class EntrySetTest {
    static Entry entry(int kind, String key, String value) {
        return new Entry(kind, key.getBytes(StandardCharsets.UTF_8), value.getBytes(StandardCharsets.UTF_8));
    }

    @Property(tries = 300)
    void itIsASortedSet(@ForAll long seed) {
        Random random = new Random(seed);
        EntrySet set = new EntrySet();
        TreeMap<Entry, Entry> model = new TreeMap<>();
        int keys = 1 + random.nextInt(random.nextBoolean() ? 20 : 5_000);
        int steps = random.nextInt(8_000);
        for (int i = 0; i < steps; i++) {
            Entry entry = entry(random.nextInt(2), "k" + random.nextInt(keys), "v" + random.nextInt(3));
            boolean grows = i < steps / 2;
            if (random.nextInt(10) < (grows ? 8 : 2)) {
                Entry before = model.get(entry);
                model.remove(entry);
                model.put(entry, entry);
                assertThat(set.put(entry)).isEqualTo(before);
            } else {
                assertThat(set.remove(entry)).isEqualTo(model.remove(entry));
            }
        }

        assertThat(set).containsExactlyElementsOf(model.values());
        assertThat(set.size()).isEqualTo(model.size());
        assertThat(set.hash())
                .isEqualTo(model.values().stream().mapToLong(Entry::hash).sum());
        Entry after = entry(random.nextInt(2), "k" + random.nextInt(keys), "");
        Entry to = entry(random.nextInt(2), "k" + random.nextInt(keys), "");
        assertThat(set.get(after)).isEqualTo(model.get(after));
        if (after.compareTo(to) <= 0) {
            assertThat(set.range(after, to))
                    .containsExactlyElementsOf(
                            model.subMap(after, false, to, true).values());
        }
        assertThat(set.range(null, to))
                .containsExactlyElementsOf(model.headMap(to, true).values());
        assertThat(set.range(after, null))
                .containsExactlyElementsOf(model.tailMap(after, false).values());
    }

    @Test
    void pagesPutTogetherAreAll() {
        EntrySet set = new EntrySet();
        for (int i = 0; i < 3_000; i++) {
            set.put(entry(0, "key" + i, ""));
        }
        List<Entry> all = new ArrayList<>();
        Entry after = null;
        int pages = 0;
        for (boolean last = false; !last; pages++) {
            List<Entry> page = new ArrayList<>();
            last = set.collect(after, 1_000, page);
            all.addAll(page);
            after = page.isEmpty() ? after : page.get(page.size() - 1);
        }

        assertThat(all).containsExactlyElementsOf(set);
        assertThat(pages).isBetween(30, 60);
    }

    @Test
    void theHashTellsValuesAndKeysApart() {
        assertThat(entry(0, "a", "bc").hash()).isNotEqualTo(entry(0, "ab", "c").hash());
        assertThat(entry(0, "a", "").hash()).isNotEqualTo(entry(1, "a", "").hash());
        assertThat(entry(0, "a", "1").hash()).isNotEqualTo(entry(0, "a", "2").hash());
        assertThat(entry(0, "a", "1").hash() + entry(0, "b", "2").hash())
                .isNotEqualTo(entry(0, "a", "2").hash() + entry(0, "b", "1").hash());
    }
}
