package dev.mooring.metrics;

import java.util.concurrent.atomic.LongAdder;

/** A counter for each constant of an enum: as many as the type has, whatever clients do. Safe for all threads. */
public final class EnumCounts<E extends Enum<E>> {
    private final E[] constants;
    private final LongAdder[] counts;

    public EnumCounts(Class<E> type) {
        constants = type.getEnumConstants();
        counts = new LongAdder[constants.length];
        for (int i = 0; i < counts.length; i++) {
            counts[i] = new LongAdder();
        }
    }

    public void increment(E of) {
        counts[of.ordinal()].increment();
    }

    public long get(E of) {
        return counts[of.ordinal()].sum();
    }

    public long sum() {
        long sum = 0;
        for (LongAdder count : counts) {
            sum += count.sum();
        }
        return sum;
    }

    /** Takes a constant and its count. */
    public interface Visitor<E> {
        void visit(E of, long count);
    }

    public void forEach(Visitor<? super E> visitor) {
        for (E constant : constants) {
            visitor.visit(constant, get(constant));
        }
    }
}
