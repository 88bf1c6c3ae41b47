package dev.mooring.hazard;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for what a test expects, up to a generous bound. */
final class Wait {
    private static final long BOUND_NS = TimeUnit.SECONDS.toNanos(20);
    private static final long POLL_NS = TimeUnit.MILLISECONDS.toNanos(2);

    private Wait() {}

    static void until(String what, BooleanSupplier holds) {
        until(() -> what, holds);
    }

    static void until(Supplier<String> what, BooleanSupplier holds) {
        long deadline = System.nanoTime() + BOUND_NS;
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within 20 s: " + what.get());
            }
            LockSupport.parkNanos(POLL_NS);
        }
    }
}
