package dev.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.store.index.Lru;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class LruTest {
    @Test
    @DisplayName("what was not asked for longest goes first")
    void eldest() {
        Lru<String, Integer> lru = Lru.byText(3);
        lru.put("a", 1);
        lru.put("b", 2);
        lru.put("c", 3);
        assertThat(lru.get("a")).isEqualTo(1);
        lru.put("d", 4);
        assertThat(lru.get("b")).isNull();
        assertThat(lru.get("a")).isEqualTo(1);
        assertThat(lru.size()).isEqualTo(3);
    }

    @Test
    @DisplayName("hazard 13: topics of 65,535 bytes do not fill the heap, however many entries are allowed")
    void longTopics() {
        Lru<String, Integer> lru = Lru.byText(65_536);
        String longest = "t".repeat(65_530);
        for (int i = 0; i < 1_000; i++) {
            lru.put(longest + i, i);
        }
        assertThat(lru.size()).isBetween(50, 64);
        assertThat(lru.get(longest + 999)).isEqualTo(999);
        lru.remove(longest + 999);
        for (int i = 0; i < 65_536; i++) {
            lru.put("short/" + i, i);
        }
        assertThat(lru.size()).isEqualTo(65_536);
    }

    @Test
    @DisplayName("one entry that is too long by itself is kept until the next comes")
    void oneTooLong() {
        Lru<String, Integer> lru = Lru.byText(10);
        String huge = "x".repeat(5 << 20);
        lru.put(huge, 1);
        assertThat(lru.get(huge)).isEqualTo(1);
        lru.put("next", 2);
        assertThat(lru.get(huge)).isNull();
        assertThat(lru.computeIfAbsent("next", key -> 3)).isEqualTo(2);
    }
}
