package dev.mooring.metrics;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/** How often something took how long, in fixed buckets. Written by one thread, read by any. */
public final class LatencyCounts {
    private static final long[] UPPER_US = {
        250,
        500,
        1_000,
        2_500,
        5_000,
        10_000,
        25_000,
        50_000,
        100_000,
        250_000,
        500_000,
        1_000_000,
        2_500_000,
        10_000_000
    };

    private final AtomicLongArray counts = new AtomicLongArray(UPPER_US.length + 1);
    private final AtomicLong sumNs = new AtomicLong();

    public void record(long ns) {
        int bucket = 0;
        while (bucket < UPPER_US.length && ns > 1_000 * UPPER_US[bucket]) {
            bucket++;
        }
        counts.setOpaque(bucket, counts.getPlain(bucket) + 1);
        sumNs.setOpaque(sumNs.getPlain() + ns);
    }

    /** Upper bounds of the buckets in seconds, the last one infinite. */
    public static double[] boundsS() {
        double[] bounds = new double[UPPER_US.length + 1];
        for (int i = 0; i < UPPER_US.length; i++) {
            bounds[i] = UPPER_US[i] / 1e6;
        }
        bounds[UPPER_US.length] = Double.POSITIVE_INFINITY;
        return bounds;
    }

    /** By bucket, each on its own. */
    public long[] counts() {
        long[] copy = new long[UPPER_US.length + 1];
        for (int i = 0; i < copy.length; i++) {
            copy[i] = counts.getOpaque(i);
        }
        return copy;
    }

    public double sumS() {
        return sumNs.getOpaque() / 1e9;
    }
}
