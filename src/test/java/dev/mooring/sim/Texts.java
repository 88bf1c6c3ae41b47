package dev.mooring.sim;

import dev.mooring.message.MessageId;
import dev.mooring.store.StoreOp;
import java.util.List;
import java.util.StringJoiner;

/** Short texts for the trace. */
final class Texts {
    private Texts() {}

    static String of(List<StoreOp> ops) {
        StringJoiner text = new StringJoiner(", ");
        ops.forEach(op -> text.add(of(op)));
        return text.toString();
    }

    static String of(MessageId id) {
        return "@" + id.timeUs() % 1_000_000_000L + "." + (id.nodeSequence() & 0xFFF);
    }

    static String session(long id) {
        return "s" + id / 1000 % 10_000 + "." + id % 1000;
    }

    static String of(StoreOp op) {
        if (op instanceof StoreOp.Enqueue o) {
            StringJoiner to = new StringJoiner(" ");
            o.entries()
                    .forEach(e -> to.add(session(e.sessionId())
                            + (e.copy() == null ? "" : of(e.copy().id()))));
            String inbound = o.inboundPacketId() == 0 ? "" : " inbound " + o.inboundPacketId();
            return "ENQUEUE " + of(o.message().id()) + " → " + to + inbound;
        }
        if (op instanceof StoreOp.Sent o) {
            return "SENT " + session(o.sessionId()) + of(o.position()) + " id " + o.packetId();
        }
        if (op instanceof StoreOp.Released o) {
            return "RELEASED " + session(o.sessionId()) + of(o.position()) + " id " + o.packetId();
        }
        if (op instanceof StoreOp.Dequeue o) {
            return "DEQUEUE " + session(o.sessionId()) + of(o.position());
        }
        if (op instanceof StoreOp.InboundRelease o) {
            return "INBOUND_RELEASE " + session(o.sessionId()) + " id " + o.packetId();
        }
        if (op instanceof StoreOp.QueueMove o) {
            StringJoiner positions = new StringJoiner(" ");
            o.positions().forEach(p -> positions.add(of(p)));
            return "QUEUE_MOVE " + session(o.fromSessionId()) + " → " + session(o.toSessionId()) + " " + positions;
        }
        if (op instanceof StoreOp.QueueTrim o) {
            return "QUEUE_TRIM " + session(o.sessionId()) + " of " + o.count() + " by " + of(o.by());
        }
        if (op instanceof StoreOp.QueueRead o) {
            return "QUEUE_READ " + session(o.sessionId()) + " after " + of(o.after());
        }
        if (op instanceof StoreOp.SessionLoad o) {
            return "SESSION_LOAD " + session(o.sessionId());
        }
        if (op instanceof StoreOp.SessionSave o) {
            return "SESSION_SAVE " + session(o.session().sessionId()) + " "
                    + o.session().clientId() + " epoch " + o.session().epoch();
        }
        if (op instanceof StoreOp.SessionDelete o) {
            return "SESSION_DELETE " + session(o.sessionId());
        }
        return op.kind().toString();
    }
}
