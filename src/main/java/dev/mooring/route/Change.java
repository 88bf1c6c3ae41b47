package dev.mooring.route;

import dev.mooring.message.TopicFilter;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * One subscribe or unsubscribe on its way to the {@link Members} of its filter. Whoever owns the lock of that filter
 * calls {@link #apply} once and stores the answer; afterwards the fields tell what happened.
 */
final class Change implements BiFunction<String, @Nullable Members, @Nullable Members> {
    private final SubscriptionIndex index;
    private final Subscriber subscriber;
    private final TopicFilter filter;
    private final @Nullable Member joining;

    /** What the subscriber had under this filter before. */
    @Nullable
    Member previous;

    /** How the number of filters (shared groups) changed: -1, 0 or 1. */
    int filters;

    int groups;

    /** @param joining null for an unsubscribe */
    Change(SubscriptionIndex index, Subscriber subscriber, TopicFilter filter, @Nullable Member joining) {
        this.index = index;
        this.subscriber = subscriber;
        this.filter = filter;
        this.joining = joining;
    }

    boolean isJoin() {
        return joining != null;
    }

    @Override
    public @Nullable Members apply(String key, @Nullable Members before) {
        Members after = filter.group() == null ? plain(before) : shared(before, filter.group());
        filters = (after == null ? 0 : 1) - (before == null ? 0 : 1);
        return after;
    }

    private @Nullable Members plain(@Nullable Members before) {
        previous = before == null ? null : before.find(subscriber);
        if (joining != null) {
            return before == null ? joining : before.with(joining);
        }
        return before == null || previous == null ? before : before.without(subscriber);
    }

    private @Nullable Members shared(@Nullable Members before, String name) {
        SharedGroup group = Members.group(before, filter);
        if (group == null && joining == null) {
            return before;
        }
        Members.Shared shared =
                before instanceof Members.Shared s ? s : new Members.Shared(before, new ConcurrentHashMap<>(4));
        if (group == null) {
            group = new SharedGroup(filter, index);
            groups = 1;
        }
        previous = joining != null ? group.join(joining) : group.leave(subscriber);
        if (groups == 1) { // after the join: a reader never finds a new group empty
            shared.groups().put(name, group);
        } else if (group.isEmpty()) {
            shared.groups().remove(name);
            groups = -1;
        }
        return shared.simplified();
    }
}
