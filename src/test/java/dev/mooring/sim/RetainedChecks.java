package dev.mooring.sim;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.Subscription;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What the broker promises for retained messages: what is acknowledged is on the disk and stays the topic's message
 * until a newer one takes its place or takes it away; and a subscription brings it, not one that is older.
 */
final class RetainedChecks {
    private final World world;
    /** By topic: whatever was to be retained or to take that away, by each id that the broker has given it. */
    private final Map<String, TreeMap<MessageId, Msg>> routed = new HashMap<>();

    /** By topic: the newest of it that was acknowledged. */
    private final Map<String, Acknowledged> newest = new HashMap<>();

    private final Map<SimClient, Seen> seen = new HashMap<>();

    private record Acknowledged(MessageId id, Msg msg) {}

    /** What one client has asked for, and got. */
    private static final class Seen {
        /** The newest that was acknowledged before it subscribed for the first time in its session. */
        @Nullable
        Map<String, Acknowledged> first;

        /** The same of the last SUBSCRIBE on this connection, once that is answered. */
        @Nullable
        Map<String, Acknowledged> due;

        Map<String, Acknowledged> asked = Map.of();
        boolean isNew;
        /** By topic: what has come since then, live or not. */
        final Map<String, TreeSet<MessageId>> got = new HashMap<>();

        final Set<MessageId> delivered = new HashSet<>();
    }

    RetainedChecks(World world) {
        this.world = world;
    }

    private Seen seen(SimClient client) {
        return seen.computeIfAbsent(client, c -> new Seen());
    }

    void routed(Msg msg, MessageId id) {
        if (msg.retain) {
            routed.computeIfAbsent(msg.topic.text(), t -> new TreeMap<>()).put(id, msg);
        }
    }

    /** PUBACK or PUBREC leaves. */
    void acknowledged(Msg msg, Tables disk) {
        if (msg.retain) {
            String topic = msg.topic.text();
            MessageId id = msg.lastId();
            MessageId stored = disk.newestRetained.get(topic);
            if (stored == null || stored.compareTo(id) < 0) {
                world.violation(msg + " is acknowledged before it is stored as retained");
            }
            newest.merge(topic, new Acknowledged(id, msg), (a, b) -> a.id.compareTo(b.id) > 0 ? a : b);
        }
    }

    // ---- subscribers

    void subscribes(SimClient client) {
        Seen s = seen(client);
        s.asked = Map.copyOf(newest);
        s.isNew = s.first == null;
        s.got.clear();
        if (s.first == null) {
            s.first = s.asked;
        }
    }

    void subscribed(SimClient client) {
        seen(client).due = seen(client).asked;
    }

    /** The rest of the retained messages is lost with the connection, or something had no room. */
    void lost(SimClient client) {
        seen(client).due = null;
        seen(client).asked = Map.of();
    }

    void sessionEnded(SimClient client) {
        seen(client).first = null;
    }

    void arrived(SimClient client, SimPacket.Publish p) {
        Msg msg = p.msg();
        String topic = msg.topic.text();
        if (!msg.retain) {
            return;
        }
        MessageId id = msg.ids.stream().filter(i -> i.equals(p.id())).findAny().orElse(msg.lastId());
        seen(client).got.computeIfAbsent(topic, t -> new TreeSet<>()).add(id);
        if (!p.retained()) {
            return;
        }
        Map<String, Acknowledged> first = seen(client).first;
        Acknowledged before = first == null ? null : first.get(topic);
        if (msg.isClear() || client.subscriptions.stream().noneMatch(s -> s.retainHandling() != 2 && isOf(s, topic))) {
            world.violation(client.id + " gets what it has not asked for: " + p);
        }
        if (before != null && before.id.compareTo(id) > 0 && !msg.isWill()) {
            world.violation("[MQTT-3.3.1-5], [MQTT-3.3.1-6]: " + client.id + " gets " + p + ", but " + before.msg
                    + " was acknowledged before it subscribed");
        }
    }

    void delivered(SimClient client, SimPacket.Publish p) {
        world.trace(client.id, () -> "HAS " + p);
        boolean isFirst = p.id() == null || seen(client).delivered.add(p.id());
        if (!isFirst && p.qos() == 2) {
            world.violation("[MQTT-4.3.3]: " + client.id + " has got " + p + " twice");
        }
    }

    private static boolean isOf(Subscription s, String topic) {
        return !s.filter().isShared() && s.qos() > 0 && s.filter().matches(topic);
    }

    // ---- the end

    /** @param mayBeLate of a message: a later one may have been stored before it */
    void atTheEnd(SimBroker broker, Collection<SimClient> clients, Predicate<Msg> mayBeLate) {
        routed.forEach((topic, all) -> {
            Message kept = broker.retained.get(all.firstEntry().getValue().topic, world.nowMs());
            Message stored = broker.store.disk().retained.get(topic);
            if (stored != null && stored.isExpired(world.nowMs())) {
                stored = null;
            }
            if (kept == null ? stored != null : stored == null || !stored.id().equals(kept.id())) {
                world.violation("retained for " + topic + " is " + kept + ", stored is " + stored);
            }
            Acknowledged last = newest.get(topic);
            if (stored != null) {
                isNewest(topic, stored, last, mayBeLate);
            } else if (last != null && isLost(all.tailMap(last.id, true).values())) {
                world.violation("lost: " + last.msg + " was acknowledged, and is not retained");
            }
        });
        for (SimClient client : clients) {
            Map<String, Acknowledged> due = seen(client).due;
            if (due != null) {
                due.forEach((topic, a) -> hasGot(client, topic, a));
            }
        }
    }

    private void isNewest(String topic, Message stored, @Nullable Acknowledged last, Predicate<Msg> mayBeLate) {
        Msg msg = allOf(topic).get(stored.id());
        if (msg == null || msg.isClear()) {
            world.violation("retained for " + topic + " is what was not to be: " + stored);
            return;
        }
        if (last != null && last.id.compareTo(stored.id()) > 0) {
            world.violation(msg + " is retained, but " + last.msg + " was acknowledged after it");
        }
        for (Msg other : allOf(topic).values()) {
            if (other.acknowledged
                    && !other.isWill()
                    && !msg.isWill()
                    && other.publisher == msg.publisher
                    && other.number > msg.number
                    && other.session == msg.session
                    && other.qos == msg.qos
                    && !mayBeLate.test(msg)) {
                world.violation(msg + " is retained, but its publisher sent " + other + " after it");
            }
        }
    }

    private TreeMap<MessageId, Msg> allOf(String topic) {
        return routed.getOrDefault(topic, new TreeMap<>());
    }

    /**
     * The newest acknowledged one and what came after it, acknowledged or not: none of it could leave nothing behind.
     */
    private static boolean isLost(Collection<Msg> sinceThen) {
        return sinceThen.stream().noneMatch(m -> m.isClear() || m.expiryMs >= 0);
    }

    private void hasGot(SimClient client, String topic, Acknowledged a) {
        boolean isNew = seen(client).isNew;
        boolean asks = client.subscriptions.stream()
                .anyMatch(s -> isOf(s, topic) && (s.retainHandling() == 0 || (s.retainHandling() == 1 && isNew)));
        boolean isDue = asks
                && !a.msg.isClear()
                && isLost(allOf(topic).tailMap(a.id, true).values());
        TreeSet<MessageId> got = seen(client).got.getOrDefault(topic, new TreeSet<>());
        if (isDue && got.ceiling(a.id) == null) {
            world.violation("[MQTT-3.3.1-9], [MQTT-3.3.1-10]: " + client.id + " has subscribed and never got " + a.msg);
        }
    }
}
