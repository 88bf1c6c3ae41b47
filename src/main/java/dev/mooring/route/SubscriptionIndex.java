package dev.mooring.route;

import dev.mooring.message.Subscription;
import dev.mooring.message.TopicFilter;
import dev.mooring.message.TopicName;
import java.util.Collection;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * All subscriptions of the broker: who gets a message of this topic? Shared by all loops, safe for all threads.
 *
 * <p><b>Two structures.</b> A filter without wildcard matches one topic, so it is a key in a hash map and costs a
 * look-up whatever else is there. A filter with wildcards stands in a {@link FilterTree}, whose matching visits only
 * nodes that match a beginning of the topic. Neither cost grows with filters that do not match.
 *
 * <p><b>Readers</b> take no lock and wait for nobody. A match that runs beside a change sees the filter before or after
 * it, each filter for itself. What it finds of one filter is every subscriber who is there from the match's beginning
 * to its end.
 *
 * <p><b>Writers</b> wait only for writers of the same filter, the same hash bin, or the same first level of wildcard
 * filters, for well under a microsecond each.
 *
 * <p><b>The visibility rule.</b> When {@link #subscribe}, {@link #unsubscribe} or {@link #move} has returned, every
 * match that starts afterwards, on any thread, sees it; and {@link #version} has grown between the change and the
 * return. So who reads the version, then matches, and keeps both, may use the result for as long as no change since
 * then {@link #concerns} the topic: {@link Router} does. The order matters; a version read after the match would vouch
 * for changes the match did not see.
 *
 * <p>Nobody may change the subscriptions of one {@link Subscriber} under the same filter from two threads at once and
 * expect to know which of them wins; sessions, which live on one loop, don't.
 */
public final class SubscriptionIndex {
    private final ConcurrentHashMap<String, Members> exact = new ConcurrentHashMap<>();
    private final FilterTree tree = new FilterTree();
    private final ChangeLog changes = new ChangeLog();

    private final LongAdder subscriptions = new LongAdder();
    private final LongAdder filters = new LongAdder();
    private final LongAdder groups = new LongAdder();

    /** Adds the subscription, or replaces the subscriber's former one with the same filter; true when it is new. */
    public boolean subscribe(Subscriber subscriber, Subscription subscription) {
        Member joining = Member.of(subscriber, subscription);
        Change change = new Change(this, subscriber, subscription.filter(), joining);
        apply(subscription.filter(), change);
        if (change.previous == null) {
            subscriptions.increment();
        }
        changes.add(subscription.filter());
        return change.previous == null;
    }

    /** Takes the subscription away and returns it; null when there was none. */
    public @Nullable Subscription unsubscribe(Subscriber subscriber, TopicFilter filter) {
        Change change = new Change(this, subscriber, filter, null);
        apply(filter, change);
        if (change.previous == null) {
            return null;
        }
        subscriptions.decrement();
        changes.add(filter);
        return change.previous.subscription();
    }

    /** Everybody who gets a message of this topic now. */
    public Route match(TopicName topic) {
        String text = topic.text();
        RouteBuilder route = new RouteBuilder();
        Members members = exact.get(text);
        if (members != null) {
            route.addFilter(members);
        }
        tree.match(text, route);
        return route.build();
    }

    /**
     * The session has another owner now, or none: routes group by it.
     *
     * @param loop number of the loop, or {@link Subscriber#OFFLINE}
     * @param held all that the subscriber has in this index
     */
    public void move(Subscriber subscriber, int loop, Collection<Subscription> held) {
        subscriber.loop(loop);
        for (Subscription s : held) {
            changes.add(s.filter());
        }
    }

    /** Grows with every change that may alter the result of a match. */
    public long version() {
        return changes.latest();
    }

    /**
     * Whether a change after version {@code from}, up to version {@code to}, may alter the result of matching this
     * topic. True in doubt: only the latest {@link ChangeLog#KEPT} are known. The work is {@code to - from} filters.
     */
    boolean concerns(TopicName topic, long from, long to) {
        return changes.concerns(topic.text(), from, to);
    }

    /** The shared group of a {@code $share} filter while it has members, else null. */
    public @Nullable SharedGroup group(TopicFilter filter) {
        return Members.group(filter.wildcard() ? tree.get(filter) : exact.get(filter.filter()), filter);
    }

    /**
     * Shows all members, plain and shared, in no order; those that come or go meanwhile perhaps. Takes tens of
     * milliseconds for a million, so not on a loop.
     */
    public void forEach(Consumer<? super Member> action) {
        exact.values().forEach(members -> members.forEach(action));
        tree.forEach(action);
    }

    /** Number of subscriptions, shared ones included. */
    public long subscriptions() {
        return subscriptions.sum();
    }

    /** Number of different filters, {@code $share/<group>/} left out. */
    public long filters() {
        return filters.sum();
    }

    /** Number of shared groups. */
    public long groups() {
        return groups.sum();
    }

    /** Number of inner nodes for wildcard filters: a gauge of memory, 0 when there are no such filters. */
    public long nodes() {
        return tree.nodes();
    }

    private void apply(TopicFilter filter, Change change) {
        if (filter.wildcard()) {
            tree.change(filter.filter(), change);
        } else {
            exact.compute(filter.filter(), change);
        }
        filters.add(change.filters);
        groups.add(change.groups);
    }
}
