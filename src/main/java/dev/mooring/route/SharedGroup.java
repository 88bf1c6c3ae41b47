package dev.mooring.route;

import dev.mooring.message.TopicFilter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The sessions that share one subscription, MQTT 5.0 §4.8.2: each message goes to one of them.
 *
 * <p>Members stand in an array that readers walk without a lock. A member never moves within an array: it is appended,
 * and leaves a hole. So a walk from the cursor round to the cursor meets everybody who was there all the time, and
 * "nobody is on line" is never a trick of timing. When the array is full, or mostly holes, the members are copied into
 * a new one of twice their number; that makes joining and leaving O(1) on average, whatever the size of the group.
 *
 * <p>The cursor is shared by all loops and written without compare-and-set: two loops that race may pick the same
 * member once, which costs a little fairness, whereas exactness would cost every publisher a contended cache line.
 */
public final class SharedGroup {
    /** No preference in {@link #pick}. */
    public static final int ANY_LOOP = -1;

    /** Instead of a loop: only members that have no durable session and are live on this node. */
    private static final int TRANSIENT_HERE = -2;

    /** How many on-line members of other loops {@link #pick} passes by in search of one on the preferred loop. */
    public static final int PREFERENCE_PROBES = 8;

    private static final int SMALLEST = 2;
    /** Up to this many a walk is quicker than a map. */
    private static final int WALK_MAX = 16;

    private final TopicFilter filter;
    private final SubscriptionIndex index;

    private volatile AtomicReferenceArray<@Nullable Member> places = new AtomicReferenceArray<>(SMALLEST);
    private volatile int cursor;
    /** The index version at which a full walk found nobody on line: asked again, the answer is the same. */
    private volatile long nobodyAt = -1;

    private volatile int size;
    private volatile int durable;
    private volatile @Nullable Subscriber queue;
    private volatile boolean isQueueStored;

    // The next two belong to the holder of the filter's lock.
    private int used;
    private @Nullable Map<Subscriber, Integer> placeOf;

    SharedGroup(TopicFilter filter, SubscriptionIndex index) {
        this.filter = filter;
        this.index = index;
    }

    /** The whole filter, {@code $share/<group>/<filter>}. */
    public TopicFilter filter() {
        return filter;
    }

    /**
     * The member whose turn it is among those on line, or null when none is.
     *
     * <p>A member of another node is a durable session, or stands for all transient members of that node.
     *
     * @param preferredLoop takes the next member of that loop if there is one among the next {@link #PREFERENCE_PROBES}
     *     on-line members (cheaper, but only fair within the loop), else one of this node; {@link #ANY_LOOP} for strict
     *     round robin
     */
    public @Nullable Target pick(int preferredLoop) {
        long version = index.version(); // before the walk: else a member that joins meanwhile could stay unseen
        if (version == nobodyAt) {
            return null;
        }
        Member next = next(preferredLoop, null);
        if (next == null) {
            nobodyAt = version;
            return null;
        }
        return next.target();
    }

    /** The next on-line member that {@code may} have a message which the one whose turn it was could not take. */
    public @Nullable Target pickOther(Predicate<? super Target> may) {
        Member next = next(ANY_LOOP, may);
        return next == null ? null : next.target();
    }

    /** The next of the members that {@link #pick} of another node has taken this node for, or null. */
    public @Nullable Target pickTransientHere() {
        Member next = next(TRANSIENT_HERE, null);
        return next == null ? null : next.target();
    }

    /** The member with this session, or null when it is none any more. */
    public @Nullable Target find(long sessionId) {
        AtomicReferenceArray<@Nullable Member> now = places;
        for (int i = 0; i < now.length(); i++) {
            Member member = now.get(i);
            if (member != null && member.subscriber().sessionId() == sessionId) {
                return member.target();
            }
        }
        return null;
    }

    /** Whether a message that finds nobody on line has to be kept: some member is durable and takes QoS 1 or 2. */
    public boolean hasDurableMember() {
        return durable > 0;
    }

    /** A copy; members that join or leave meanwhile may or may not be in it. */
    public List<Member> members() {
        AtomicReferenceArray<@Nullable Member> now = places;
        List<Member> all = new ArrayList<>(size);
        for (int i = 0; i < now.length(); i++) {
            Member member = now.get(i);
            if (member != null) {
                all.add(member);
            }
        }
        return all;
    }

    public int size() {
        return size;
    }

    /** Id of the session that stands for the group's own queue in the store, or 0 when there is none yet. */
    public long queueSessionId() {
        Subscriber now = queue;
        return now == null ? 0 : now.sessionId();
    }

    /** The group's own queue, with the counters that bound it; always {@link Subscriber#OFFLINE}, or null. */
    public @Nullable Subscriber queue() {
        return queue;
    }

    /** Gives the group its queue. The first caller decides; everybody gets the queue that counts. */
    public synchronized Subscriber queue(long sessionId) {
        Subscriber now = queue;
        if (now == null) {
            now = new Subscriber(sessionId, filter.text(), true);
            queue = now;
        }
        return now;
    }

    /** The store has what stands there for the queue: what is in the queue is found after a crash. */
    public void queueStored() {
        isQueueStored = true;
    }

    public boolean isQueueStored() {
        return isQueueStored;
    }

    private @Nullable Member next(int preferredLoop, @Nullable Predicate<? super Target> may) {
        AtomicReferenceArray<@Nullable Member> now = places;
        int length = now.length();
        int at = cursor < length ? cursor : 0;
        Member first = null;
        int firstAt = 0;
        boolean firstIsHere = false;
        int passed = 0;
        for (int left = length; left > 0; left--) {
            Member member = now.get(at);
            if (member != null && (may == null || may.test(member.target()))) {
                int loop = member.subscriber().loop();
                if (loop != Subscriber.OFFLINE && isAmong(preferredLoop, member, loop)) {
                    if (first == null || (preferredLoop != ANY_LOOP && !firstIsHere && loop >= 0)) {
                        first = member;
                        firstAt = at;
                        firstIsHere = loop >= 0;
                    }
                    if (preferredLoop == ANY_LOOP || loop == preferredLoop) {
                        cursor = at + 1;
                        return member;
                    }
                    if (++passed == PREFERENCE_PROBES) {
                        break;
                    }
                }
            }
            at = at + 1 == length ? 0 : at + 1;
        }
        if (first != null) {
            cursor = firstAt + 1; // past the last one picked, so that holes and sleepers do not favour their neighbours
        }
        return first;
    }

    private static boolean isAmong(int preferredLoop, Member member, int loop) {
        return preferredLoop != TRANSIENT_HERE
                || (loop >= 0 && !member.subscriber().durable());
    }

    // What follows is called by Change, which holds the filter's lock.

    boolean isEmpty() {
        return size == 0;
    }

    /** Adds the member, or puts it in the place of its former self, which is returned. */
    @Nullable
    Member join(Member member) {
        int at = find(member.subscriber());
        Member former = at < 0 ? null : places.get(at);
        if (former == null) {
            if (used == places.length()) {
                resize(size + 1);
            }
            at = used++;
            size = size + 1;
            if (placeOf != null) {
                placeOf.put(member.subscriber(), at);
            }
        }
        places.set(at, member);
        countDurable(former, member);
        return former;
    }

    @Nullable
    Member leave(Subscriber subscriber) {
        int at = find(subscriber);
        if (at < 0) {
            return null;
        }
        Member former = places.get(at);
        places.set(at, null);
        size = size - 1;
        if (placeOf != null) {
            placeOf.remove(subscriber);
        }
        countDurable(former, null);
        if (places.length() > 4 * SMALLEST && size < places.length() / 4) {
            resize(size);
        }
        return former;
    }

    private int find(Subscriber subscriber) {
        if (placeOf != null) {
            Integer at = placeOf.get(subscriber);
            return at == null ? -1 : at;
        }
        for (int i = 0; i < used; i++) {
            Member member = places.get(i);
            if (member != null && member.subscriber() == subscriber) {
                return i;
            }
        }
        return -1;
    }

    /** Copies the members into an array with room for twice {@code wanted}. */
    private void resize(int wanted) {
        int length = Math.max(SMALLEST, 2 * wanted);
        AtomicReferenceArray<@Nullable Member> copy = new AtomicReferenceArray<>(length);
        Map<Subscriber, Integer> index = length > WALK_MAX ? new HashMap<>() : null;
        int to = 0;
        for (int i = 0; i < used; i++) {
            Member member = places.get(i);
            if (member != null) {
                if (index != null) {
                    index.put(member.subscriber(), to);
                }
                copy.setPlain(to++, member);
            }
        }
        used = to;
        placeOf = index;
        places = copy;
    }

    private void countDurable(@Nullable Member before, @Nullable Member after) {
        durable =
                durable + (after != null && after.isDurable() ? 1 : 0) - (before != null && before.isDurable() ? 1 : 0);
    }
}
