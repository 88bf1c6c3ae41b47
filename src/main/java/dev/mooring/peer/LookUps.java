package dev.mooring.peer;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Has sessions of all nodes look into the store, see {@link dev.mooring.session.LookUp}. Each time costs a read for
 * every session on line; so whoever asks within a second is served by one. Confined to the context of the links.
 */
final class LookUps {
    static final long PAUSE_MS = 1_000;

    private final Consumer<Runnable> look;
    private List<Runnable> waiting = new ArrayList<>();
    private boolean isUnderWay;
    private long notBeforeMs = Long.MIN_VALUE;

    /** @param look has all nodes look, and runs what it is given when they do */
    LookUps(Consumer<Runnable> look) {
        this.look = look;
    }

    void add(Runnable then, long nowMs) {
        waiting.add(then);
        tick(nowMs);
    }

    void tick(long nowMs) {
        if (isUnderWay || waiting.isEmpty() || nowMs < notBeforeMs) {
            return;
        }
        isUnderWay = true;
        notBeforeMs = nowMs + PAUSE_MS;
        List<Runnable> served = waiting;
        waiting = new ArrayList<>();
        look.accept(() -> {
            isUnderWay = false;
            served.forEach(Runnable::run);
        });
    }
}
