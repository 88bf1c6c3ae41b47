package dev.mooring.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.PublishProperties;
import dev.mooring.message.TopicName;
import dev.mooring.message.Will;
import dev.mooring.route.Subscriber;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard 10, for what has a deadline while the broker runs: sessions and Wills. */
class SteadyClockTest {
    private static final long START_MS = 1_800_000_000_000L;

    private final AtomicLong wallMs = new AtomicLong(START_MS);
    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5); // about to overflow, as it may
    private final SteadyClock clock = new SteadyClock(wallMs::get, nanos::get);
    private final SessionDeadlines deadlines = new SessionDeadlines();

    private void pass(long seconds) {
        nanos.addAndGet(seconds * 1_000_000_000);
    }

    @Test
    @DisplayName("the clock is set a year on, and back to 1970: no session ends and no Will is published for that")
    void jumps() {
        SessionEntry entry = offline(3600, 60);
        deadlines.set(entry);
        for (long set : new long[] {START_MS + 31_536_000_000L, 0}) {
            wallMs.set(set);
            pass(20);
            assertThat(deadlines.poll(clock.getAsLong(), 1)).isEmpty();
        }
        pass(20); // 60 s have passed
        assertThat(deadlines.poll(clock.getAsLong(), 1)).singleElement().matches(due -> due.will());
        pass(3539);
        assertThat(deadlines.poll(clock.getAsLong(), 1)).isEmpty();
        pass(1);
        assertThat(deadlines.poll(clock.getAsLong(), 1)).singleElement().matches(due -> !due.will());
    }

    private SessionEntry offline(long expiryS, long willDelayS) {
        SessionEntry entry = new SessionEntry("client", new Subscriber(1, "client", true));
        entry.expiryS = expiryS;
        entry.will = new Will(TopicName.of("will"), 1, false, new byte[0], PublishProperties.EMPTY, willDelayS, -1);
        entry.disconnectedAtMs = clock.getAsLong();
        return entry;
    }
}
