package dev.mooring.load;

import java.util.BitSet;

/**
 * Which messages came, how often and in which order: exact, for each publisher and each receiver that is to have it.
 */
final class Ledger {
    private final int publishers;
    private final boolean group;
    private final BitSet[] seen;
    private final int[] last;
    private final boolean[] expected;
    private final long[] sent;
    private long distinct;
    private long duplicated;
    private long reordered;

    /** @param group each message is for one of the receivers */
    Ledger(int publishers, int receivers, boolean group) {
        this.publishers = publishers;
        this.group = group;
        seen = new BitSet[publishers * Math.max(1, receivers)];
        last = new int[seen.length];
        expected = new boolean[seen.length];
        sent = new long[publishers];
    }

    /** The messages of the publisher are for this receiver; in a group for receiver 0, whoever gets them. */
    void expect(int receiver, int publisher) {
        expected[receiver * publishers + publisher] = true;
    }

    void sent(int publisher) {
        sent[publisher]++;
    }

    /** Whether it is the first time. Sequences begin at 0. */
    boolean received(int receiver, int publisher, int sequence) {
        int stream = receiver * publishers + publisher;
        int of = group ? publisher : stream;
        BitSet set = seen[of];
        if (set == null) {
            set = new BitSet(1 << 16);
            seen[of] = set;
        }
        if (set.get(sequence)) {
            duplicated++;
            return false;
        }
        set.set(sequence);
        distinct++;
        if (sequence < last[stream]) {
            reordered++;
        } else {
            last[stream] = sequence;
        }
        return true;
    }

    long distinct() {
        return distinct;
    }

    long duplicated() {
        return duplicated;
    }

    long reordered() {
        return reordered;
    }

    long lost() {
        long all = 0;
        for (int i = 0; i < expected.length; i++) {
            all += expected[i] ? sent[i % publishers] : 0;
        }
        return all - distinct;
    }
}
