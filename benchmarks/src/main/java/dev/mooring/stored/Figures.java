package dev.mooring.stored;

import java.util.Arrays;

/** Of one round. */
record Figures(long messages, double seconds, double brokerCpuS, double storeCpuS, long[] latenciesNs) {
    double rate() {
        return messages / seconds;
    }

    double brokerUs() {
        return 1e6 * brokerCpuS / messages;
    }

    double storeUs() {
        return 1e6 * storeCpuS / messages;
    }

    double percentileMs(double p) {
        long[] sorted = latenciesNs.clone();
        Arrays.sort(sorted);
        return sorted.length == 0 ? 0 : sorted[(int) Math.min(sorted.length - 1, p * sorted.length)] / 1e6;
    }
}
