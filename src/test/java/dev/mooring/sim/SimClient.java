package dev.mooring.sim;

import dev.mooring.message.MessageId;
import dev.mooring.message.ReasonCode;
import dev.mooring.message.Subscription;
import dev.mooring.session.Packet.Ack.Type;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A client that keeps MQTT 5.0 to the letter, §4.3, §4.4, §4.6 and §4.9: its session state outlives connections and
 * crashes of the broker. It checks what it is sent against {@link Checks}.
 */
final class SimClient {
    /** Few packet ids, so that they are used again soon. */
    private static final int PACKET_IDS = 24;

    final String id;
    final boolean persistent;
    final int receiveMaximum;
    final List<Subscription> subscriptions;
    private final Simulation simulation;
    private final World world;
    private final Settings settings;
    private final Checks checks;
    /** §4.3.3: QoS 2 either delivered with PUBREL (method A) or with PUBLISH (method B). */
    private final boolean methodA;

    // The session.
    private final LinkedHashMap<Integer, OutFlow> outgoing = new LinkedHashMap<>();
    private final Map<Integer, MessageId> received = new HashMap<>();
    final ArrayDeque<Msg> unsent = new ArrayDeque<>();
    private int lastPacketId;
    int session;
    private boolean sessionKnown;
    private boolean wantsClean;
    /** When SUBACK came, or -1. */
    long subscribedUs = -1;

    // The connection.
    private @Nullable Wire wire;
    private boolean connected;
    private boolean connecting;
    private int quota;
    private int quotaMax;
    private final ArrayDeque<OutFlow> resend = new ArrayDeque<>();
    private final Map<Integer, MessageId> unacknowledged = new HashMap<>();
    /** What was unacknowledged when a connection was lost, while the broker lived. */
    private final Map<MessageId, Integer> interrupted = new HashMap<>();

    private final long[] laneUs = new long[Type.values().length];

    private static final class OutFlow {
        final int packetId;
        final Msg msg;
        boolean released;

        OutFlow(int packetId, Msg msg) {
            this.packetId = packetId;
            this.msg = msg;
        }
    }

    SimClient(String id, Simulation simulation, boolean persistent, int receiveMaximum, List<Subscription> subs) {
        this.id = id;
        this.simulation = simulation;
        this.world = simulation.world;
        this.settings = simulation.settings;
        this.checks = simulation.checks;
        this.persistent = persistent;
        this.receiveMaximum = receiveMaximum;
        this.subscriptions = subs;
        this.methodA = world.chance(0.5);
    }

    /** Nothing left to do: all published, acknowledged, subscribed. */
    boolean isIdle() {
        return connected && outgoing.isEmpty() && unsent.isEmpty() && received.isEmpty() && unacknowledged.isEmpty();
    }

    /** A clean start that is under way must not come late and end the session that a later CONNECT has begun. */
    boolean mayTakeOver() {
        return wire != null && !wantsClean;
    }

    @Nullable
    Wire wire() {
        return wire;
    }

    @Override
    public String toString() {
        return id + (persistent ? " persistent" : " clean") + (connected ? " connected" : "") + ", outgoing "
                + outgoing.keySet() + ", unsent " + unsent.size() + ", received " + received.keySet()
                + ", unacknowledged " + unacknowledged.keySet() + ", subscribed " + (subscribedUs >= 0);
    }

    // ---- connecting

    /** Opens a connection, even if it has one: then it is the second one for this client id. */
    void connect() {
        connecting = false;
        if (wire != null) {
            wire.abandoned();
            lost();
        }
        SimLoop loop = simulation.anyLoop();
        if (loop == null) {
            reconnectLater();
            return;
        }
        if (persistent && sessionKnown && simulation.hasFaults() && world.chance(0.02)) {
            wantsClean = true;
        }
        world.trace(id, () -> "connects to " + loop.actor.name + (wantsClean ? ", clean start" : ""));
        wire = new Wire(world, settings, this, loop);
        if (wantsClean || !persistent) {
            forgetSession();
        }
        wire.toServer(new SimPacket.Connect(wantsClean || !persistent, persistent, receiveMaximum));
    }

    /** The connection is gone. */
    void closed(Wire which) {
        if (which == wire) {
            world.trace(id, () -> "connection lost");
            lost();
            reconnectLater();
        }
    }

    private void lost() {
        Wire last = wire;
        wire = null;
        connected = false;
        if (last != null && last.server.loop.broker.isAlive()) {
            unacknowledged.forEach((packetId, message) -> interrupted.put(message, packetId));
        }
        unacknowledged.clear();
        resend.clear();
    }

    /** Packet ids of QoS 1 need not survive it. */
    void brokerDied() {
        interrupted.clear();
    }

    void reconnectLater() {
        if (!connecting) {
            connecting = true;
            long waitUs = wantsClean ? 500_000 : 0;
            world.after(waitUs + world.delayUs(world.chance(0.5) ? 1_000 : 30_000), () -> {
                if (connecting) {
                    connect();
                }
            });
        }
    }

    private void forgetSession() {
        outgoing.clear();
        received.clear();
        interrupted.clear();
        sessionKnown = false;
        subscribedUs = -1;
        checks.sessionEnded(this);
        session++;
    }

    private void connack(SimPacket.Connack c) {
        if (c.receiveMaximum() == 0) {
            return; // refused; the broker closes
        }
        if (c.present() && (wantsClean || !persistent)) {
            world.violation("[MQTT-3.2.2-2]: session present after a clean start of " + id);
        }
        if (!c.present() && sessionKnown) {
            world.violation("the session of " + id + " is lost");
        }
        connected = true;
        sessionKnown = true;
        wantsClean = false;
        quota = c.receiveMaximum();
        quotaMax = c.receiveMaximum();
        unacknowledged.clear();
        resend.addAll(outgoing.values());
        if (subscribedUs < 0) {
            send(new SimPacket.Subscribe());
        }
        sendMore();
    }

    private void send(SimPacket packet) {
        Wire to = wire;
        if (to != null) {
            world.trace(id, () -> "sends " + packet);
            to.toServer(packet);
        }
    }

    void receive(Wire from, SimPacket packet) {
        if (from != wire) {
            return;
        }
        world.trace(id, () -> "gets " + packet);
        if (packet instanceof SimPacket.Connack c) {
            connack(c);
        } else if (packet instanceof SimPacket.Suback s) {
            suback(s);
        } else if (packet instanceof SimPacket.Publish p) {
            publish(p);
        } else if (packet instanceof SimPacket.Ack a) {
            switch (a.type()) {
                case PUBACK -> puback(a);
                case PUBREC -> pubrec(a);
                case PUBREL -> pubrel(a);
                case PUBCOMP -> pubcomp(a);
            }
        }
    }

    private void suback(SimPacket.Suback s) {
        if (s.failed()) {
            send(new SimPacket.Subscribe());
        } else if (subscribedUs < 0) {
            subscribedUs = world.nowUs();
        }
    }

    // ---- publishing

    void publish(Msg msg) {
        unsent.add(msg);
        sendMore();
    }

    /** What was under way before goes first, in its order, then what is new; PUBLISH only within the send quota. */
    private void sendMore() {
        while (connected && !resend.isEmpty()) {
            OutFlow flow = resend.peek();
            if (outgoing.get(flow.packetId) != flow) {
                resend.poll();
            } else if (flow.released) {
                resend.poll();
                send(new SimPacket.Ack(Type.PUBREL, flow.packetId, ReasonCode.SUCCESS));
            } else if (quota > 0) {
                resend.poll();
                send(flow, true);
            } else {
                return;
            }
        }
        while (connected && quota > 0 && !unsent.isEmpty() && outgoing.size() < PACKET_IDS) {
            Msg msg = unsent.poll();
            do {
                lastPacketId = lastPacketId % PACKET_IDS + 1;
            } while (outgoing.containsKey(lastPacketId));
            OutFlow flow = new OutFlow(lastPacketId, msg);
            outgoing.put(lastPacketId, flow);
            msg.session = session;
            msg.firstSentUs = world.nowUs();
            send(flow, false);
        }
    }

    private void send(OutFlow flow, boolean again) {
        quota--;
        checks.publishSent(wire, flow.msg, flow.packetId);
        send(new SimPacket.Publish(flow.msg, null, flow.packetId, flow.msg.qos, again));
    }

    private void puback(SimPacket.Ack a) {
        checks.answered(wire, a, false);
        OutFlow flow = outgoing.get(a.packetId());
        if (flow == null || flow.msg.qos != 1) {
            world.violation("PUBACK " + a.packetId() + " for nothing at " + id);
            return;
        }
        outgoing.remove(a.packetId());
        moreQuota();
    }

    private void pubrec(SimPacket.Ack a) {
        checks.answered(wire, a, true);
        OutFlow flow = outgoing.get(a.packetId());
        if (flow == null || flow.msg.qos != 2) {
            world.violation("PUBREC " + a.packetId() + " for nothing at " + id);
            return;
        }
        if (a.reason().isError()) {
            outgoing.remove(a.packetId());
            moreQuota();
            return;
        }
        flow.released = true;
        later(Type.PUBREL, a.packetId(), ReasonCode.SUCCESS, () -> {});
    }

    private void pubcomp(SimPacket.Ack a) {
        OutFlow flow = outgoing.get(a.packetId());
        if (flow == null || !flow.released) {
            world.violation("PUBCOMP " + a.packetId() + " for nothing at " + id);
            return;
        }
        outgoing.remove(a.packetId());
        moreQuota();
    }

    /** §4.9: each PUBACK, PUBCOMP and failed PUBREC gives one back, but never above the first value. */
    private void moreQuota() {
        quota = Math.min(quotaMax, quota + 1);
        sendMore();
    }

    // ---- receiving

    private void publish(SimPacket.Publish p) {
        MessageId id2 = java.util.Objects.requireNonNull(p.id());
        MessageId other = unacknowledged.get(p.packetId());
        if (other != null) {
            world.violation("[MQTT-2.2.1-4]: packet id " + p.packetId() + " is in use at " + id + ", again in " + p);
        }
        MessageId known = received.get(p.packetId());
        if (known != null && (!known.equals(id2) || p.qos() != 2)) {
            world.violation("packet id " + p.packetId() + " is in use at " + id + " (QoS 2), again in " + p);
        }
        Integer before = interrupted.remove(id2);
        if (before != null && before != p.packetId()) {
            world.violation("[MQTT-4.4.0-1]: packet id " + before + " of " + id + " has changed: " + p);
        }
        unacknowledged.put(p.packetId(), id2);
        if (unacknowledged.size() > receiveMaximum) {
            world.violation("[MQTT-3.3.4-7]: the broker exceeds the receive maximum " + receiveMaximum + " of " + id);
        }
        checks.arrived(this, p.msg());
        if (p.qos() == 1) {
            checks.delivered(this, p.msg(), 1);
            later(Type.PUBACK, p.packetId(), ReasonCode.SUCCESS, () -> unacknowledged.remove(p.packetId()));
            return;
        }
        if (known == null && simulation.hasFaults() && world.chance(settings.refusals())) {
            checks.refused(this, p.msg());
            later(Type.PUBREC, p.packetId(), ReasonCode.QUOTA_EXCEEDED, () -> unacknowledged.remove(p.packetId()));
            return;
        }
        if (known == null) {
            received.put(p.packetId(), id2);
            if (!methodA) {
                checks.delivered(this, p.msg(), 2);
            }
        }
        later(Type.PUBREC, p.packetId(), ReasonCode.SUCCESS, () -> {});
    }

    private void pubrel(SimPacket.Ack a) {
        MessageId id2 = received.remove(a.packetId());
        if (id2 != null && methodA) {
            checks.delivered(this, checks.msg(id2), 2);
        }
        if (id2 == null && a.reason().isError()) {
            return;
        }
        ReasonCode reason = id2 == null ? ReasonCode.PACKET_IDENTIFIER_NOT_FOUND : ReasonCode.SUCCESS;
        later(Type.PUBCOMP, a.packetId(), reason, () -> unacknowledged.remove(a.packetId()));
    }

    /** Acks of one kind keep their order ([MQTT-4.6.0-2] to [MQTT-4.6.0-4]); kinds overtake one another. */
    private void later(Type type, int packetId, ReasonCode reason, Runnable whenSent) {
        Wire on = wire;
        int lane = type.ordinal();
        laneUs[lane] = Math.max(laneUs[lane] + 1, world.nowUs() + world.delayUs(world.chance(0.7) ? 300 : 60_000));
        world.at(laneUs[lane], () -> {
            if (on == wire && connected) {
                whenSent.run();
                send(new SimPacket.Ack(type, packetId, reason));
            }
        });
    }
}
