package dev.mooring.store.codec;

import dev.mooring.message.Message;
import dev.mooring.message.TopicFilter;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreOp.Enqueue.Entry;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A place in the queue of a session: version 1, flags 1 (qos 0..1, retain 4, shared 8, body elsewhere 16), size 4,
 * identifiers 2+4n, [s(shared filter)], [message].
 *
 * @param sizeBytes {@link Message#sizeBytes()}, so that bounds are kept without reading the message
 * @param message null when the body stands elsewhere, once for several queues
 */
public record EntryCodec(
        int qos,
        boolean retain,
        int sizeBytes,
        int[] identifiers,
        @Nullable TopicFilter shared,
        boolean bodyElsewhere,
        @Nullable Message message) {
    /** Version, flags and size: what counting needs. */
    public static final int HEAD = 1 + 1 + 4;

    private static final int[] NO_IDENTIFIERS = {};
    private static final int QOS = 3;
    private static final int RETAIN = 4;
    private static final int SHARED = 8;
    private static final int ELSEWHERE = 16;

    public static int sizeMax(Entry e, Message m, boolean inline) {
        int shared = e.shared() == null ? 0 : 2 + 3 * e.shared().text().length();
        return HEAD + 2 + 4 * e.identifiers().length + shared + (inline ? MessageCodec.sizeMax(m) : 0);
    }

    public static void write(Entry e, Message m, boolean inline, ByteBuffer out) {
        TopicFilter shared = e.shared();
        out.put(MessageCodec.VERSION);
        out.put((byte)
                (e.qos() | (e.retain() ? RETAIN : 0) | (shared == null ? 0 : SHARED) | (inline ? 0 : ELSEWHERE)));
        out.putInt(m.sizeBytes());
        out.put(identifiers(e.identifiers()));
        if (shared != null) {
            MessageCodec.writeText(MessageCodec.utf8(shared.text()), out);
        }
        if (inline) {
            MessageCodec.write(m, out);
        }
    }

    /** Reads up to the end of {@code in}. */
    public static EntryCodec read(ByteBuffer in, boolean withMessage) throws Damaged {
        return read(in, withMessage, new LastNames());
    }

    /** As {@link #read(ByteBuffer, boolean)}, for one of several. */
    public static EntryCodec read(ByteBuffer in, boolean withMessage, LastNames names) throws Damaged {
        try {
            MessageCodec.version(in);
            int flags = in.get();
            int size = in.getInt();
            int count = in.getShort() & 0xFFFF;
            if (count * 4 > in.remaining()) {
                throw new Damaged("a queue entry with " + count + " identifiers in " + in.remaining() + " bytes");
            }
            int[] identifiers = count == 0 ? NO_IDENTIFIERS : new int[count];
            for (int i = 0; i < count; i++) {
                identifiers[i] = in.getInt();
            }
            TopicFilter shared = (flags & SHARED) == 0 ? null : readFilter(in);
            boolean elsewhere = (flags & ELSEWHERE) != 0;
            Message message = elsewhere || !withMessage ? null : MessageCodec.read(in, names);
            return new EntryCodec(flags & QOS, (flags & RETAIN) != 0, size, identifiers, shared, elsewhere, message);
        } catch (BufferUnderflowException e) {
            throw new Damaged("a queue entry ends too early");
        }
    }

    /** The same entry after {@link StoreOp.QueueMove}; one that can't be read stays as it is. */
    public static byte[] moved(byte[] entry, StoreOp.QueueMove by) {
        ByteBuffer in = ByteBuffer.wrap(entry);
        int from = HEAD + 2;
        int count = entry.length < from ? Integer.MAX_VALUE : in.getShort(HEAD) & 0xFFFF;
        if (count > (entry.length - from) / 4) {
            return entry;
        }
        int rest = from + 4 * count;
        int flags = in.get(1) & 0xFF;
        int qos = Math.min(flags & QOS, by.qosMax());
        int kept = flags & ~QOS & (by.retain() ? ~0 : ~RETAIN);
        ByteBuffer out = ByteBuffer.allocate(from + 4 * by.identifiers().length + entry.length - rest);
        out.put(in.get(0)).put((byte) (kept | qos)).putInt(in.getInt(2));
        out.put(identifiers(by.identifiers())).put(entry, rest, entry.length - rest);
        return out.array();
    }

    /** Their number and they, as they stand in an entry. */
    public static byte[] identifiers(int[] identifiers) {
        ByteBuffer out = ByteBuffer.allocate(2 + 4 * identifiers.length);
        out.putShort((short) identifiers.length);
        for (int identifier : identifiers) {
            out.putInt(identifier);
        }
        return out.array();
    }

    /** {@code head} holds at least {@link #HEAD} bytes of a value, from its position. */
    public static int sizeBytes(ByteBuffer head) {
        return head.getInt(head.position() + 2);
    }

    public static boolean isElsewhere(ByteBuffer head) {
        return (head.get(head.position() + 1) & ELSEWHERE) != 0;
    }

    private static TopicFilter readFilter(ByteBuffer in) throws Damaged {
        String text = MessageCodec.readText(in);
        TopicFilter filter = TopicFilter.parse(text);
        if (filter == null) {
            throw new Damaged("a queue entry with a shared filter that is none");
        }
        return filter;
    }
}
