package dev.mooring.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.Subscription;
import dev.mooring.route.Subscriber;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard 14: what ends at once is measured by its subscriptions. */
class SessionDeadlinesTest {
    private static final int WORK = 2_048;

    private final SessionDeadlines deadlines = new SessionDeadlines();
    private long lastId;

    @Test
    @DisplayName("sessions with many subscriptions end one at a time, in the order of their deadlines")
    void many() {
        SessionEntry second = session(10_000, 2);
        SessionEntry first = session(10_000, 1);
        SessionEntry third = session(1, 3);
        assertThat(due(5_000)).containsExactly(first);
        assertThat(due(5_000)).containsExactly(second);
        assertThat(due(5_000)).containsExactly(third);
        assertThat(due(5_000)).isEmpty();
    }

    @Test
    @DisplayName("sessions with few subscriptions end together, and never more subscriptions than the work allows")
    void few() {
        List<SessionEntry> all = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            all.add(session(i % 50, 1));
        }
        List<SessionEntry> ended = new ArrayList<>();
        int rounds = 0;
        for (List<SessionEntry> due = due(5_000); !due.isEmpty(); due = due(5_000)) {
            rounds++;
            assertThat(due.stream().mapToInt(e -> e.subscriptions.size()).sum()).isLessThan(WORK);
            ended.addAll(due);
        }
        assertThat(ended).containsExactlyElementsOf(all);
        assertThat(rounds).isLessThan(20);
    }

    @Test
    @DisplayName("before its time nothing is due")
    void notYet() {
        session(1, 2);
        assertThat(due(1_999)).isEmpty();
        assertThat(due(2_000)).hasSize(1);
    }

    private List<SessionEntry> due(long nowMs) {
        return deadlines.poll(nowMs, WORK).stream()
                .map(SessionDeadlines.Deadline::entry)
                .toList();
    }

    /** Disconnected at 0, with an expiry. */
    private SessionEntry session(int subscriptions, long expiryS) {
        lastId++;
        SessionEntry entry = new SessionEntry("c" + lastId, new Subscriber(lastId, "c" + lastId, true));
        entry.expiryS = expiryS;
        for (int i = 0; i < subscriptions; i++) {
            entry.subscriptions.put("f" + i, Subscription.of("f" + i, 1));
        }
        deadlines.set(entry);
        return entry;
    }
}
