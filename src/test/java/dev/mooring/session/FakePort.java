package dev.mooring.session;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.PublishProperties;
import dev.mooring.message.ReasonCode;
import dev.mooring.message.TopicFilter;
import dev.mooring.message.TopicName;
import dev.mooring.store.OnReply;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes down what a session does, one line for each effect, and lets a test answer for the store. */
final class FakePort implements SessionPort {
    final List<String> log = new ArrayList<>();
    final ArrayDeque<OnReply> waiting = new ArrayDeque<>();
    final List<Runnable> fences = new ArrayList<>();
    long nowMs = 1_000;
    boolean writable = true;
    int asOf = 1_000_000;
    private int ids = 2_000_000;

    /** A message whose id is the number given; it expires at {@code expiresAtMs}. */
    static Message message(int n, int qos, long expiresAtMs) {
        return new Message(
                position(n), "p", TopicName.of("t"), qos, false, new byte[0], PublishProperties.EMPTY, 0, expiresAtMs);
    }

    static Message message(int n, int qos) {
        return message(n, qos, Message.NEVER);
    }

    static MessageId position(int n) {
        return new MessageId(n, 1);
    }

    /** What has happened since the last call. */
    List<String> done() {
        List<String> done = List.copyOf(log);
        log.clear();
        return done;
    }

    /** The store answers the oldest operation that somebody waits for. */
    void answer(StoreReply reply) {
        waiting.remove().reply(reply);
    }

    void answer() {
        answer(StoreReply.DONE);
    }

    void passFences() {
        List<Runnable> due = List.copyOf(fences);
        fences.clear();
        due.forEach(Runnable::run);
    }

    @Override
    public long nowMs() {
        return nowMs;
    }

    @Override
    public boolean writable() {
        return writable;
    }

    @Override
    public boolean publish(Message m, int packetId, boolean dup, int qos, boolean retain, int[] identifiers) {
        log.add("PUBLISH " + m.id().timeUs() + " qos " + qos + " id " + packetId + (dup ? " dup" : ""));
        return true;
    }

    @Override
    public void send(Packet.Ack.Type type, int packetId, ReasonCode reason) {
        log.add(type + " " + packetId + (reason == ReasonCode.SUCCESS ? "" : " " + reason));
    }

    @Override
    public void store(StoreOp op, @Nullable OnReply onReply) {
        log.add("store " + text(op));
        if (onReply != null) {
            waiting.add(onReply);
        }
    }

    private static String text(StoreOp op) {
        if (op instanceof StoreOp.Sent o) {
            return "SENT " + o.position().timeUs() + " id " + o.packetId();
        }
        if (op instanceof StoreOp.Released o) {
            return "RELEASED " + o.position().timeUs() + " id " + o.packetId();
        }
        if (op instanceof StoreOp.Dequeue o) {
            return "DEQUEUE " + o.position().timeUs();
        }
        if (op instanceof StoreOp.InboundRelease o) {
            return "INBOUND_RELEASE " + o.packetId();
        }
        if (op instanceof StoreOp.QueueRead o) {
            return "QUEUE_READ after " + o.after().timeUs() + "." + o.after().nodeSequence();
        }
        if (op instanceof StoreOp.QueueTrim o) {
            return "QUEUE_TRIM " + o.count() + " " + o.bytes();
        }
        return op.kind().toString();
    }

    @Override
    public MessageId asOf() {
        return position(asOf);
    }

    @Override
    public MessageId nextId() {
        return position(++ids);
    }

    @Override
    public void fence(Runnable then) {
        fences.add(then);
    }

    @Override
    public void acked(Message message, @Nullable TopicFilter shared, int qos) {}

    @Override
    public void dropped(Drop reason, @Nullable Message message) {
        log.add("drop " + reason);
    }
}
