package dev.mooring.store;

import dev.mooring.store.Commit.Item;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;

/**
 * What has to be tried again, in order: operations that failed transiently, and those that were applied after one of
 * them but share a key with it ({@link OrderKeys}), because they have to take effect after it. So one message's
 * operations keep their order, while one that fails for long holds up nothing else.
 */
final class Repeats {
    /** Writes of the broker's own state: whether they were applied is not known, so they are never given up. */
    private static final Set<OpKind> NEVER_GIVEN_UP = EnumSet.range(OpKind.SESSION_SAVE, OpKind.QUEUE_MOVE);

    private final List<Item> items = new ArrayList<>();
    private final Set<Object> keys = new HashSet<>();

    boolean isEmpty() {
        return items.isEmpty();
    }

    /** To be tried; a copy. */
    List<Item> items() {
        return List.copyOf(items);
    }

    void add(Item item) {
        items.add(item);
        keys.addAll(OrderKeys.before(item.op()));
    }

    /** Whether the operation has to come after one of these. */
    boolean precede(StoreOp op) {
        return !items.isEmpty() && OrderKeys.after(op).stream().anyMatch(keys::contains);
    }

    /**
     * Takes out what a commit has done.
     *
     * @param tried as {@link #items} was
     * @return operations refused for good
     */
    int settle(List<Item> tried, List<StoreReply> replies) {
        if (tried.isEmpty()) {
            return 0;
        }
        List<Item> before = new ArrayList<>(items);
        Set<Item> present = new HashSet<>(before);
        items.clear();
        keys.clear();
        int refused = 0;
        for (int i = 0; i < tried.size(); i++) {
            Item item = tried.get(i);
            StoreReply reply = replies.get(i);
            if (!present.remove(item)) {
                continue; // given up meanwhile
            }
            if (isPassing(reply) || precede(item.op())) {
                add(item);
            } else {
                item.batch().answer(item.at(), reply);
                refused += reply instanceof StoreReply.Failed ? 1 : 0;
            }
        }
        before.stream().filter(present::contains).forEach(this::add); // came while this commit was under way
        return refused;
    }

    static boolean isPassing(StoreReply reply) {
        return reply instanceof StoreReply.Failed failure && failure.transientFault();
    }

    /**
     * Answers those of a batch past its deadline as failed that may be given up.
     *
     * @param all also those that otherwise never are
     * @return how many
     */
    int giveUp(OpenBatch batch, String reason, boolean all) {
        StoreReply failed = new StoreReply.Failed(true, reason);
        int count = 0;
        for (Iterator<Item> it = items.iterator(); it.hasNext(); ) {
            Item item = it.next();
            if (item.batch() == batch
                    && (all || !NEVER_GIVEN_UP.contains(item.op().kind()))) {
                item.batch().answer(item.at(), failed);
                it.remove();
                count++;
            }
        }
        if (count > 0) {
            keys.clear();
            items.forEach(item -> keys.addAll(OrderKeys.before(item.op())));
        }
        return count;
    }
}
