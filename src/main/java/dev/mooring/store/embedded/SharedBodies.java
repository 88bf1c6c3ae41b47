package dev.mooring.store.embedded;

import dev.mooring.message.MessageId;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which queues still need which row of {@code body}. Only messages that more than one queue refers to are here; rebuilt
 * at open from the queues, so it can never disagree with them for longer than a process lives.
 *
 * <p>Holders are kept by name, not as a count: a {@code DEQUEUE} that comes twice must not count twice. 8 bytes and a
 * bit per reference.
 */
final class SharedBodies {
    private final Map<MessageId, Holders> bodies = new HashMap<>();

    boolean isHeld(MessageId id) {
        return bodies.containsKey(id);
    }

    int size() {
        return bodies.size();
    }

    /** Adds holders; those that are there already stay. */
    void hold(MessageId id, long[] sessions, int count) {
        Holders holders = bodies.get(id);
        if (holders == null) {
            holders = new Holders();
            bodies.put(id, holders);
        }
        holders.add(sessions, count);
    }

    void hold(MessageId id, long sessionId) {
        hold(id, new long[] {sessionId}, 1);
    }

    /** One holder less. @return whether it was the last one, so that the body can go */
    boolean release(MessageId id, long sessionId) {
        if (bodies.isEmpty()) {
            return false;
        }
        Holders holders = bodies.get(id);
        if (holders == null || !holders.remove(sessionId) || holders.left > 0) {
            return false;
        }
        bodies.remove(id);
        return true;
    }

    /** Session ids in order; a removed one keeps its place and loses its bit, so that removal costs no copying. */
    private static final class Holders {
        private long @Nullable [] present;
        private long[] sessions = new long[0];
        private int used;
        private int left;

        void add(long[] more, int count) {
            long[] all = new long[left + count];
            int n = 0;
            for (int i = 0; i < used; i++) {
                if (isPresent(i)) {
                    all[n++] = sessions[i];
                }
            }
            System.arraycopy(more, 0, all, n, count);
            n += count;
            Arrays.sort(all, 0, n);
            int unique = 0;
            for (int i = 0; i < n; i++) {
                if (i == 0 || all[i] != all[i - 1]) {
                    all[unique++] = all[i];
                }
            }
            sessions = all;
            used = unique;
            left = unique;
            present = null;
        }

        boolean remove(long sessionId) {
            int i = Arrays.binarySearch(sessions, 0, used, sessionId);
            if (i < 0 || !isPresent(i)) {
                return false;
            }
            long[] bits = present;
            if (bits == null) {
                bits = new long[(used + 63) / 64];
                Arrays.fill(bits, -1L);
                present = bits;
            }
            bits[i >> 6] &= ~(1L << i);
            left--;
            return true;
        }

        private boolean isPresent(int i) {
            long[] bits = present;
            return bits == null || (bits[i >> 6] & 1L << i) != 0;
        }
    }
}
