package dev.mooring.route;

import dev.mooring.message.TopicName;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One loop's way to the {@link SubscriptionIndex}: remembers the routes of the topics it saw lately. Confined to its
 * loop.
 *
 * <p>The memory is a table with two places per hash: the later topic takes the first, the former the second, whoever
 * was there is forgotten. That needs no list of uses and no eviction, and a hit is one look-up.
 *
 * <p>An entry counts only while no change of the index since its match concerns its topic; see
 * {@link SubscriptionIndex} for why that is enough. Looking at the changes must not cost more than matching anew, which
 * grows with the sessions that the route reaches; so that many changes are looked at, and with more the topic is
 * matched. That keeps a topic of 100,000 subscribers cheap while clients come and go elsewhere, and one of a single
 * subscriber too.
 */
public final class Router {
    /** Default of how many topics are remembered. */
    public static final int TOPICS_MAX = 16_384;

    /**
     * Default bound of the memory over all topics, in references of 4 bytes: {@link Route#weight} and the topic itself.
     * A route that is wider than this by itself is matched every time.
     */
    public static final int WEIGHT_MAX = 1_000_000;

    /** How many changes are looked at for a route that reaches nobody; one more for each session it reaches. */
    private static final int CHECKS_MIN = 8;

    private final SubscriptionIndex index;
    private final @Nullable Entry[] entries;
    private final int mask;
    private final int weightMax;
    private long weight;
    private long hits;
    private long misses;

    public Router(SubscriptionIndex index) {
        this(index, TOPICS_MAX, WEIGHT_MAX);
    }

    /**
     * @param topicsMax rounded up to a power of two
     * @param weightMax see {@link #WEIGHT_MAX}
     */
    public Router(SubscriptionIndex index, int topicsMax, int weightMax) {
        this.index = index;
        this.mask = Integer.highestOneBit(Math.max(2, topicsMax) * 2 - 1) - 1;
        this.entries = new Entry[mask + 1];
        this.weightMax = weightMax;
    }

    /** Who gets a message of this topic now. */
    public Route route(TopicName topic) {
        long version = index.version(); // before the match
        int hash = topic.hashCode();
        int first = (hash ^ hash >>> 16) & mask;
        Entry entry = entries[first];
        if (entry == null || !entry.topic.equals(topic)) {
            entry = entries[first ^ 1];
        }
        if (entry != null && entry.topic.equals(topic) && stillHolds(entry, version)) {
            hits++;
            return entry.route;
        }
        misses++;
        Route route = index.match(topic);
        remember(first, new Entry(topic, version, route, weight(topic, route)));
        return route;
    }

    private boolean stillHolds(Entry entry, long version) {
        if (entry.version != version) {
            if (version - entry.version > CHECKS_MIN + entry.weight
                    || index.concerns(entry.topic, entry.version, version)) {
                return false;
            }
            entry.version = version;
        }
        return true;
    }

    public long hits() {
        return hits;
    }

    public long misses() {
        return misses;
    }

    /** What the memory holds, in references; at most the bound. */
    public long weight() {
        return weight;
    }

    private void remember(int first, Entry entry) {
        if (entry.weight > weightMax) {
            return;
        }
        Entry former = entries[first];
        int place = former == null || former.topic.equals(entry.topic) ? first : first ^ 1;
        forget(place);
        if (weight + entry.weight > weightMax) {
            Arrays.fill(entries, null); // rare, and cheaper than to keep book of who is old
            weight = 0;
            place = first;
            former = null;
        }
        if (place != first) {
            entries[place] = former;
        }
        entries[first] = entry;
        weight += entry.weight;
    }

    private void forget(int place) {
        Entry entry = entries[place];
        if (entry != null) {
            weight -= entry.weight;
            entries[place] = null;
        }
    }

    /** A topic has its text and its UTF-8: 2 bytes per character, half a reference. */
    private static int weight(TopicName topic, Route route) {
        return route.weight() + topic.utf8().length / 2 + 1;
    }

    private static final class Entry {
        final TopicName topic;
        final Route route;
        final int weight;
        /** All changes up to this one are known to leave the route as it is. */
        long version;

        Entry(TopicName topic, long version, Route route, int weight) {
            this.topic = topic;
            this.version = version;
            this.route = route;
            this.weight = weight;
        }
    }
}
