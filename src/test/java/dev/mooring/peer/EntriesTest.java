package dev.mooring.peer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.Subscription;
import dev.mooring.message.TopicFilter;
import dev.mooring.session.Announce;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What nodes tell of sessions comes back as it was. */
class EntriesTest {
    @Test
    void figure() throws Exception {
        Figure said = new Figure("stats/sessions/count", "7");
        assertThat(Entries.figure(Entries.figure(said))).isEqualTo(said);
    }

    @ParameterizedTest
    @EnumSource
    void session(Announce.Place place) throws Exception {
        List<Subscription> all = List.of(
                Subscription.of("a/+", 0),
                new Subscription(TopicFilter.of("$share/g/\u00e4/#"), 2, true, false, 2, 268_435_455),
                new Subscription(TopicFilter.of("#"), 1, false, true, 1, 0));
        Announce said = new Announce("client \u00e4", 1L << 61, 99, place, all);
        assertThat(Entries.session(Entries.session(said))).isEqualTo(said);
    }
}
