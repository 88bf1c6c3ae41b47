package dev.mooring.mqtt;

import dev.mooring.message.Message;
import dev.mooring.route.SharedGroup;
import dev.mooring.route.Target;
import org.jspecify.annotations.Nullable;

/**
 * The chosen member of each shared group; null where nobody is on line.
 *
 * <p>A queue has one entry at one position, which is the id of its message. So what one session gets by several of its
 * subscriptions are several messages: copies, stored by the same operation.
 */
final class Picks {
    static final Picks NONE = new Picks(0);

    final SharedGroup[] groups;
    final @Nullable Target[] targets;
    int size;
    /** By group; null where it is the message itself. */
    private @Nullable Message @Nullable [] copies;

    Picks(int max) {
        groups = new SharedGroup[max];
        targets = new Target[max];
    }

    /** Whether some member is live on another node. */
    boolean areElsewhere() {
        for (int i = 0; i < size; i++) {
            Target target = targets[i];
            if (target != null && RelayPath.isElsewhere(target)) {
                return true;
            }
        }
        return false;
    }

    /** What goes to the member of this group, in place of the message, and into its queue. */
    void copied(int at, Message copy) {
        @Nullable Message[] all = copies;
        if (all == null) {
            all = new Message[size];
            copies = all;
        }
        all[at] = copy;
    }

    /** What the member of this group gets of the message. */
    Message message(int at, Message message) {
        Message copy = copies == null ? null : copies[at];
        return copy == null ? message : copy;
    }

    void add(SharedGroup group, @Nullable Target target) {
        groups[size] = group;
        targets[size++] = target;
    }
}
