package dev.mooring.store.redis;

import java.util.concurrent.atomic.AtomicLong;

/** Counters of the store since the process started. Safe to read from any thread. */
final class Figures {
    final AtomicLong droppedMessages = new AtomicLong();
    final AtomicLong unreadableMessages = new AtomicLong();

    /** A message that another program may have written: counted, said, and left where it is. */
    void unreadable(String key, String what) {
        long n = unreadableMessages.incrementAndGet();
        if (n <= 20 || n % 1000 == 0) {
            RedisStore.LOG.warn("left out {}, which is no message: {} ({} so far)", key, what, n);
        }
    }
}
