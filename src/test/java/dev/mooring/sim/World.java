package dev.mooring.sim;

import java.util.ArrayDeque;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Time, chance and the order of events of one run. Everything that happens in the simulation happens in a call from
 * here, in one thread.
 */
final class World {
    private static final long EPOCH_US = 2_200_000_000_000_000L;

    private static final int TRACE_LINES = Integer.getInteger("sim.trace", 200);

    final Random random;
    final boolean tracing;
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final ArrayDeque<String> trace = new ArrayDeque<>();
    private long nowUs = EPOCH_US;
    private long sequence;
    private long happened;
    private int weak;
    private @Nullable Violation violated;

    private record Event(long atUs, long sequence, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(atUs, other.atUs);
            return byTime != 0 ? byTime : Long.compare(sequence, other.sequence);
        }
    }

    /** A promise of the broker is broken. */
    static final class Violation extends AssertionError {
        private static final long serialVersionUID = 1;

        Violation(String text) {
            super(text);
        }
    }

    World(long seed, boolean tracing) {
        this.random = new Random(seed * 0x9E37_79B9_7F4A_7C15L);
        this.tracing = tracing;
    }

    long nowUs() {
        return nowUs;
    }

    long nowMs() {
        return nowUs / 1000;
    }

    /** Since the start of the run. */
    long elapsedMs() {
        return (nowUs - EPOCH_US) / 1000;
    }

    long eventsHappened() {
        return happened;
    }

    void after(long delayUs, Runnable action) {
        at(nowUs + delayUs, action);
    }

    void at(long atUs, Runnable action) {
        events.add(new Event(Math.max(atUs, nowUs), sequence++, action));
    }

    /** Again and again, while it says so; does not keep {@link #run} from coming to an end. */
    void every(long periodUs, BooleanSupplier action) {
        weak++;
        events.add(new Event(nowUs + periodUs, sequence++, () -> {
            weak--;
            if (action.getAsBoolean()) {
                every(periodUs, action);
            }
        }));
    }

    /** Runs until nothing is left to happen, or until this much time has passed; false in the latter case. */
    boolean run(long untilElapsedMs) {
        return run(untilElapsedMs, 0);
    }

    /** Until this much time has passed. */
    void pass(long ms) {
        run(elapsedMs() + ms, -1);
    }

    private boolean run(long untilElapsedMs, int enough) {
        long untilUs = EPOCH_US + untilElapsedMs * 1000;
        while (events.size() - weak > enough && !events.isEmpty()) {
            if (events.peek().atUs > untilUs) {
                nowUs = untilUs;
                return false;
            }
            Event event = events.poll();
            nowUs = event.atUs;
            happened++;
            event.action.run();
            if (violated != null) {
                throw violated; // in case somebody on the way has caught it
            }
        }
        return true;
    }

    boolean chance(double probability) {
        return random.nextDouble() < probability;
    }

    /** Both ends included. */
    int between(int low, int high) {
        return low + random.nextInt(high - low + 1);
    }

    /** Mostly short, seldom long: the shape of most delays. */
    long delayUs(int typicalUs) {
        long delay = 1 + random.nextInt(2 * typicalUs);
        return random.nextInt(40) == 0 ? delay * 20 : delay;
    }

    void violation(String text) {
        if (violated == null) {
            violated = new Violation(text);
        }
        throw violated;
    }

    void trace(String who, Supplier<String> what) {
        if (tracing) {
            if (trace.size() == TRACE_LINES) {
                trace.poll();
            }
            long us = nowUs - EPOCH_US;
            trace.add(String.format("%6d.%03d ms  %-10s %s", us / 1000, us % 1000, who, what.get()));
        }
    }

    String traceText() {
        return String.join("\n", trace);
    }
}
