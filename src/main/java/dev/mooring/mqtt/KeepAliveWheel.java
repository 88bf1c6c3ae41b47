package dev.mooring.mqtt;

import java.util.ArrayList;
import java.util.List;

/**
 * Finds connections that were silent for too long, without a timer per connection: each stands in one slot of a ring
 * and is asked again when the hand passes. Time is counted in ticks of the loop, so that a clock that is set does no
 * harm. Confined to one loop.
 */
final class KeepAliveWheel {
    private static final int SLOTS = 1_024;

    private final List<List<Watched>> ring = new ArrayList<>(SLOTS);
    private long now;

    /** Something with a deadline that moves. */
    interface Watched {
        /** Called at the deadline or before: returns the next tick to ask at, or -1 to be asked no more. */
        long due(long nowTick);
    }

    KeepAliveWheel() {
        for (int i = 0; i < SLOTS; i++) {
            ring.add(new ArrayList<>(0));
        }
    }

    /** Ticks since the start. */
    long now() {
        return now;
    }

    void watch(Watched watched, long atTick) {
        long slot = Math.max(now + 1, Math.min(atTick, now + SLOTS - 1));
        ring.get((int) (slot % SLOTS)).add(watched);
    }

    /** One tick has passed. */
    void advance() {
        now++;
        int slot = (int) (now % SLOTS);
        List<Watched> due = ring.get(slot);
        if (due.isEmpty()) {
            return;
        }
        ring.set(slot, new ArrayList<>(0));
        for (Watched watched : due) {
            long next = watched.due(now);
            if (next >= 0) {
                watch(watched, next);
            }
        }
    }
}
