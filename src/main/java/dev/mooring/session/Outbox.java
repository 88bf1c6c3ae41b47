package dev.mooring.session;

import dev.mooring.bus.CrashPoint;
import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.ReasonCode;
import dev.mooring.message.TopicFilter;
import dev.mooring.route.Subscriber;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The delivering half of a live session: queue, send quota, packet ids, QoS 1 and 2 flows. Confined to the session's
 * loop; no clock, no I/O.
 *
 * <p><b>Where messages wait.</b> A durable session's QoS 1 and 2 messages are all in the store before they come here.
 * Up to a bound they also wait in memory; what is beyond it is {@link Backlog}'s.
 *
 * <p><b>What is stored when.</b> QoS 2: the packet id before PUBLISH, the release before PUBREL; else a crash would
 * send a message twice ([MQTT-4.3.3-8]). QoS 1: the packet id together with PUBLISH, which does not wait for it; most
 * are acknowledged before the store gets to it, and then nothing is written ({@code Cancelling}).
 *
 * <p><b>Order.</b> Deliveries are sent in the order they came; those of an earlier connection first, under their old
 * packet ids ([MQTT-4.4.0-1], [MQTT-4.6.0-1]).
 */
public final class Outbox implements Backlog.Taker {
    private final SessionPort port;
    private final Subscriber subscriber;
    private final OutboxLimits limits;
    private final int window;
    private final Inflight inflight = new Inflight();
    private final MemoryQueue queue;
    private int quotaUsed;
    private boolean closed;
    private final Backlog backlog;
    /** Sent in this order: the first one waits for the store, the others for it. */
    private final ArrayDeque<Delivery> assigning = new ArrayDeque<>(0);

    /** @param receiveMaximum the client's, 1..65,535 */
    public Outbox(SessionPort port, Subscriber subscriber, OutboxLimits limits, int receiveMaximum) {
        this.port = port;
        this.subscriber = subscriber;
        this.limits = limits;
        this.window = Math.min(receiveMaximum, limits.inflightMax());
        this.queue = new MemoryQueue(limits);
        this.backlog = new Backlog(port, subscriber, this);
    }

    /**
     * Takes up a session that existed before: what was in flight is sent again, then the stored queue is read.
     *
     * @param asOf all messages at or below it had been handed to the store before {@code inFlight} was read
     */
    public void resume(List<StoreReply.QueueEntry> inFlight, MessageId asOf) {
        backlog.begin(asOf);
        List<Delivery> again = new ArrayList<>(inFlight.size());
        for (StoreReply.QueueEntry e : inFlight) {
            Delivery d = Delivery.of(e);
            d.marked = true;
            d.again = true;
            d.state = e.released() ? Delivery.State.RELEASED : Delivery.State.QUEUED;
            d.packetId = e.packetId();
            again.add(d);
        }
        again.sort(Comparator.comparing(d -> d.position));
        for (Delivery d : again) {
            inflight.restore(d, d.packetId);
            if (d.state == Delivery.State.RELEASED) {
                takeQuota();
                port.send(Packet.Ack.Type.PUBREL, d.packetId, ReasonCode.SUCCESS);
            } else {
                queue.add(d);
            }
        }
        pump();
    }

    /** A QoS 1 or 2 message for this session; stored already (or being stored) if the session is durable. */
    public void deliver(Message message, int qos, boolean retain, int[] identifiers, @Nullable TopicFilter shared) {
        Delivery d = new Delivery(message.id(), message, qos, retain, identifiers, shared);
        if (subscriber.durable() && !backlog.takes(d, queue.isFull())) {
            keepBound();
            backlog.readIfLow(queue.freshSize());
            return;
        }
        if (!subscriber.durable() && queue.isFull() && !makeRoom(d)) {
            return;
        }
        if (queue.isEmpty() && maySend()) {
            send(d);
            keepBound();
        } else {
            queue.add(d);
            keepBound();
            pump();
        }
    }

    /** Deliveries of a durable session may be lost, though they are stored: they are looked for. See {@link Rescan}. */
    public void rescan() {
        if (subscriber.durable() && !closed) {
            backlog.rescan();
            backlog.readIfLow(queue.freshSize());
        }
    }

    /** Sends as much as quota and connection allow. */
    public void pump() {
        while (!queue.isEmpty() && maySend()) {
            send(queue.remove());
        }
        backlog.readIfLow(queue.freshSize());
    }

    /** PUBACK, PUBREC or PUBCOMP from the client. False, a protocol error, when its PUBLISH is not answered by it. */
    public boolean acked(Packet.Ack.Type type, int packetId, ReasonCode reason) {
        Delivery d = inflight.get(packetId);
        if (d == null) {
            if (type == Packet.Ack.Type.PUBREC && !reason.isError()) {
                port.send(Packet.Ack.Type.PUBREL, packetId, ReasonCode.PACKET_IDENTIFIER_NOT_FOUND);
            }
            return true;
        }
        if (d.state == Delivery.State.QUEUED || d.state == Delivery.State.ASSIGNING) {
            return true; // meant for an earlier connection: it is sent again, and will be answered again
        }
        boolean fits = d.qos == (type == Packet.Ack.Type.PUBACK ? 1 : 2)
                && switch (type) {
                    case PUBACK -> puback(d, reason);
                    case PUBREC -> pubrec(d, reason);
                    case PUBCOMP -> pubcomp(d);
                    case PUBREL -> false;
                };
        pump();
        return fits;
    }

    /** Sees to whatever got stuck. Returns whether it wants to be called again after about a tenth of a second. */
    public boolean tick() {
        boolean remembers = backlog.settle();
        pump();
        return backlog.isBehind() || remembers;
    }

    /**
     * The connection is gone. A durable session has all of it in the store. What another one had from shared
     * subscriptions is given back, oldest first, to go to another member; but not QoS 2 in flight ([MQTT-4.8.2-5]).
     */
    public List<SessionClosed.Undelivered> close() {
        closed = true;
        limits.inflight().add(-quotaUsed);
        backlog.close();
        List<SessionClosed.Undelivered> left = new ArrayList<>();
        if (!subscriber.durable()) {
            List<Delivery> all = inflight.all();
            all.removeIf(d -> d.qos == 2); // [MQTT-4.8.2-5]
            all.addAll(queue.all());
            all.sort(Comparator.comparing(d -> d.position));
            for (Delivery d : all) {
                if (d.shared != null && d.message != null) {
                    left.add(new SessionClosed.Undelivered(d.message, d.shared));
                }
            }
        }
        queue.close();
        return left;
    }

    /** Whether a message is in memory, or a page brought it just now: a fetch that has it need not deliver it. */
    public boolean has(MessageId position) {
        return backlog.isRecent(position) || queue.has(position) || inflight.has(position);
    }

    public int inflightCount() {
        return inflight.size();
    }

    public int queuedInMemory() {
        return queue.size();
    }

    public boolean isBehind() {
        return backlog.isBehind();
    }

    /** Whether one more message would go to memory, behind all that the session has, and nothing be dropped for it. */
    public boolean hasRoom() {
        return !backlog.isBehind() && !queue.isFull();
    }

    private boolean makeRoom(Delivery newcomer) {
        if (!limits.dropOldest() || queue.isEmpty()) {
            port.dropped(SessionPort.Drop.QUEUE_FULL, newcomer.message);
            return false;
        }
        while (!queue.isEmpty() && queue.isFull()) {
            port.dropped(SessionPort.Drop.QUEUE_FULL, queue.remove().message);
        }
        return true;
    }

    /** That of a durable session's whole queue: drops the oldest in memory, or those that only the store has. */
    private void keepBound() {
        dropOldest();
        if (limits.dropsOldest(subscriber)) {
            backlog.trim(limits.queue());
        }
    }

    private void dropOldest() {
        while (limits.dropsOldest(subscriber)) {
            Delivery oldest = queue.removeFresh();
            if (oldest == null) {
                return; // the store has some, or all are in flight
            }
            port.dropped(SessionPort.Drop.QUEUE_FULL, oldest.message);
            forget(oldest);
        }
    }

    private void takeQuota() {
        quotaUsed++;
        limits.inflight().increment();
    }

    private boolean maySend() {
        return quotaUsed < window && !closed && port.writable();
    }

    private void send(Delivery d) {
        Message message = d.message;
        if (message == null || (d.packetId == 0 && limits.isTooOld(message, port.nowMs()))) {
            port.dropped(SessionPort.Drop.EXPIRED, message);
            forget(d);
            return;
        }
        if (!port.mayDeliver(message)) {
            port.dropped(SessionPort.Drop.FORBIDDEN, message);
            forget(d);
            return;
        }
        takeQuota();
        if (d.packetId == 0) {
            inflight.add(d);
        }
        if (d.qos == 2 && subscriber.durable() && !d.marked) {
            d.state = Delivery.State.ASSIGNING;
            assigning.add(d);
            assign(d);
        } else if (assigning.isEmpty()) {
            write(d, message);
        } else {
            assigning.add(d);
            mark(d); // what is in flight is not dropped
        }
    }

    private void assign(Delivery d) {
        port.store(new StoreOp.Sent(subscriber.sessionId(), d.position, d.packetId), reply -> assigned(d, reply));
    }

    private void assigned(Delivery d, StoreReply reply) {
        if (closed || reply instanceof StoreReply.Failed) { // a write fails only when the node stops
            return;
        }
        d.marked = true;
        CrashPoint.OUTBOUND_ID_STORED.hit();
        while (!assigning.isEmpty() && (assigning.peek().marked || assigning.peek().qos == 1)) {
            Delivery next = assigning.poll();
            if (next.message != null) {
                write(next, next.message);
            }
        }
    }

    private void write(Delivery d, Message message) {
        d.state = Delivery.State.SENT;
        if (!port.publish(message, d.packetId, d.again, d.qos, d.retain, d.identifiers)) {
            port.dropped(SessionPort.Drop.TOO_LARGE, message);
            done(d);
            return;
        }
        mark(d);
    }

    private void mark(Delivery d) {
        if (d.qos == 1 && subscriber.durable() && !d.marked) {
            d.marked = true;
            port.store(new StoreOp.Sent(subscriber.sessionId(), d.position, d.packetId), null);
        }
    }

    private boolean puback(Delivery d, ReasonCode reason) {
        tellAcked(d, reason);
        done(d);
        return true;
    }

    private boolean pubrec(Delivery d, ReasonCode reason) {
        if (d.state == Delivery.State.RELEASING) {
            return true; // PUBREL follows anyway
        }
        if (d.state == Delivery.State.RELEASED) {
            port.send(Packet.Ack.Type.PUBREL, d.packetId, ReasonCode.SUCCESS);
            return true;
        }
        tellAcked(d, reason);
        if (reason.isError()) { // [MQTT-4.3.3-4]: the packet id is free again
            done(d);
            return true;
        }
        if (subscriber.durable()) {
            d.state = Delivery.State.RELEASING;
            CrashPoint.OUTBOUND_RECEIVED.hit();
            release(d);
        } else {
            d.state = Delivery.State.RELEASED;
            port.send(Packet.Ack.Type.PUBREL, d.packetId, ReasonCode.SUCCESS);
        }
        return true;
    }

    private void release(Delivery d) {
        port.store(new StoreOp.Released(subscriber.sessionId(), d.position, d.packetId), reply -> {
            if (closed || reply instanceof StoreReply.Failed) {
                return;
            }
            d.state = Delivery.State.RELEASED;
            CrashPoint.OUTBOUND_RELEASE_STORED.hit();
            port.send(Packet.Ack.Type.PUBREL, d.packetId, ReasonCode.SUCCESS);
        });
    }

    private boolean pubcomp(Delivery d) {
        if (d.state != Delivery.State.RELEASED) {
            return false;
        }
        done(d);
        return true;
    }

    private void tellAcked(Delivery d, ReasonCode reason) {
        Message message = d.message;
        if (message == null) {
            return;
        }
        if (reason.isError()) {
            port.dropped(SessionPort.Drop.REFUSED, message);
        }
        port.acked(message, d.shared, d.qos);
    }

    /** The flow is over: packet id and quota are free, the stored entry goes. */
    private void done(Delivery d) {
        CrashPoint.OUTBOUND_ACKED.hit();
        quotaUsed--;
        limits.inflight().decrement();
        d.marked = true; // nothing left to store
        forget(d);
    }

    private void forget(Delivery d) {
        if (d.packetId != 0 && inflight.get(d.packetId) == d) {
            inflight.remove(d.packetId);
        }
        if (subscriber.durable()) {
            port.store(new StoreOp.Dequeue(subscriber.sessionId(), d.position), null);
            subscriber.queuedCount.decrementAndGet();
            subscriber.queuedBytes.addAndGet(-d.sizeBytes());
        }
    }

    @Override
    public void take(Delivery d) {
        queue.add(d);
    }

    @Override
    public void pageTaken() {
        dropOldest();
        pump();
    }

    @Override
    public void addPositions(Set<MessageId> positions) {
        queue.all().forEach(d -> positions.add(d.position));
        inflight.all().forEach(d -> positions.add(d.position));
    }
}
