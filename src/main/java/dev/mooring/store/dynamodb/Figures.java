package dev.mooring.store.dynamodb;

import java.util.concurrent.atomic.AtomicLong;

/** Counters of the store since the process started. Safe to read from any thread. */
final class Figures {
    final AtomicLong droppedMessages = new AtomicLong();
    final AtomicLong unreadableMessages = new AtomicLong();
    final AtomicLong unlistedMessages = new AtomicLong();
    final AtomicLong refusedBySize = new AtomicLong();

    /** An item that another program may have written: counted, said, and left where it is. */
    void unreadable(String key, String what) {
        long n = unreadableMessages.incrementAndGet();
        if (n <= 20 || n % 1000 == 0) {
            DynamoDbStore.LOG.warn("left out {}, which is no message: {} ({} so far)", key, what, n);
        }
    }

    /** Something that DynamoDB has no room for: counted, and told to who wanted it stored. */
    void tooLarge(Answer who, String what, int bytes, int most) {
        refusedBySize.incrementAndGet();
        who.refused(what + " has " + bytes + " bytes, and DynamoDB takes " + most);
    }
}
