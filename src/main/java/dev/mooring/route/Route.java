package dev.mooring.route;

import java.util.Arrays;
import java.util.Set;

/**
 * Who gets the messages of one topic: the result of {@link SubscriptionIndex#match}. Immutable and made to be cached;
 * the arrays are shared and not to be changed.
 *
 * <p>Live sessions are grouped by the loop that owned them during the match, so that a publisher sends one batch per
 * loop. A session that moved since is found out by the loop that gets the batch.
 */
public final class Route {
    static final Target[] NO_TARGETS = {};
    static final SharedGroup[] NO_GROUPS = {};
    private static final int[] NO_LOOPS = {};
    private static final Target[][] NO_LIVE = {};

    /** Nobody. */
    public static final Route EMPTY = new Route(NO_LOOPS, NO_LIVE, NO_TARGETS, NO_GROUPS);

    private final int[] loops;
    private final Target[][] live;
    private final Target[] durable;
    private final SharedGroup[] groups;

    /** @param loops ascending; {@code live[i]} are the targets on {@code loops[i]} */
    Route(int[] loops, Target[][] live, Target[] durable, SharedGroup[] groups) {
        this.loops = loops;
        this.live = live;
        this.durable = durable;
        this.groups = groups;
    }

    static Route ofGroups(SharedGroup[] groups) {
        return groups.length == 0 ? EMPTY : new Route(NO_LOOPS, NO_LIVE, NO_TARGETS, groups);
    }

    /** The loops that own live sessions, ascending. */
    public int[] loops() {
        return loops;
    }

    /** The live sessions of one loop; empty for a loop that has none. */
    public Target[] live(int loop) {
        for (int i = 0; i < loops.length; i++) {
            if (loops[i] == loop) {
                return live[i];
            }
        }
        return NO_TARGETS;
    }

    /** The targets with QoS 1 or 2 whose session is durable, on line (then in {@link #live} too) or not. */
    public Target[] durable() {
        return durable;
    }

    /** Each of them gives the message to one member, beside what {@link #live} and {@link #durable} get. */
    public SharedGroup[] groups() {
        return groups;
    }

    /** Without these sessions; groups stay as they are. */
    public Route without(Set<Subscriber> some) {
        Target[][] others = new Target[live.length][];
        for (int i = 0; i < live.length; i++) {
            others[i] = without(live[i], some);
        }
        return new Route(loops, others, without(durable, some), groups);
    }

    private static Target[] without(Target[] targets, Set<Subscriber> some) {
        Target[] others = new Target[targets.length];
        int count = 0;
        for (Target target : targets) {
            if (!some.contains(target.subscriber())) {
                others[count++] = target;
            }
        }
        return Arrays.copyOf(others, count);
    }

    public boolean isEmpty() {
        return this == EMPTY || (loops.length == 0 && durable.length == 0 && groups.length == 0);
    }

    /** References held, for a cache that bounds them. */
    public int weight() {
        int weight = durable.length + groups.length;
        for (Target[] targets : live) {
            weight += targets.length;
        }
        return weight;
    }

    @Override
    public String toString() {
        return "Route[live " + Arrays.deepToString(live) + ", durable " + Arrays.toString(durable) + ", "
                + groups.length + " groups]";
    }
}
