package dev.mooring.sim;

import dev.mooring.message.Subscription;
import dev.mooring.message.TopicFilter;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the broker promises for shared subscriptions, MQTT 5.0 §4.8.2: a message goes to one member of a group, and if
 * the group has a persistent one to some member at any rate. All members of a group have the same QoS.
 */
final class SharedChecks {
    /** Subscription identifiers of the groups, at QoS 1 and 2. */
    static final int GROUP_QOS_1 = 11;

    static final int GROUP_QOS_2 = 12;

    private final World world;
    private final Map<Integer, Map<Msg, Integer>> delivered = new HashMap<>();
    private final Map<Integer, Set<Msg>> refused = new HashMap<>();
    /** A member that leaves takes along what it had in flight at QoS 2 ([MQTT-4.8.2-5]). */
    private final Set<Integer> left = new HashSet<>();

    SharedChecks(World world) {
        this.world = world;
    }

    static Subscription subscription(int group) {
        String filter = group == GROUP_QOS_1 ? "$share/one/#" : "$share/two/+";
        return new Subscription(TopicFilter.of(filter), group == GROUP_QOS_1 ? 1 : 2, false, false, 0, group);
    }

    void delivered(SimClient client, Msg msg, int group, int qos) {
        world.trace(client.id, () -> "HAS " + msg + " by group " + group);
        int times = delivered.computeIfAbsent(group, g -> new HashMap<>()).merge(msg, 1, Integer::sum);
        if (qos == 2 && times > 1) {
            world.violation(msg + " has come by group " + group + " at QoS 2 " + times + " times, now to " + client.id);
        }
    }

    /** The member does not want it, and nobody else gets it ([MQTT-4.8.2-6]). */
    void refused(Msg msg, int group) {
        refused.computeIfAbsent(group, g -> new HashSet<>()).add(msg);
    }

    /** The queue of a member was full; it may have been the group's. */
    void lost(SimClient member, Msg msg) {
        Subscription s = of(member);
        if (s != null) {
            refused(msg, s.identifier());
        }
    }

    void sessionEnded(SimClient client) {
        Subscription shared = of(client);
        if (shared != null) {
            left.add(shared.identifier());
        }
    }

    /** The shared subscription of a client. */
    static @Nullable Subscription of(SimClient client) {
        return client.subscriptions.stream()
                .filter(s -> s.filter().isShared())
                .findAny()
                .orElse(null);
    }

    /** Every client has come back, and all has drained. */
    void atTheEnd(Msg msg, Collection<SimClient> clients) {
        for (SimClient client : clients) {
            Subscription s = of(client);
            boolean owed = s != null
                    && client.persistent
                    && client.subscribedUs >= 0
                    && msg.firstSentUs >= client.subscribedUs
                    && s.filter().matches(msg.topic.text());
            if (owed
                    && msg.expiryMs < 0
                    && !isDone(msg, Objects.requireNonNull(s).identifier())) {
                world.violation(
                        "lost: " + msg + " was acknowledged, nobody of the group of " + client.id + " has ever got it");
            }
        }
    }

    private boolean isDone(Msg msg, int group) {
        boolean mayBeLost = Math.min(msg.qos, group == GROUP_QOS_2 ? 2 : 1) == 2 && left.contains(group);
        return mayBeLost
                || refused.getOrDefault(group, Set.of()).contains(msg)
                || delivered.getOrDefault(group, Map.of()).containsKey(msg);
    }
}
