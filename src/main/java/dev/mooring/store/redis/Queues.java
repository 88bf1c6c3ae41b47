package dev.mooring.store.redis;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.store.NewestIds;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreOp.Enqueue.Entry;
import dev.mooring.store.StoreOp.Enqueue.Retained;
import dev.mooring.store.StoreReply;
import dev.mooring.store.codec.Damaged;
import dev.mooring.store.codec.EntryCodec;
import dev.mooring.store.codec.MessageCodec;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The queues of sessions with what is in flight, and the retained messages: {@code ENQUEUE} changes both in one step.
 */
final class Queues {
    /** A message up to this size is written into every queue; a longer one once, if more than one queue gets it. */
    static final int INLINE_BYTES_MAX = 256;

    private static final byte[] NONE = {};
    private static final int SENT = 1;
    private static final int RELEASED = 2;
    /** Entries that one step of a trim drops: some milliseconds of the server's time. */
    private static final int TRIM_MAX = 512;
    /** An answer with retained messages ends here. */
    private static final int RETAINED_BYTES_MAX = 1 << 20;

    private final NewestIds newestRetained = new NewestIds();

    Future<StoreReply> enqueue(StoreOp.Enqueue op, @Nullable Owner owner, Pipeline pipeline) {
        Message m = op.message();
        byte[] message = NONE;
        boolean retain = op.retained() != Retained.KEEP
                && newestRetained.isNewest(m.topic().text(), m.id());
        boolean set = retain && op.retained() == Retained.SET;
        int others = 0; // than copies, which are whole
        for (Entry e : op.entries()) {
            others += e.copy() == null ? 1 : 0;
        }
        boolean inline = others < 2 || MessageCodec.sizeMax(m) <= INLINE_BYTES_MAX;
        if (set || !inline) {
            message = MessageCodec.bytes(m);
        }
        Request request = Script.ENQUEUE
                .onState(owner)
                .arg(m.id().toBytes())
                .arg(inline ? NONE : message)
                .arg(op.inboundSessionId() == 0 ? "" : Keys.session(op.inboundSessionId()))
                .arg(op.inboundPacketId())
                .arg(op.willSessionId() == 0 ? "" : Keys.session(op.willSessionId()))
                .arg(retain ? m.topic().utf8() : NONE)
                .arg(set ? message : NONE)
                .arg(set && m.expiresAtMs() != Message.NEVER ? Long.toString(m.expiresAtMs()) : "")
                .arg(retain ? Long.toString(System.currentTimeMillis()) : "");
        for (Entry e : op.entries()) {
            request.arg(Keys.session(e.sessionId())).arg(member(e, op.message(e), inline || e.copy() != null));
        }
        return Sessions.done(request, owner, pipeline);
    }

    private static byte[] member(Entry e, Message m, boolean inline) {
        ByteBuffer out = ByteBuffer.allocate(MessageId.BYTES + EntryCodec.sizeMax(e, m, inline));
        out.put(m.id().toBytes());
        EntryCodec.write(e, m, inline, out);
        return Arrays.copyOf(out.array(), out.position());
    }

    Future<StoreReply> inboundRelease(StoreOp.InboundRelease op, @Nullable Owner owner, Pipeline pipeline) {
        Request request = owner == null
                ? Request.cmd(Command.SREM).arg(Keys.state("i", op.sessionId()))
                : Script.INBOUND_RELEASE.onState(owner).arg(Keys.session(op.sessionId()));
        return Sessions.done(request.arg(op.packetId()), owner, pipeline);
    }

    Future<StoreReply> sent(StoreOp.Sent op, @Nullable Owner owner, Pipeline pipeline) {
        return mark(op.sessionId(), op.position(), op.packetId(), SENT, owner, pipeline);
    }

    Future<StoreReply> released(StoreOp.Released op, @Nullable Owner owner, Pipeline pipeline) {
        return mark(op.sessionId(), op.position(), op.packetId(), RELEASED, owner, pipeline);
    }

    private static Future<StoreReply> mark(
            long sessionId, MessageId position, int packetId, int state, @Nullable Owner owner, Pipeline pipeline) {
        byte[] mark = {MessageCodec.VERSION, (byte) (packetId >>> 8), (byte) packetId, (byte) state};
        Request request = Script.QUEUE_MARK
                .onState(owner)
                .arg(Keys.session(sessionId))
                .arg(position.toBytes())
                .arg(mark);
        return Sessions.done(request, owner, pipeline);
    }

    Future<StoreReply> dequeue(StoreOp.Dequeue op, Pipeline pipeline) {
        return RedisStore.done(pipeline.send(Script.DEQUEUE
                .onState()
                .arg(Keys.session(op.sessionId()))
                .arg(op.position().toBytes())));
    }

    Future<StoreReply> move(StoreOp.QueueMove op, Pipeline pipeline) {
        Request request = Script.QUEUE_MOVE
                .onState()
                .arg(Keys.session(op.fromSessionId()))
                .arg(Keys.session(op.toSessionId()))
                .arg(op.qosMax())
                .arg(op.retain() ? "1" : "")
                .arg(EntryCodec.identifiers(op.identifiers()))
                .arg(op.by().toBytes());
        op.positions().forEach(position -> request.arg(position.toBytes()));
        return pipeline.send(request).map(reply -> {
            int count = RedisStore.part(reply, 0).toInteger();
            return new StoreReply.Moved(count, RedisStore.part(reply, 1).toLong());
        });
    }

    /** In as many rounds as there is much to drop. */
    Future<StoreReply> trim(StoreOp.QueueTrim op, Pipeline pipeline) {
        Request request = Script.QUEUE_TRIM
                .onState()
                .arg(Keys.session(op.sessionId()))
                .arg(op.by().toBytes())
                .arg(op.count())
                .arg(op.bytes())
                .arg(TRIM_MAX)
                .arg(op.before().toBytes());
        return pipeline.send(request).compose(reply -> {
            if (RedisStore.part(reply, 0).toInteger() == 1) {
                return trim(op, pipeline);
            }
            int count = RedisStore.part(reply, 1).toInteger();
            long bytes = RedisStore.part(reply, 2).toLong();
            byte[] until = RedisStore.part(reply, 3).toBytes();
            return Future.succeededFuture(new StoreReply.Trimmed(
                    count, bytes, until.length < MessageId.BYTES ? MessageId.ZERO : MessageId.ofBytes(until, 0)));
        });
    }

    // ---- reading

    Future<StoreReply> read(StoreOp.QueueRead op, Pipeline pipeline) {
        Request request = Script.QUEUE_READ
                .onState()
                .arg(Keys.session(op.sessionId()))
                .arg(op.after().toBytes())
                .arg(op.limit())
                .arg(op.bytesMax());
        return pipeline.send(request).map(reply -> {
            Response found = RedisStore.part(reply, 1);
            List<StoreReply.QueueEntry> entries = new ArrayList<>(found.size() / 2);
            for (int i = 0; i + 1 < found.size(); i += 2) {
                add(entries, found.get(i).toBytes(), found.get(i + 1), 0, false);
            }
            return new StoreReply.Entries(entries, RedisStore.part(reply, 0).toInteger() == 1);
        });
    }

    Future<StoreReply> load(StoreOp.SessionLoad op, Pipeline pipeline) {
        Request request =
                Script.SESSION_LOAD.onState().arg(Keys.session(op.sessionId())).arg(RELEASED);
        return pipeline.send(request).map(reply -> {
            Response marked = RedisStore.part(reply, 0);
            List<StoreReply.QueueEntry> entries = new ArrayList<>(marked.size() / 3);
            for (int i = 0; i + 2 < marked.size(); i += 3) {
                byte[] mark = marked.get(i + 1).toBytes();
                if (mark.length < 4 || mark[0] != MessageCodec.VERSION) {
                    RedisStore.damaged("a mark", new Damaged(mark.length + " bytes"));
                    continue;
                }
                int packetId = (mark[1] & 0xFF) << 8 | mark[2] & 0xFF;
                add(entries, marked.get(i).toBytes(), marked.get(i + 2), packetId, mark[3] == RELEASED);
            }
            entries.sort((a, b) -> a.position().compareTo(b.position()));
            Response inbound = RedisStore.part(reply, 1);
            int[] ids = new int[inbound.size()];
            for (int i = 0; i < ids.length; i++) {
                ids[i] = inbound.get(i).toInteger();
            }
            return new StoreReply.SessionState(entries, ids, Sessions.fetches(RedisStore.part(reply, 2)));
        });
    }

    /** Leaves out what cannot be used; that is logged then. */
    private static void add(
            List<StoreReply.QueueEntry> entries,
            byte[] member,
            @Nullable Response body,
            int packetId,
            boolean released) {
        try {
            if (member.length < MessageId.BYTES) {
                throw new Damaged(member.length + " bytes");
            }
            MessageId position = MessageId.ofBytes(member, 0);
            EntryCodec e = EntryCodec.read(
                    ByteBuffer.wrap(member, MessageId.BYTES, member.length - MessageId.BYTES), !released);
            Message message = e.message();
            if (e.bodyElsewhere() && !released) {
                if (body == null) {
                    throw new Damaged("the body of " + position + " is missing");
                }
                message = MessageCodec.read(ByteBuffer.wrap(body.toBytes()));
            }
            entries.add(new StoreReply.QueueEntry(
                    position,
                    message,
                    e.qos(),
                    e.retain(),
                    e.identifiers(),
                    e.shared(),
                    packetId,
                    released,
                    e.sizeBytes()));
        } catch (Damaged e) {
            RedisStore.damaged("a queue entry", e);
        }
    }

    // ---- retained messages

    Future<StoreReply> retained(StoreOp.RetainedScan op, Pipeline pipeline) {
        return retained(Keys.utf8(op.afterTopic()), Math.max(1, op.limit()), pipeline);
    }

    /** A page on which nothing can be used is passed over: the caller goes on from the last topic that it got. */
    private static Future<StoreReply> retained(byte[] afterTopic, int limit, Pipeline pipeline) {
        Request request =
                Script.RETAINED_SCAN.onState().arg(afterTopic).arg(limit).arg(RETAINED_BYTES_MAX);
        return pipeline.send(request).compose(reply -> {
            List<Message> messages = new ArrayList<>();
            byte[] last = afterTopic;
            long now = System.currentTimeMillis();
            for (Response row : RedisStore.part(reply, 1)) {
                byte[] member = row.toBytes();
                int zero = 0;
                while (zero < member.length - 1 && member[zero] != 0) {
                    zero++;
                }
                last = Arrays.copyOf(member, zero);
                try {
                    Message m = MessageCodec.read(ByteBuffer.wrap(member, zero + 1, member.length - zero - 1));
                    if (!m.isExpired(now)) {
                        messages.add(m);
                    }
                } catch (Damaged e) {
                    RedisStore.damaged("a retained message", e);
                }
            }
            boolean more = RedisStore.part(reply, 0).toInteger() == 1;
            if (more && messages.isEmpty()) {
                return retained(last, limit, pipeline);
            }
            return Future.succeededFuture(new StoreReply.Messages(
                    messages, more ? messages.get(messages.size() - 1).id() : null));
        });
    }
}
