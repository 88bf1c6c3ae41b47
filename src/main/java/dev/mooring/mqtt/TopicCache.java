package dev.mooring.mqtt;

import dev.mooring.message.TopicName;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The topic names that the connections of one event loop used lately, by their bytes. Devices publish to the same topic
 * again and again; a hit costs a hash and a comparison, and no check, no text and no garbage.
 *
 * <p>Direct-mapped: a name has one slot, and the last one to come takes it. So the cache can't grow, needs no order of
 * use, and an attacker with colliding names gains nothing but the cost of a miss. Full, it holds about 3 MB. Confined
 * to its event loop.
 */
public final class TopicCache {
    private static final int SLOTS = 4096;
    private static final int CACHED_BYTES_MAX = 256;
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private final @Nullable TopicName[] slots = new TopicName[SLOTS];

    /**
     * The name in these bytes, which the buffer has; null when they are no topic name: bad UTF-8, U+0000, a wildcard,
     * or nothing at all.
     */
    @Nullable
    TopicName get(ByteBuf in, int at, int length) {
        if (length > CACHED_BYTES_MAX) {
            return read(in, at, length);
        }
        int slot = slot(in, at, length);
        TopicName cached = slots[slot];
        if (cached != null && isSame(cached.utf8(), in, at, length)) {
            return cached;
        }
        TopicName name = read(in, at, length);
        if (name != null) {
            slots[slot] = name;
        }
        return name;
    }

    /** As {@link #get}, for names that will hardly come again, such as those of Wills. */
    static @Nullable TopicName read(ByteBuf in, int at, int length) {
        if (length == 0 || !Utf8.isValid(in, at, length)) {
            return null;
        }
        byte[] utf8 = ByteBufUtil.getBytes(in, at, length, true);
        for (byte b : utf8) {
            if (b == '+' || b == '#') {
                return null;
            }
        }
        return TopicName.ofChecked(new String(utf8, StandardCharsets.UTF_8), utf8);
    }

    private static int slot(ByteBuf in, int at, int length) {
        long hash = length;
        int i = 0;
        for (; i + 8 <= length; i += 8) {
            hash = (hash ^ in.getLong(at + i)) * 0x9E37_79B9_7F4A_7C15L;
            hash ^= hash >>> 32;
        }
        for (; i < length; i++) {
            hash = (hash ^ in.getByte(at + i)) * 0x9E37_79B9_7F4A_7C15L;
        }
        hash ^= hash >>> 32;
        return (int) (hash ^ hash >>> 16) & SLOTS - 1;
    }

    private static boolean isSame(byte[] utf8, ByteBuf in, int at, int length) {
        if (utf8.length != length) {
            return false;
        }
        int i = 0;
        for (; i + 8 <= length; i += 8) {
            if ((long) LONGS.get(utf8, i) != in.getLong(at + i)) {
                return false;
            }
        }
        for (; i < length; i++) {
            if (utf8[i] != in.getByte(at + i)) {
                return false;
            }
        }
        return true;
    }
}
