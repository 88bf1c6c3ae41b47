package dev.mooring.store;

import dev.mooring.message.MessageId;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;

/**
 * Tells without a read whether a message can already be in a queue. Ids grow, nearly: loops hand in theirs slightly out
 * of order, and an operation whose answer was lost comes again. So the last ids are remembered; what is above all
 * forgotten ones and not among the remembered is new. Anything else has to be looked up.
 */
public final class RecentIds {
    private final int max;
    private final Set<MessageId> recent;
    private final ArrayDeque<MessageId> order;
    private MessageId floor;

    /** @param floor the greatest id that is in the store already */
    public RecentIds(int max, MessageId floor) {
        this.max = max;
        this.recent = new HashSet<>(max * 2);
        this.order = new ArrayDeque<>(max + 1);
        this.floor = floor;
    }

    /** Remembers {@code id}. @return whether it was certainly never given before */
    public boolean isNew(MessageId id) {
        if (id.compareTo(floor) <= 0 || !recent.add(id)) {
            return false;
        }
        order.add(id);
        if (order.size() > max) {
            MessageId oldest = order.remove();
            recent.remove(oldest);
            if (oldest.compareTo(floor) > 0) {
                floor = oldest;
            }
        }
        return true;
    }
}
