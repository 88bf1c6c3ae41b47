package dev.mooring.auth;

import static dev.mooring.auth.Permissions.covers;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.TopicFilter;
import dev.mooring.message.TopicName;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PermissionsTest {
    private static final List<String> TOPICS = topics();

    /** All topics of up to 5 levels: filters below have at most 4, and none of them says "z". */
    private static List<String> topics() {
        List<String> topics = new ArrayList<>();
        List<String> shorter = List.of("a", "", "$s", "$SYS", "z");
        for (int levels = 1; levels <= 5; levels++) {
            topics.addAll(shorter);
            List<String> longer = new ArrayList<>();
            for (String head : shorter) {
                for (String level : List.of("a", "", "$s", "$SYS", "z")) {
                    longer.add(head + "/" + level);
                }
            }
            shorter = longer;
        }
        topics.remove("");
        return topics;
    }

    @Provide
    Arbitrary<String> filters() {
        return Arbitraries.of("a", "a", "", "$s", "$SYS", "+", "+", "#")
                .list()
                .ofMinSize(1)
                .ofMaxSize(4)
                .map(levels -> String.join("/", levels))
                .filter(text -> {
                    TopicFilter filter = TopicFilter.parse(text);
                    return filter != null && !filter.isShared();
                });
    }

    @Property(tries = 4_000)
    void coversIffEveryTopicIsMatched(@ForAll("filters") String allowed, @ForAll("filters") String requested) {
        TopicFilter a = TopicFilter.of(allowed);
        TopicFilter r = TopicFilter.of(requested);
        boolean all = TOPICS.stream().filter(r::matches).allMatch(a::matches);
        assertThat(covers(allowed, requested))
                .as("%s covers %s", allowed, requested)
                .isEqualTo(all);
    }

    /** Every pair of filters of up to 3 levels: the property above could miss a rare one. */
    @Test
    void coversAgainstBruteForceForAllShortFilters() {
        Map<String, BitSet> matched = new LinkedHashMap<>();
        List<String> heads = List.of("");
        for (int levels = 1; levels <= 3; levels++) {
            List<String> longer = new ArrayList<>();
            for (String head : heads) {
                for (String level : List.of("a", "", "$s", "$SYS", "+", "#")) {
                    longer.add(levels == 1 ? level : head + "/" + level);
                }
            }
            heads = longer;
            for (String text : longer) {
                TopicFilter filter = TopicFilter.parse(text);
                if (filter != null) {
                    BitSet topics = new BitSet();
                    IntStream.range(0, TOPICS.size())
                            .filter(i -> filter.matches(TOPICS.get(i)))
                            .forEach(topics::set);
                    matched.put(text, topics);
                }
            }
        }
        List<String> wrong = new ArrayList<>();
        matched.forEach((allowed, all) -> matched.forEach((requested, some) -> {
            BitSet missing = (BitSet) some.clone();
            missing.andNot(all);
            if (covers(allowed, requested) != missing.isEmpty()) {
                wrong.add(allowed + " covers " + requested);
            }
        }));
        assertThat(matched).hasSizeGreaterThan(150);
        assertThat(wrong).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "#, #, true",
        "#, +/#, true",
        "+/#, #, true",
        "+, #, false",
        "+/+/#, #, false",
        "#, $SYS/#, false",
        "+/#, $SYS/a, false",
        "$SYS/#, $SYS, true",
        "$SYS/#, +/#, false",
        "a/#, a, true",
        "a/+/#, a/#, false",
        "a/#, a/+/#, true",
        "a/+, a/+, true",
        "a/b, a/+, false",
        "+/x, #, false",
        "+, /, false",
        "/+, /, true",
        "a/, a, false",
        "a, a/, false",
        "ab, a, false",
        "a, ab, false",
    })
    void coversTheClassicTraps(String allowed, String requested, boolean expected) {
        assertThat(covers(allowed, requested)).isEqualTo(expected);
    }

    /** Both ways, and against what is matched. */
    @Property(tries = 4_000)
    void overlapsIffATopicIsMatchedByBoth(@ForAll("filters") String one, @ForAll("filters") String other) {
        TopicFilter a = TopicFilter.of(one);
        TopicFilter b = TopicFilter.of(other);
        boolean any = TOPICS.stream().anyMatch(topic -> a.matches(topic) && b.matches(topic));
        assertThat(Permissions.overlaps(one, other)).as("%s and %s", one, other).isEqualTo(any);
        assertThat(Permissions.overlaps(other, one)).isEqualTo(any);
    }

    @ParameterizedTest
    @ValueSource(strings = {"$SYS", "$SYS/", "$SYS/broker/uptime"})
    void nobodyPublishesToSys(String topic) {
        assertThat(Permissions.ALL.mayPublish(TopicName.of(topic), 0, false)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "/$SYS/a", "$SYSTEM/a", "$sys/a", "$share/g/$SYS/a", "$app/a"})
    void everythingElseMayBePublished(String topic) {
        assertThat(Permissions.OPEN.mayPublish(TopicName.of(topic), 2, true)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"$SYS/#", "$SYS", "$SYS/+/x", "$share/g/$SYS/#"})
    void sysIsClosedButToSuperusers(String filter) {
        assertThat(Permissions.ALL.maySubscribe(TopicFilter.of(filter), 0)).isTrue();
        assertThat(Permissions.OPEN.maySubscribe(TopicFilter.of(filter), 0)).isFalse();
    }

    @Test
    void wildcardsDoNotReachSys() {
        assertThat(Permissions.OPEN.maySubscribe(TopicFilter.of("#"), 0)).isTrue();
        assertThat(Permissions.OPEN.maySubscribe(TopicFilter.of("+/broker/#"), 0))
                .isTrue();
        assertThat(Permissions.OPEN.maySubscribe(TopicFilter.of("$SYSTEM/#"), 0))
                .isTrue();
    }
}
