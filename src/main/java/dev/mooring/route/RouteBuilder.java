package dev.mooring.route;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Collects the members of all filters that match a topic, merges those of one session, and groups them by loop. Lives
 * for one match. Everything here is linear in the number of members found; a session whose thousand filters overlap
 * included.
 */
final class RouteBuilder {
    private Member[] found = new Member[8];
    private int size;
    private int filters;
    private SharedGroup[] groups = Route.NO_GROUPS;
    private int groupCount;

    /** All subscribers of one matching filter. */
    void addFilter(Members members) {
        filters++;
        members.addTo(this);
    }

    void add(Member member) {
        if (size == found.length) {
            found = Arrays.copyOf(found, 2 * size);
        }
        found[size++] = member;
    }

    void add(SharedGroup group) {
        if (groupCount == groups.length) {
            groups = Arrays.copyOf(groups, Math.max(2, 2 * groupCount));
        }
        groups[groupCount++] = group;
    }

    Route build() {
        SharedGroup[] all = groupCount == groups.length ? groups : Arrays.copyOf(groups, groupCount);
        if (size == 0) {
            return Route.ofGroups(all);
        }
        Target[] targets = filters == 1 ? unmerged() : merged();
        int[] loopOf = new int[targets.length];
        int lastLoop = -1;
        int durableCount = 0;
        for (int i = 0; i < targets.length; i++) {
            loopOf[i] = targets[i].subscriber().loop(); // read once: it may change under our hands
            lastLoop = Math.max(lastLoop, loopOf[i]);
            durableCount += targets[i].isDurable() ? 1 : 0;
        }
        int[] counts = new int[lastLoop + 1];
        int loopCount = 0;
        for (int loop : loopOf) {
            if (loop >= 0 && counts[loop]++ == 0) {
                loopCount++;
            }
        }
        int[] loops = new int[loopCount];
        Target[][] live = new Target[loopCount][];
        Target[][] byLoop = new Target[lastLoop + 1][];
        for (int loop = 0, i = 0; loop <= lastLoop; loop++) {
            if (counts[loop] > 0) {
                loops[i] = loop;
                byLoop[loop] = live[i++] = new Target[counts[loop]];
            }
        }
        for (int i = 0; i < targets.length; i++) {
            int loop = loopOf[i];
            if (loop >= 0) {
                byLoop[loop][--counts[loop]] = targets[i];
            }
        }
        return new Route(loops, live, durable(targets, durableCount), all);
    }

    private static Target[] durable(Target[] targets, int count) {
        if (count == 0) {
            return Route.NO_TARGETS;
        }
        Target[] durable = new Target[count];
        for (Target target : targets) {
            if (target.isDurable()) {
                durable[--count] = target;
            }
        }
        return durable;
    }

    /** One filter has each session only once. */
    private Target[] unmerged() {
        Target[] targets = new Target[size];
        for (int i = 0; i < size; i++) {
            targets[i] = found[i].target();
        }
        return targets;
    }

    /**
     * Chains the members of each session through {@code next} by way of a hash table of chain heads: two arrays of ints
     * instead of a map of lists.
     */
    private Target[] merged() {
        int mask = Integer.highestOneBit(size) * 4 - 1;
        int[] table = new int[mask + 1]; // index of the latest member of a session, plus 1
        int[] next = new int[size];
        int sessions = 0;
        for (int i = 0; i < size; i++) {
            Subscriber subscriber = found[i].subscriber();
            int at = (int) ((subscriber.sessionId() * 0x9E37_79B9_7F4A_7C15L) >>> 32) & mask;
            while (table[at] != 0 && found[table[at] - 1].subscriber() != subscriber) {
                at = (at + 1) & mask;
            }
            if (table[at] == 0) {
                sessions++;
            }
            next[i] = table[at] - 1;
            table[at] = i + 1;
        }
        if (sessions == size) {
            return unmerged();
        }
        Target[] targets = new Target[sessions];
        for (int head : table) {
            if (head != 0) {
                targets[--sessions] = merge(head - 1, next);
            }
        }
        return targets;
    }

    private Target merge(int head, int[] next) {
        if (next[head] < 0) {
            return found[head].target();
        }
        int noLocal = 0;
        int all = 0;
        for (int i = head; i >= 0; i = next[i]) {
            all++;
            noLocal += found[i].subscription().noLocal() ? 1 : 0;
        }
        Target toPublisher = noLocal == 0 || noLocal == all ? null : union(head, next, false, null, true);
        return union(head, next, true, toPublisher, noLocal == 0);
    }

    private Target union(int head, int[] next, boolean withNoLocal, @Nullable Target toPublisher, boolean ownMessages) {
        int qos = 0;
        boolean retainAsPublished = false;
        int[] identifiers = Target.NO_IDENTIFIERS;
        int count = 0;
        for (int i = head; i >= 0; i = next[i]) {
            Target one = found[i].target();
            if (!withNoLocal && !one.ownMessages()) {
                continue;
            }
            qos = Math.max(qos, one.qos());
            retainAsPublished |= one.retainAsPublished();
            if (one.identifiers().length > 0) {
                if (count == identifiers.length) {
                    identifiers = Arrays.copyOf(identifiers, Math.max(4, 2 * count));
                }
                identifiers[count++] = one.identifiers()[0];
            }
        }
        identifiers = count == 0 ? Target.NO_IDENTIFIERS : Arrays.copyOf(identifiers, count);
        Arrays.sort(identifiers);
        return new Target(found[head].subscriber(), qos, retainAsPublished, identifiers, toPublisher, ownMessages);
    }
}
