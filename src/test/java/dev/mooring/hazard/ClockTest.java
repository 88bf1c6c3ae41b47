package dev.mooring.hazard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.MessageIds;
import dev.mooring.message.PublishProperties;
import dev.mooring.message.TopicName;
import dev.mooring.route.RetainedIndex;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Hazard 10 for message ids and retained messages; {@code SteadyClockTest} has sessions and Wills. Keep alive and the
 * CONNECT deadline count ticks of the loop and know no clock.
 */
class ClockTest {
    private static final long NOW_MS = 1_800_000_000_000L;

    @Test
    @DisplayName("the clock jumps back an hour and forward a day: ids grow all the same, so the order holds")
    void idsGrow() {
        MessageIds ids = new MessageIds(7, 0);
        MessageId last = ids.next(NOW_MS);
        for (long now : new long[] {NOW_MS, NOW_MS - 3_600_000, 0, NOW_MS + 86_400_000, NOW_MS, NOW_MS + 1}) {
            MessageId next = ids.next(now);
            assertThat(next).isGreaterThan(last);
            last = next;
        }
    }

    @Test
    @DisplayName("a clock that was set back after a restart gives no id twice: the store's last one counts")
    void idsGrowOverRestart() {
        MessageId before = new MessageIds(7, 0).next(NOW_MS);
        MessageIds after = new MessageIds(7, 0);
        after.after(before.timeUs());
        assertThat(after.next(NOW_MS - 3_600_000)).isGreaterThan(before);
    }

    @Test
    @DisplayName("ids carry the time, and grow, for centuries")
    void idsOfFarYears() {
        MessageIds ids = new MessageIds(7, 0);
        MessageId last = MessageId.ZERO;
        for (long year = 2030; year < 3100; year++) {
            long nowMs = (year - 1970) * 31_556_952_000L;
            MessageId next = ids.next(nowMs);
            assertThat(next.timeUs()).isEqualTo(nowMs * 1000);
            assertThat(next).isGreaterThan(last);
            last = next;
        }
    }

    @Test
    @DisplayName("a retained message replaces an older one although the clock went back; only real expiry removes it")
    void retained() {
        RetainedIndex retained = new RetainedIndex();
        MessageIds ids = new MessageIds(7, 0);
        TopicName topic = TopicName.of("clock");
        retained.put(message(ids.next(NOW_MS), topic, "old", Message.NEVER));
        retained.put(message(ids.next(NOW_MS - 3_600_000), topic, "new", NOW_MS + 60_000));
        assertThat(retained.get(topic, NOW_MS).payload()).asString().isEqualTo("new");
        assertThat(retained.get(topic, NOW_MS - 86_400_000)).isNotNull();
        assertThat(retained.get(topic, NOW_MS + 60_001)).isNull();
    }

    private static Message message(MessageId id, TopicName topic, String payload, long expiresAtMs) {
        return new Message(id, "c", topic, 1, true, payload.getBytes(), PublishProperties.EMPTY, NOW_MS, expiresAtMs);
    }
}
