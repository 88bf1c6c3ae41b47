package dev.mooring.session;

import java.util.function.LongSupplier;

/**
 * Wall clock as it was at the start, and the time that has passed since: somebody who sets the clock ends no session
 * and publishes no Will. Safe from any thread if what it reads is.
 */
public final class SteadyClock implements LongSupplier {
    private final LongSupplier nanos;
    private final long startMs;
    private final long startNs;

    /**
     * @param wallMs milliseconds since 1970, asked once
     * @param nanos grows by what really passes, as {@link System#nanoTime}
     */
    SteadyClock(LongSupplier wallMs, LongSupplier nanos) {
        this.nanos = nanos;
        this.startMs = wallMs.getAsLong();
        this.startNs = nanos.getAsLong();
    }

    public static SteadyClock ofSystem() {
        return new SteadyClock(System::currentTimeMillis, System::nanoTime);
    }

    /** Milliseconds since 1970. */
    @Override
    public long getAsLong() {
        return startMs + (nanos.getAsLong() - startNs) / 1_000_000;
    }
}
