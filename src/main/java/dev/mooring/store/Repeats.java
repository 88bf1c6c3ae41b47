package dev.mooring.store;

import dev.mooring.store.Commit.Item;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What has to be tried again, in the order it came: operations that failed transiently, and those that were applied
 * after one of them but share a key with it ({@link OrderKeys}), because they have to take effect after it. So one
 * message's operations keep their order, while one that fails for long holds up nothing else.
 *
 * <p>While several commits are under way, what is newer may be here before what is older: it waits for a third, which
 * is known to have failed, when of the older one nothing is known yet.
 */
final class Repeats {
    /** Writes of the broker's own state: whether they were applied is not known, so they are never given up. */
    private static final Set<OpKind> NEVER_GIVEN_UP = EnumSet.range(OpKind.SESSION_SAVE, OpKind.QUEUE_TRIM);

    private final TreeSet<Item> items = new TreeSet<>();
    /** The oldest of them that has the key. */
    private final Map<Object, Item> oldest = new HashMap<>();
    /** Of the items: those answered already, which stay in the way of others while they may yet take effect. */
    private final TreeSet<Item> givenUp = new TreeSet<>();

    private boolean underWay;

    boolean isEmpty() {
        return items.isEmpty();
    }

    void forEach(Consumer<StoreOp> what) {
        items.forEach(item -> what.accept(item.op()));
    }

    /** All there are, to be tried now; {@link #settle} has to follow before the next time. A copy. */
    List<Item> begin() {
        underWay = !items.isEmpty();
        return List.copyOf(items);
    }

    void add(Item item) {
        items.add(item);
        for (Object key : OrderKeys.before(item.op())) {
            oldest.merge(key, item, (a, b) -> a.compareTo(b) < 0 ? a : b);
        }
    }

    /** Whether the operation has to come after one of these. */
    boolean precede(Item item) {
        for (Object key : OrderKeys.after(item.op())) {
            Item first = oldest.get(key);
            if (first != null && first.compareTo(item) < 0) {
                return true;
            }
        }
        return false;
    }

    /**
     * Takes out what a commit has done.
     *
     * @param tried what {@link #begin} gave, all of which is still here
     * @return operations refused for good
     */
    int settle(List<Item> tried, List<StoreReply> replies) {
        if (tried.isEmpty()) {
            return 0;
        }
        List<Item> before = List.copyOf(items);
        items.clear();
        oldest.clear();
        int refused = 0;
        int at = 0;
        for (Item item : before) {
            // What is not among the tried came while this commit was under way.
            @Nullable StoreReply reply = at < tried.size() && tried.get(at) == item ? replies.get(at++) : null;
            if (givenUp.contains(item)) {
                continue;
            }
            if (reply == null || isPassing(reply) || precede(item)) {
                add(item);
            } else {
                item.batch().answer(item.at(), reply);
                refused += reply instanceof StoreReply.Failed ? 1 : 0;
            }
        }
        givenUp.clear();
        underWay = false;
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
        for (Item item : items) {
            if (item.batch() == batch
                    && (all || !NEVER_GIVEN_UP.contains(item.op().kind()))
                    && givenUp.add(item)) {
                batch.answer(item.at(), failed);
                count++;
            }
        }
        if (count > 0 && !underWay) {
            items.removeAll(givenUp);
            givenUp.clear();
            oldest.clear();
            List.copyOf(items).forEach(this::add);
        }
        return count;
    }
}
