package dev.mooring.session;

import dev.mooring.bus.CrashPoint;
import dev.mooring.message.ReasonCode;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import java.util.BitSet;

/**
 * The receiving half of a live session: order of acks, receive maximum, QoS 2 packet ids. Confined to the session's
 * loop; no clock, no I/O.
 *
 * <p>A QoS 2 packet id is known from PUBLISH until its release is stored: a repeated PUBLISH in between is answered,
 * not routed again ([MQTT-4.3.3-10]). PUBCOMP waits for the store, because the client may use the id again after it.
 */
public final class Inbound {
    /** {@link #open}: more PUBLISH packets are unanswered than the receive maximum allows ([MQTT-3.3.4-9]). */
    public static final long OVER_QUOTA = -1;
    /** {@link #open}: a QoS 2 PUBLISH that was received before; it is answered, or will be. */
    public static final long DUPLICATE = -2;

    private final SessionPort port;
    private final long sessionId;
    private final boolean durable;
    private final int receiveMaximum;
    private final AckOrder acks = new AckOrder();
    private final DeliveryOrder deliveries = new DeliveryOrder();
    private final BitSet known = new BitSet(0); // QoS 2 packet ids received and not released
    private final BitSet storing = new BitSet(0); // of these: PUBREC not sent yet, or release being stored
    private int quotaUsed;
    private boolean closed;

    /**
     * @param receiveMaximum PUBLISH packets a client may have unanswered, 1..65,535
     * @param inboundPacketIds QoS 2 packet ids known from before
     */
    public Inbound(SessionPort port, long sessionId, boolean durable, int receiveMaximum, int[] inboundPacketIds) {
        this.port = port;
        this.sessionId = sessionId;
        this.durable = durable;
        this.receiveMaximum = receiveMaximum;
        for (int packetId : inboundPacketIds) {
            known.set(packetId);
        }
    }

    /** PUBLISH at QoS 1 or 2: a place for {@link #answer}, or {@link #OVER_QUOTA} or {@link #DUPLICATE}. */
    public long open(int packetId, int qos) {
        if (qos == 2 && known.get(packetId)) {
            if (!storing.get(packetId)) { // after the answers to what came before it ([MQTT-4.6.0-3])
                acks.complete(acks.add(packetId, true), ReasonCode.SUCCESS, port);
            }
            return DUPLICATE;
        }
        if (quotaUsed >= receiveMaximum) {
            return OVER_QUOTA;
        }
        quotaUsed++;
        if (qos == 2) {
            known.set(packetId);
            storing.set(packetId);
        }
        return acks.add(packetId, qos == 2);
    }

    /** The PUBLISH at this place is stored and routed, or refused. */
    public void answer(long place, int packetId, int qos, ReasonCode reason) {
        if (closed) {
            return;
        }
        if (qos == 2 && reason.isError() && durable) {
            refuse(place, packetId, reason);
            return;
        }
        if (qos == 1) {
            quotaUsed--;
        } else {
            storing.clear(packetId);
            if (reason.isError()) {
                free(packetId);
            }
        }
        acks.complete(place, reason, port);
    }

    /**
     * The packet id may have been stored before something else failed. The client may use it again after PUBREC with an
     * error ([MQTT-4.3.3-4]), and a PUBLISH taken for a repeated one would be lost; so it is forgotten first.
     */
    private void refuse(long place, int packetId, ReasonCode reason) {
        port.store(new StoreOp.InboundRelease(sessionId, packetId), reply -> {
            if (closed || reply instanceof StoreReply.Failed) { // a write fails only when the node stops
                return;
            }
            storing.clear(packetId);
            free(packetId);
            acks.complete(place, reason, port);
        });
    }

    /** Of messages that are delivered when they are stored; goes on after {@link #close}. */
    public DeliveryOrder deliveries() {
        return deliveries;
    }

    /** PUBREL: forgets the packet id, durably, then answers PUBCOMP. */
    public void pubrel(int packetId) {
        if (!known.get(packetId)) {
            free(packetId);
            port.send(Packet.Ack.Type.PUBCOMP, packetId, ReasonCode.PACKET_IDENTIFIER_NOT_FOUND);
            return;
        }
        if (storing.get(packetId)) {
            return; // PUBCOMP follows
        }
        if (!durable) {
            released(packetId);
            return;
        }
        storing.set(packetId);
        release(packetId);
    }

    /** Whether no more PUBLISH should be read: as many are unanswered as the receive maximum allows. */
    public boolean isFull() {
        return quotaUsed >= receiveMaximum;
    }

    public int unanswered() {
        return acks.waiting();
    }

    public void close() {
        closed = true;
    }

    private void release(int packetId) {
        port.store(new StoreOp.InboundRelease(sessionId, packetId), reply -> {
            if (closed || reply instanceof StoreReply.Failed) {
                return;
            }
            CrashPoint.INBOUND_RELEASED.hit();
            released(packetId);
        });
    }

    private void released(int packetId) {
        storing.clear(packetId);
        free(packetId);
        port.send(Packet.Ack.Type.PUBCOMP, packetId, ReasonCode.SUCCESS);
    }

    /** A client counts its send quota up for a flow of an earlier connection, too, if it was used at all (§4.9). */
    private void free(int packetId) {
        known.clear(packetId);
        quotaUsed = Math.max(-0xFFFF, quotaUsed - 1);
    }
}
