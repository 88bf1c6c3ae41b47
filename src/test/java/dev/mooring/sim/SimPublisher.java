package dev.mooring.sim;

import dev.mooring.message.ReasonCode;
import dev.mooring.session.Packet.Ack.Type;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** The publishing half of a client: packet ids and flows, which outlive connections, and its send quota. */
final class SimPublisher {
    /** Few packet ids, so that they are used again soon. */
    private static final int PACKET_IDS = 24;

    private final SimClient client;
    private final World world;
    private final Checks checks;
    private final Map<Integer, Flow> outgoing = new LinkedHashMap<>();
    private final ArrayDeque<Msg> unsent = new ArrayDeque<>();
    private final ArrayDeque<Flow> resend = new ArrayDeque<>();
    private int lastPacketId;
    private int quota;
    private int quotaMax;

    private static final class Flow {
        final int packetId;
        final Msg msg;
        boolean released;

        Flow(int packetId, Msg msg) {
            this.packetId = packetId;
            this.msg = msg;
        }
    }

    SimPublisher(SimClient client, World world, Checks checks) {
        this.client = client;
        this.world = world;
        this.checks = checks;
    }

    boolean isIdle() {
        return outgoing.isEmpty() && unsent.isEmpty();
    }

    @Override
    public String toString() {
        return "outgoing " + outgoing.keySet() + ", unsent " + unsent.size();
    }

    void publish(Msg msg) {
        unsent.add(msg);
        sendMore();
    }

    void connected(int receiveMaximum) {
        quota = receiveMaximum;
        quotaMax = receiveMaximum;
        resend.addAll(outgoing.values());
        sendMore();
    }

    void lost() {
        resend.clear();
    }

    /** The session begins anew. */
    void forget() {
        outgoing.clear();
    }

    /** What was under way before goes first, in its order, then what is new; PUBLISH only within the send quota. */
    private void sendMore() {
        while (client.isConnected() && !resend.isEmpty()) {
            Flow flow = resend.peek();
            if (outgoing.get(flow.packetId) != flow) {
                resend.poll();
            } else if (flow.released) {
                resend.poll();
                client.send(new SimPacket.Ack(Type.PUBREL, flow.packetId, ReasonCode.SUCCESS));
            } else if (quota > 0) {
                resend.poll();
                send(flow, true);
            } else {
                return;
            }
        }
        while (client.isConnected() && quota > 0 && !unsent.isEmpty() && outgoing.size() < PACKET_IDS) {
            Msg msg = unsent.poll();
            do {
                lastPacketId = lastPacketId % PACKET_IDS + 1;
            } while (outgoing.containsKey(lastPacketId));
            Flow flow = new Flow(lastPacketId, msg);
            outgoing.put(lastPacketId, flow);
            msg.session = client.session;
            msg.firstSentUs = world.nowUs();
            send(flow, false);
        }
    }

    private void send(Flow flow, boolean again) {
        quota--;
        checks.publishSent(client.wire(), flow.msg, flow.packetId);
        client.send(new SimPacket.Publish(flow.msg, null, flow.packetId, flow.msg.qos, again, 0, false));
    }

    /** PUBACK, PUBREC or PUBCOMP. */
    void acked(Wire wire, SimPacket.Ack a) {
        if (a.type() != Type.PUBCOMP) {
            checks.answered(wire, a, a.type() == Type.PUBREC);
        }
        Flow flow = outgoing.get(a.packetId());
        boolean fits = flow != null
                && (a.type() == Type.PUBCOMP ? flow.released : flow.msg.qos == (a.type() == Type.PUBACK ? 1 : 2));
        if (!fits) {
            world.violation(a + " for nothing at " + client.id);
        }
        if (a.type() == Type.PUBREC && !a.reason().isError()) {
            Objects.requireNonNull(flow).released = true;
            client.later(Type.PUBREL, a.packetId(), ReasonCode.SUCCESS, () -> {});
            return;
        }
        outgoing.remove(a.packetId());
        quota = Math.min(quotaMax, quota + 1); // §4.9: never above the first value
        sendMore();
    }
}
