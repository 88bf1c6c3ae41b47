package dev.mooring.sim;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.Subscription;
import dev.mooring.route.Subscriber;
import dev.mooring.session.Packet.Ack.Type;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the broker promises, looked at from outside: from the packets that it sends, what is on the disk then, and what
 * each client has got in the end.
 */
final class Checks {
    private final World world;
    private final boolean crashesOutOfOrder;
    /** What comes by shared subscriptions. */
    final SharedChecks shared;

    final RetainedChecks retained;

    private final Map<String, SimClient> clients = new HashMap<>();
    private final Map<MessageId, Msg> byId = new HashMap<>();
    /** By their payloads, which go through the broker as they are. */
    private final Map<byte[], Msg> wills = new IdentityHashMap<>();

    private final List<Msg> messages = new ArrayList<>();
    private final Map<String, Seen> seen = new HashMap<>();
    /** Unanswered PUBLISH packets of each connection, by QoS, in order. */
    private final Map<Wire, Map<Integer, ArrayDeque<Flow>>> unanswered = new HashMap<>();

    private record Flow(int packetId, Msg msg) {}

    /** What one client has got. */
    private static final class Seen {
        final Map<Msg, Integer> delivered = new HashMap<>();
        final Set<Msg> arrived = new HashSet<>();
        final Set<Msg> refused = new HashSet<>();
        final Set<Msg> leftOut = new HashSet<>();
        /** Highest number of a first arrival, by publisher, its session, topic and QoS. */
        final Map<String, Integer> last = new HashMap<>();
    }

    Checks(World world, Settings settings) {
        this.world = world;
        this.shared = new SharedChecks(world);
        this.retained = new RetainedChecks(world);
        this.crashesOutOfOrder = settings.commitsAtOnce() > 1 && settings.storeFailures() > 0 && settings.crashes() > 0;
    }

    void add(SimClient client) {
        clients.put(client.id, client);
        seen.put(client.id, new Seen());
    }

    SimClient client(String id) {
        return Objects.requireNonNull(clients.get(id));
    }

    Msg msg(MessageId id) {
        return Objects.requireNonNull(byId.get(id));
    }

    private Seen seen(SimClient client) {
        return Objects.requireNonNull(seen.get(client.id));
    }

    // ---- from publisher to broker

    int messages() {
        return messages.size();
    }

    void created(Msg msg) {
        messages.add(msg);
        if (msg.isWill()) {
            wills.put(msg.payload, msg);
        }
    }

    // ---- Wills

    /**
     * The client has said goodbye, or was back before the delay had passed.
     *
     * @param until the broker that has heard of it dies: nobody knows then whether the store has; null for ever
     */
    void forbid(@Nullable Msg will, @Nullable SimBroker until) {
        if (will != null) {
            world.trace("world", () -> "forbids " + will);
            will.isForbidden = true;
            will.forbiddenUntil = until;
        }
    }

    /**
     * Its client is gone, without goodbye and for long enough, or its session has ended.
     *
     * @param until that broker dies, for nobody else knows of it; null for ever
     */
    void due(@Nullable Msg will, @Nullable SimBroker until) {
        if (will != null) {
            world.trace("world", () -> will + " is due");
            will.acknowledged = true;
            will.dueUntil = until;
        }
    }

    void willRouted(Message message, SimBroker broker) {
        Msg will = Objects.requireNonNull(wills.get(message.payload()));
        if (will.isForbidden && (will.forbiddenUntil == null || will.forbiddenUntil == broker)) {
            world.violation("[MQTT-3.1.2-10], [MQTT-3.1.3-9]: " + will + " is published");
        }
        if (will.firstSentUs < 0) {
            will.firstSentUs = world.nowUs();
        }
        routed(will, message.id(), 0);
    }

    /** However often the broker has begun to publish it, it has done so once; docs/design-decisions.md has when not. */
    private void willArrived(SimClient client, Msg will, MessageId id) {
        if (will.reachedAs == null) {
            will.reachedAs = id;
        } else if (!will.reachedAs.equals(id) && !crashesOutOfOrder) {
            world.violation(will + " is published twice: " + client.id + " gets it as " + Texts.of(id)
                    + ", before it was " + Texts.of(will.reachedAs));
        }
    }

    void publishSent(@Nullable Wire wire, Msg msg, int packetId) {
        unanswered
                .computeIfAbsent(Objects.requireNonNull(wire), w -> new HashMap<>())
                .computeIfAbsent(msg.qos, q -> new ArrayDeque<>())
                .add(new Flow(packetId, msg));
    }

    void routed(Msg msg, MessageId id, int packetId) {
        msg.ids.add(id);
        byId.put(id, msg);
        retained.routed(msg, id);
        world.trace("broker", () -> "routes " + msg + " as " + Texts.of(id) + ", packet id " + packetId);
    }

    /** PUBACK or PUBREC has come: in the order of the PUBLISH packets? */
    void answered(@Nullable Wire wire, SimPacket.Ack ack, boolean qos2) {
        Map<Integer, ArrayDeque<Flow>> flows = unanswered.getOrDefault(Objects.requireNonNull(wire), Map.of());
        ArrayDeque<Flow> flow = flows.getOrDefault(qos2 ? 2 : 1, new ArrayDeque<>());
        Flow first = flow.poll();
        if (first == null || first.packetId != ack.packetId()) {
            world.violation((qos2 ? "[MQTT-4.6.0-3]" : "[MQTT-4.6.0-2]") + ": " + ack + " comes before the answer to "
                    + (first == null ? "nothing" : first.packetId + ", " + first.msg));
        }
    }

    // ---- what the broker sends

    /** The packet leaves the broker now: is what it promises on the disk? */
    void sent(SimConnection from, SimPacket packet) {
        SimConnection.Live live = from.liveOrLast();
        if (live == null) {
            return;
        }
        Subscriber session = live.subscriber();
        int queued = session.queuedCount.get();
        if (!from.loop.broker.mayHave(session.sessionId(), queued)) {
            world.violation(queued + " messages are counted for " + from.clientId);
        }
        if (packet instanceof SimPacket.Publish p) {
            publishLeaves(from, session, p);
        } else if (packet instanceof SimPacket.Ack a) {
            switch (a.type()) {
                case PUBACK, PUBREC -> ackLeaves(from, session, a);
                case PUBREL -> pubrelLeaves(from, session, a);
                case PUBCOMP -> {
                    if (session.durable() && disk(from).hasInbound(session.sessionId(), a.packetId())) {
                        world.violation("PUBCOMP " + a.packetId() + " to " + from.clientId
                                + " although its packet id is still stored as received");
                    }
                }
            }
        }
    }

    private static Tables disk(SimConnection from) {
        return from.loop.broker.store.disk();
    }

    private void publishLeaves(SimConnection from, Subscriber session, SimPacket.Publish p) {
        if (!session.durable()) {
            return;
        }
        MessageId id = Objects.requireNonNull(p.id());
        if (disk(from).gone.contains(new Tables.Place(session.sessionId(), id))) {
            world.violation("sent again after its ack was stored: " + p + " to " + from.clientId);
        }
        Tables.Row row = disk(from).row(session.sessionId(), id);
        if (p.qos() == 2) {
            if (row == null || row.packetId() != p.packetId()) {
                world.violation("QoS 2 is sent before its packet id is stored: " + p + " to " + from.clientId);
            } else if (row.released()) {
                world.violation("[MQTT-4.3.3-6]: sent again after its release was stored: " + p);
            }
        }
    }

    private void pubrelLeaves(SimConnection from, Subscriber session, SimPacket.Ack a) {
        if (!session.durable() || a.reason().isError()) {
            return;
        }
        Tables.Session stored = disk(from).sessions.get(session.sessionId());
        boolean released = stored != null
                && stored.queue.values().stream().anyMatch(r -> r.released() && r.packetId() == a.packetId());
        if (!released) {
            world.violation("PUBREL " + a.packetId() + " leaves to " + from.clientId + " before its release is stored");
        }
    }

    /** PUBACK or PUBREC: every durable subscriber has its copy on the disk or has got it already. */
    private void ackLeaves(SimConnection from, Subscriber publisher, SimPacket.Ack a) {
        if (a.reason().isError()) {
            return;
        }
        Msg msg = from.unansweredMsg(a.packetId());
        if (msg == null) {
            return; // the answer to a duplicate
        }
        if (a.type() == Type.PUBREC
                && publisher.durable()
                && !disk(from).hasInbound(publisher.sessionId(), a.packetId())) {
            world.violation("PUBREC " + a.packetId() + " before its packet id is stored: " + msg);
        }
        msg.acknowledged = true;
        retained.acknowledged(msg, disk(from));
        for (SimClient client : clients.values()) {
            if (isOwed(client, msg) && !isSettled(client, msg) && !isStored(disk(from), client, msg)) {
                world.violation(a + " for " + msg + " leaves before the copy of " + client.id + " is stored");
            }
        }
    }

    private static boolean isStored(Tables disk, SimClient client, Msg msg) {
        return disk.sessions.values().stream()
                .filter(s -> s.record != null && s.record.clientId().equals(client.id))
                .anyMatch(s -> msg.ids.stream().anyMatch(s.queue::containsKey));
    }

    // ---- from broker to subscriber

    /** Whether the client was subscribed, in the session it has, before the message was sent for the first time. */
    private static boolean isOwed(SimClient client, Msg msg) {
        return client.persistent && isSubscribedSince(client, msg) && qos(client, msg) > 0;
    }

    private static boolean isSubscribedSince(SimClient client, Msg msg) {
        return client.subscribedUs >= 0 && msg.firstSentUs >= client.subscribedUs;
    }

    private static int qos(SimClient client, Msg msg) {
        int qos = 0;
        for (Subscription s : client.subscriptions) {
            if (!s.filter().isShared() && s.filter().matches(msg.topic.text())) {
                qos = Math.max(qos, Math.min(s.qos(), msg.qos));
            }
        }
        return qos;
    }

    private boolean isSettled(SimClient client, Msg msg) {
        Seen s = seen(client);
        return s.delivered.containsKey(msg) || s.refused.contains(msg) || s.leftOut.contains(msg) || msg.expiryMs >= 0;
    }

    /** PUBLISH has come, once more or for the first time. */
    void arrived(SimClient client, Msg msg, MessageId id) {
        Seen s = seen(client);
        if (msg.isWill()) {
            willArrived(client, msg, id);
            return;
        }
        if (s.arrived.add(msg) && isSubscribedSince(client, msg) && msg.expiryMs < 0) {
            String key = msg.publisher.id + " " + msg.session + " " + msg.topic.text() + " " + msg.qos;
            int before = s.last.getOrDefault(key, -1);
            if (before > msg.number && !mayBeOvertaken(msg)) {
                world.violation("[MQTT-4.6.0-6]: " + client.id + " gets " + msg + " after m" + before);
            }
            s.last.put(key, msg.number);
        }
    }

    /**
     * A store that is given several commits at once may have failed with this message, for a while, and have taken a
     * later one; if the broker dies before it has tried again, the publisher sends this one once more, and it comes
     * last. Neither was acknowledged. docs/design-decisions.md says why that is so.
     */
    private boolean mayBeOvertaken(Msg msg) {
        return msg.ids.size() > 1 && crashesOutOfOrder;
    }

    /** A session that is not durable had no room for it; if its publisher repeats it, it comes late. */
    void dropped(String clientId, MessageId id) {
        seen(client(clientId)).arrived.add(msg(id));
        retained.lost(client(clientId));
    }

    /** The queue of a durable session is full. */
    void leftOut(Subscriber session, MessageId id) {
        world.trace("broker", () -> "leaves out " + session.clientId() + ", which has " + session.queuedCount);
        seen(client(session.clientId())).leftOut.add(msg(id));
        dropped(session.clientId(), id);
    }

    void lostOldest(String clientId, MessageId id) {
        seen(client(clientId)).leftOut.add(msg(id));
        dropped(clientId, id);
        shared.lost(client(clientId), msg(id));
    }

    void refused(SimClient client, Msg msg) {
        seen(client).refused.add(msg);
    }

    void delivered(SimClient client, Msg msg, int qos) {
        world.trace(client.id, () -> "HAS " + msg);
        int times = seen(client).delivered.merge(msg, 1, Integer::sum);
        if (qos == 2 && times > 1) {
            world.violation("[MQTT-4.3.3]: " + client.id + " has got " + msg + " at QoS 2 " + times + " times");
        }
    }

    /** The client begins anew: what it was owed is void. */
    void sessionEnded(SimClient client) {
        shared.sessionEnded(client);
        seen(client).last.clear();
    }

    // ---- the end

    void atTheEnd(SimBroker broker) {
        for (Msg msg : messages) {
            boolean isPromised = msg.acknowledged && (msg.dueUntil == null || msg.dueUntil == broker);
            if (msg.isWill() && isPromised && msg.ids.isEmpty()) {
                world.violation(msg + " was due and has never been published");
            }
            for (SimClient client : clients.values()) {
                if (isPromised && isOwed(client, msg) && !isSettled(client, msg)) {
                    world.violation("lost: " + msg + " was acknowledged, " + client.id + " has never got it");
                }
            }
            if (isPromised) {
                shared.atTheEnd(msg, clients.values());
            }
        }
        long subscriptions = 0;
        for (SimClient client : clients.values()) {
            if (!client.isIdle()) {
                world.violation("stuck: " + client);
            }
            Wire wire = Objects.requireNonNull(client.wire());
            SimConnection.Live live = Objects.requireNonNull(wire.server.live());
            if (live.outbox().inflightCount()
                                    + live.outbox().queuedInMemory()
                                    + live.inbound().unanswered()
                            != 0
                    || live.outbox().isBehind()) {
                world.violation("left over in memory for " + client + ": "
                        + live.outbox().inflightCount()
                        + " in flight, " + live.outbox().queuedInMemory() + " queued, behind "
                        + live.outbox().isBehind());
            }
            subscriptions += live.subscriptions().size();
            Subscriber s = live.subscriber();
            if (s.queuedCount.get() != 0 || s.queuedBytes.get() != 0) {
                world.violation(
                        "counted for " + client + ": " + s.queuedCount + " entries, " + s.queuedBytes + " bytes");
            }
        }
        if (broker.index.subscriptions() != subscriptions) {
            world.violation(broker.index.subscriptions() + " subscriptions in the index, not " + subscriptions);
        }
        BoundCheck.atTheEnd(broker);
        retained.atTheEnd(broker, clients.values(), this::mayBeOvertaken);
        if (broker.memory.bytes() != 0) {
            world.violation(broker.memory.bytes() + " bytes are counted as waiting in memory");
        }
        broker.store.disk().checkDrained(world);
    }
}
