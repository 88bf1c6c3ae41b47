package dev.mooring.sim;

import java.util.Random;

/**
 * What a seed chooses before a run begins.
 *
 * @param taskUs typical time until a loop gets to its next task
 * @param netUs typical latency of the network
 * @param storeUs typical time of a commit
 * @param storeLate what the store does not apply at once is late at once
 * @param activeMs faults and publishing last that long, then everything has to drain
 * @param workPerTurn deliveries after which a loop takes another turn
 * @param queueCountMax beyond, a session is left out (drop_new), or loses its oldest
 * @param commitsAtOnce that the store takes
 * @param sharing whether some clients have a shared subscription, alone or besides others
 * @param dropOldest the policy of a full queue; else drop_new. Not while a store fails that takes several commits: it
 *     may drop, and count, what another of them was to mark as sent or to delete
 * @param retaining how many of the messages are retained ones, and ask for RETAIN to be looked at
 * @param bigMessages large enough that a page of a stored queue has two of them
 */
record Settings(
        int loops,
        int clients,
        int messages,
        int taskUs,
        int netUs,
        int storeUs,
        double storeFailures,
        boolean storeLate,
        int crashes,
        int activeMs,
        double cuts,
        double slowReaders,
        double refusals,
        double expiring,
        int serverReceiveMaximum,
        int inflightMax,
        int memoryCountMax,
        boolean bigMessages,
        int workPerTurn,
        int queueCountMax,
        int commitsAtOnce,
        boolean sharing,
        boolean dropOldest,
        double retaining) {
    Settings {
        dropOldest &= storeFailures == 0 || commitsAtOnce == 1;
    }

    static Settings of(long seed) {
        Random r = new Random(seed ^ 0x5DEECE66DL);
        r.nextLong();
        boolean calm = r.nextInt(6) == 0;
        boolean failing = r.nextInt(4) == 0;
        int[] speed = {20, 100, 1_000};
        return new Settings(
                1 + r.nextInt(3),
                2 + r.nextInt(4),
                10 + r.nextInt(50),
                speed[r.nextInt(3)],
                50 + r.nextInt(4_000),
                100 + r.nextInt(5_000),
                failing ? 0.1 : 0,
                failing && r.nextInt(3) == 0,
                calm ? 0 : r.nextInt(4),
                200 + r.nextInt(600),
                calm ? 0 : r.nextInt(3) * 0.01,
                r.nextInt(2) * 0.1,
                r.nextInt(3) == 0 ? 0.1 : 0,
                r.nextInt(4) == 0 ? 0.1 : 0,
                1 + r.nextInt(20),
                1 + r.nextInt(20),
                1 + r.nextInt(6),
                r.nextInt(2) == 0,
                1 + r.nextInt(4),
                r.nextInt(3) == 0 ? 1 + r.nextInt(12) : 1 << 20,
                r.nextBoolean() ? 1 : 2 + r.nextInt(3),
                r.nextInt(3) == 0,
                r.nextBoolean(),
                r.nextInt(3) == 0 ? 0.4 : 0);
    }
}
