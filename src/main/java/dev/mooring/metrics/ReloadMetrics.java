package dev.mooring.metrics;

import java.util.concurrent.atomic.LongAdder;

/** What became of reading the configuration again. For all threads. */
public final class ReloadMetrics {
    public final LongAdder applied = new LongAdder();
    public final LongAdder unchanged = new LongAdder();
    public final LongAdder refused = new LongAdder();
    public final LongAdder partly = new LongAdder();
    /** The last one was refused, or not put in place as a whole: what is in the file is not what counts. */
    public volatile boolean lastRefused;
    /** When what counts was taken in, wall clock. */
    public volatile long takenAtMs = System.currentTimeMillis();
    /** Of what counts. */
    public volatile String hash = "";
    /** Values that differ from what counts and need a restart. */
    public volatile int restartValues;
}
