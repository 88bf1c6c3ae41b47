package dev.mooring.store.codec;

import dev.mooring.message.MessageId;
import dev.mooring.message.PublishProperties;
import dev.mooring.message.Subscription;
import dev.mooring.message.TopicFilter;
import dev.mooring.message.TopicName;
import dev.mooring.message.Will;
import dev.mooring.store.Fetch;
import dev.mooring.store.OpKind;
import dev.mooring.store.SessionRecord;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Session records, Wills, subscriptions, and the fetches that have not come to their end. */
public final class SessionCodec {
    private static final int NO_LOCAL = 1;
    private static final int RETAIN_AS_PUBLISHED = 2;

    private SessionCodec() {}

    public static byte[] session(SessionRecord s) {
        byte[] clientId = MessageCodec.utf8(s.clientId());
        byte[] group = MessageCodec.utf8(s.group());
        ByteBuffer out = ByteBuffer.allocate(1 + 24 + 4 + clientId.length + group.length);
        out.put(MessageCodec.VERSION);
        out.putLong(s.epoch()).putLong(s.expiryS()).putLong(s.disconnectedAtMs());
        MessageCodec.writeText(clientId, out);
        MessageCodec.writeText(group, out);
        return out.array();
    }

    public static long epoch(byte[] value) throws Damaged {
        if (value.length < 9) {
            throw new Damaged("a session record ends too early");
        }
        ByteBuffer in = ByteBuffer.wrap(value);
        MessageCodec.version(in);
        return in.getLong();
    }

    public static SessionRecord session(long sessionId, byte[] value, byte @Nullable [] will) throws Damaged {
        ByteBuffer in = ByteBuffer.wrap(value);
        try {
            MessageCodec.version(in);
            long epoch = in.getLong();
            long expiryS = in.getLong();
            long disconnectedAtMs = in.getLong();
            String clientId = MessageCodec.readText(in);
            String group = MessageCodec.readText(in);
            return new SessionRecord(
                    sessionId, clientId, group, epoch, expiryS, disconnectedAtMs, will == null ? null : will(will));
        } catch (BufferUnderflowException e) {
            throw new Damaged("a session record ends too early");
        }
    }

    public static byte[] will(Will w) {
        byte[] topic = w.topic().utf8();
        byte[] properties = w.properties().wire();
        byte[] owner = MessageCodec.utf8(w.owner());
        int size = 1 + 2 + 16 + 2 + topic.length + 4 + properties.length + 4 + owner.length + w.payload().length;
        ByteBuffer out = ByteBuffer.allocate(size);
        out.put(MessageCodec.VERSION).put((byte) w.qos()).put((byte) (w.retain() ? 1 : 0));
        out.putLong(w.delayS()).putLong(w.expiryS());
        MessageCodec.writeText(topic, out);
        out.putInt(properties.length).put(properties);
        out.putInt(owner.length).put(owner).put(w.payload());
        return out.array();
    }

    public static Will will(byte[] value) throws Damaged {
        ByteBuffer in = ByteBuffer.wrap(value);
        try {
            MessageCodec.version(in);
            int qos = in.get();
            boolean retain = in.get() != 0;
            long delayS = in.getLong();
            long expiryS = in.getLong();
            byte[] topic = MessageCodec.bytes(in, in.getShort() & 0xFFFF);
            byte[] properties = MessageCodec.bytes(in, in.getInt());
            byte[] owner = MessageCodec.bytes(in, in.getInt());
            byte[] payload = MessageCodec.bytes(in, in.remaining());
            return new Will(
                    TopicName.ofChecked(new String(topic, StandardCharsets.UTF_8), topic),
                    qos,
                    retain,
                    payload,
                    PublishProperties.ofWire(properties),
                    delayS,
                    expiryS,
                    new String(owner, StandardCharsets.UTF_8));
        } catch (BufferUnderflowException e) {
            throw new Damaged("a will ends too early");
        }
    }

    public static byte[] subscription(Subscription s) {
        int flags = (s.noLocal() ? NO_LOCAL : 0) | (s.retainAsPublished() ? RETAIN_AS_PUBLISHED : 0);
        ByteBuffer out = ByteBuffer.allocate(8);
        out.put(MessageCodec.VERSION).put((byte) s.qos()).put((byte) flags).put((byte) s.retainHandling());
        return out.putInt(s.identifier()).array();
    }

    public static Subscription subscription(String filter, byte[] value) throws Damaged {
        TopicFilter parsed = TopicFilter.parse(filter);
        if (parsed == null || value.length < 8) {
            throw new Damaged("a subscription to \"" + filter + "\" of " + value.length + " bytes");
        }
        ByteBuffer in = ByteBuffer.wrap(value);
        MessageCodec.version(in);
        int qos = in.get();
        int flags = in.get();
        int handling = in.get();
        int identifier = in.getInt();
        try {
            return new Subscription(
                    parsed, qos, (flags & NO_LOCAL) != 0, (flags & RETAIN_AS_PUBLISHED) != 0, handling, identifier);
        } catch (IllegalArgumentException e) {
            throw new Damaged("a subscription to \"" + filter + "\": " + e.getMessage());
        }
    }

    /** What tells a fetch of a session from its others; begins with s(filter). */
    public static byte[] fetchName(Fetch f) {
        byte[] filter = MessageCodec.utf8(f.filter());
        byte[] function = MessageCodec.utf8(f.function().name());
        byte[] pool = MessageCodec.utf8(f.pool());
        ByteBuffer out = ByteBuffer.allocate(2 + filter.length + 2 + function.length + pool.length);
        MessageCodec.writeText(filter, out);
        MessageCodec.writeText(function, out);
        return out.put(pool).array();
    }

    public static byte[] fetch(Fetch f) {
        ByteBuffer out = ByteBuffer.allocate(1 + 2 * MessageId.BYTES).put(MessageCodec.VERSION);
        return out.put(f.after().toBytes()).put(f.until().toBytes()).array();
    }

    public static Fetch fetch(ByteBuffer name, byte[] value) throws Damaged {
        try {
            MessageCodec.version(ByteBuffer.wrap(value));
            String filter = MessageCodec.readText(name);
            OpKind function = OpKind.valueOf(MessageCodec.readText(name));
            String pool = new String(MessageCodec.bytes(name, name.remaining()), StandardCharsets.UTF_8);
            MessageId after = MessageId.ofBytes(value, 1);
            return new Fetch(filter, pool, function, after, MessageId.ofBytes(value, 1 + MessageId.BYTES));
        } catch (BufferUnderflowException | IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new Damaged("a fetch: " + e.getMessage());
        }
    }
}
