package dev.mooring.sim;

import dev.mooring.message.MessageId;
import dev.mooring.message.ReasonCode;
import dev.mooring.message.Subscription;
import dev.mooring.session.Packet.Ack.Type;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A client that keeps MQTT 5.0 to the letter, §4.3, §4.4, §4.6 and §4.9: its session state outlives connections and
 * crashes of the broker. It checks what it is sent against {@link Checks}.
 */
final class SimClient {
    final String id;
    final boolean persistent;
    final int receiveMaximum;
    final List<Subscription> subscriptions;
    /** Of the Will of each connection, in seconds; -1 for none. */
    final long willDelayS;

    private final Simulation simulation;
    private final World world;
    private final Settings settings;
    private final Checks checks;
    /** §4.3.3: QoS 2 either delivered with PUBREL (method A) or with PUBLISH (method B). */
    private final boolean methodA;

    // The session.
    private final SimPublisher publisher;
    private final Map<Integer, SimPacket.Publish> received = new HashMap<>();
    private final SimWill wills;
    int session;
    private boolean sessionKnown;
    private boolean wantsClean;
    /** When SUBACK came, or -1. */
    long subscribedUs = -1;

    // The connection.
    private @Nullable Wire wire;
    private boolean connected;
    private boolean connecting;
    private final Map<Integer, MessageId> unacknowledged = new HashMap<>();
    /** What was unacknowledged when a connection was lost, while the broker lived. */
    private final Map<MessageId, Integer> interrupted = new HashMap<>();

    private final long[] laneUs = new long[Type.values().length];

    SimClient(
            String id,
            Simulation simulation,
            boolean persistent,
            int receiveMaximum,
            List<Subscription> subs,
            long willDelayS) {
        this.id = id;
        this.simulation = simulation;
        this.world = simulation.world;
        this.settings = simulation.settings;
        this.checks = simulation.checks;
        this.persistent = persistent;
        this.receiveMaximum = receiveMaximum;
        this.subscriptions = subs;
        this.willDelayS = willDelayS;
        this.methodA = world.chance(0.5);
        this.publisher = new SimPublisher(this, world, checks);
        this.wills = new SimWill(world, checks, persistent);
    }

    /** Nothing left to do: all published, acknowledged, subscribed. */
    boolean isIdle() {
        return connected && publisher.isIdle() && received.isEmpty() && unacknowledged.isEmpty();
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
        return id + (persistent ? " persistent" : " clean") + (connected ? " connected" : "") + ", " + publisher
                + ", received " + received.keySet() + ", unacknowledged " + unacknowledged.keySet() + ", subscribed "
                + (subscribedUs >= 0);
    }

    boolean isConnected() {
        return connected;
    }

    // ---- connecting

    /** Opens a connection, even if it has one: then it is the second one for this client id. */
    void connect() {
        connecting = false;
        if (wire != null) {
            wire.abandoned();
            wills.stray();
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
        boolean clean = wantsClean || !persistent;
        Msg will = wills.attempt(willDelayS < 0 ? null : simulation.will(this), clean);
        wire.toServer(new SimPacket.Connect(clean, persistent, receiveMaximum, will));
    }

    /** Says goodbye, so that there is no Will, and comes back later. */
    void disconnect() {
        Wire last = wire;
        if (connected && last != null) {
            send(new SimPacket.Disconnect());
            wills.goodbye();
            leave(last);
            reconnectLater();
        }
    }

    /** Is gone without a word, and stays away. Returns its Will. */
    @Nullable
    Msg vanish() {
        Wire last = wire;
        if (last != null) {
            leave(last);
        }
        return wills.last();
    }

    private void leave(Wire last) {
        last.closedByClient();
        lost();
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
        if (connected && last != null) {
            wills.lost(last.server.loop.broker);
        }
        wire = null;
        connected = false;
        checks.retained.lost(this);
        if (last != null && last.server.loop.broker.isAlive()) {
            unacknowledged.forEach((packetId, message) -> interrupted.put(message, packetId));
        }
        unacknowledged.clear();
        publisher.lost();
    }

    /** Packet ids of QoS 1 need not survive it. */
    void brokerDied() {
        interrupted.clear();
    }

    void reconnectLater() {
        if (!connecting) {
            connecting = true;
            long waitUs = wantsClean ? 500_000 : willDelayS > 0 && world.chance(0.1) ? 1_500_000 : 0;
            world.after(waitUs + world.delayUs(world.chance(0.5) ? 1_000 : 30_000), () -> {
                if (connecting) {
                    connect();
                }
            });
        }
    }

    private void forgetSession() {
        publisher.forget();
        received.clear();
        interrupted.clear();
        sessionKnown = false;
        subscribedUs = -1;
        checks.sessionEnded(this);
        checks.retained.sessionEnded(this);
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
        wills.accepted(Objects.requireNonNull(wire).server.loop.broker);
        connected = true;
        sessionKnown = true;
        wantsClean = false;
        unacknowledged.clear();
        if (subscribedUs < 0 || (settings.retaining() > 0 && world.chance(0.3))) {
            subscribe();
        }
        publisher.connected(c.receiveMaximum());
    }

    private void subscribe() {
        checks.retained.subscribes(this);
        if (settings.storeFailures() > 0) { // one that fails takes away what there was before
            subscribedUs = -1;
        }
        send(new SimPacket.Subscribe());
    }

    void send(SimPacket packet) {
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
            if (a.type() == Type.PUBREL) {
                pubrel(a);
            } else {
                publisher.acked(from, a);
            }
        }
    }

    private void suback(SimPacket.Suback s) {
        if (s.failed()) {
            subscribe();
            return;
        }
        checks.retained.subscribed(this);
        if (subscribedUs < 0) {
            subscribedUs = world.nowUs();
        }
    }

    void publish(Msg msg) {
        publisher.publish(msg);
    }

    // ---- receiving

    private void publish(SimPacket.Publish p) {
        MessageId id2 = Objects.requireNonNull(p.id());
        MessageId other = unacknowledged.get(p.packetId());
        if (other != null) {
            world.violation("[MQTT-2.2.1-4]: packet id " + p.packetId() + " is in use at " + id + ", again in " + p);
        }
        SimPacket.Publish known = received.get(p.packetId());
        if (known != null && (!id2.equals(known.id()) || p.qos() != 2)) {
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
        checks.retained.arrived(this, p);
        if (p.group() == 0 && !p.retained()) {
            checks.arrived(this, p.msg(), id2);
        }
        if (p.qos() == 1) {
            has(p);
            later(Type.PUBACK, p.packetId(), ReasonCode.SUCCESS, () -> unacknowledged.remove(p.packetId()));
            return;
        }
        if (known == null && simulation.hasFaults() && world.chance(settings.refusals())) {
            if (p.retained()) {
                world.trace(id, () -> "refuses " + p);
            } else if (p.group() == 0) {
                checks.refused(this, p.msg());
            } else {
                checks.shared.refused(p.msg(), p.group());
            }
            later(Type.PUBREC, p.packetId(), ReasonCode.QUOTA_EXCEEDED, () -> unacknowledged.remove(p.packetId()));
            return;
        }
        if (known == null) {
            received.put(p.packetId(), p);
            if (!methodA) {
                has(p);
            }
        }
        later(Type.PUBREC, p.packetId(), ReasonCode.SUCCESS, () -> {});
    }

    private void has(SimPacket.Publish p) {
        if (p.retained()) {
            checks.retained.delivered(this, p);
        } else if (p.group() == 0) {
            checks.delivered(this, p.msg(), p.qos());
        } else {
            checks.shared.delivered(this, p.msg(), p.group(), p.qos());
        }
    }

    private void pubrel(SimPacket.Ack a) {
        SimPacket.Publish known = received.remove(a.packetId());
        if (known != null && methodA) {
            has(known);
        }
        if (known == null && a.reason().isError()) {
            return;
        }
        ReasonCode reason = known == null ? ReasonCode.PACKET_IDENTIFIER_NOT_FOUND : ReasonCode.SUCCESS;
        later(Type.PUBCOMP, a.packetId(), reason, () -> unacknowledged.remove(a.packetId()));
    }

    /** Acks of one kind keep their order ([MQTT-4.6.0-2] to [MQTT-4.6.0-4]); kinds overtake one another. */
    void later(Type type, int packetId, ReasonCode reason, Runnable whenSent) {
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
