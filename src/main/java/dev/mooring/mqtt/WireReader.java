package dev.mooring.mqtt;

import dev.mooring.message.ReasonCode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A cursor over the body of one packet that can't leave it.
 *
 * <p>The first thing that is wrong is kept in {@link #failure()}; from then on nothing remains to be read and every
 * read gives zero or an empty value. So a parser may read field after field and ask once at the end, without exceptions
 * and without a check per field. Confined to the event loop of its connection.
 */
final class WireReader {
    private static final byte[] NO_BYTES = {};

    private ByteBuf in = Unpooled.EMPTY_BUFFER;
    private int at;
    private int end;
    private @Nullable ReasonCode failure;
    private String failureText = "";

    /** Starts on the bytes from {@code from} to before {@code to}, which the buffer has. */
    void open(ByteBuf buffer, int from, int to) {
        in = buffer;
        at = from;
        end = to;
        failure = null;
        failureText = "";
    }

    /** Lets go of the buffer, so that an idle connection keeps no memory alive. */
    void close() {
        in = Unpooled.EMPTY_BUFFER;
        at = 0;
        end = 0;
    }

    ByteBuf buffer() {
        return in;
    }

    int at() {
        return at;
    }

    int remaining() {
        return end - at;
    }

    boolean failed() {
        return failure != null;
    }

    @Nullable
    ReasonCode failure() {
        return failure;
    }

    String failureText() {
        return failureText;
    }

    void fail(ReasonCode reason, String text) {
        if (failure == null) {
            failure = reason;
            failureText = text;
        }
        at = end;
    }

    /** Every byte of a packet has a meaning; leftovers mean that the two sides disagree about what was said. */
    void expectEnd() {
        if (at != end) {
            fail(ReasonCode.MALFORMED_PACKET, "bytes left over at the end of the packet");
        }
    }

    /** Narrows the reader to the next {@code length} bytes; the result goes to {@link #widen}. */
    int narrow(int length) {
        int outer = end;
        if (length > end - at) {
            fail(ReasonCode.MALFORMED_PACKET, "properties run past the end of the packet");
        } else {
            end = at + length;
        }
        return outer;
    }

    void widen(int outer) {
        end = outer;
        if (failure != null) {
            at = end;
        }
    }

    int u8() {
        return has(1) ? in.getUnsignedByte(at++) : 0;
    }

    int u16() {
        if (!has(2)) {
            return 0;
        }
        int value = in.getUnsignedShort(at);
        at += 2;
        return value;
    }

    long u32() {
        if (!has(4)) {
            return 0;
        }
        long value = in.getUnsignedInt(at);
        at += 4;
        return value;
    }

    /** Variable Byte Integer, §1.5.5: at most four bytes, and no more than needed ([MQTT-1.5.5-1]). */
    int variableByteInteger() {
        int value = 0;
        for (int shift = 0; shift <= 21; shift += 7) {
            if (!has(1)) {
                return 0;
            }
            int b = in.getUnsignedByte(at++);
            value |= (b & 0x7F) << shift;
            if (b < 0x80) {
                if (b == 0 && shift > 0) {
                    fail(ReasonCode.MALFORMED_PACKET, "variable byte integer is longer than needed");
                }
                return value;
            }
        }
        fail(ReasonCode.MALFORMED_PACKET, "variable byte integer has more than four bytes");
        return 0;
    }

    /** Packet Identifier, never zero ([MQTT-2.2.1-3]). */
    int packetId() {
        int id = u16();
        if (id == 0) {
            fail(ReasonCode.PROTOCOL_ERROR, "packet identifier is zero");
        }
        return id;
    }

    /** UTF-8 Encoded String, §1.5.4. {@code what} names the field in the failure. */
    String string(String what) {
        int length = u16();
        int from = skipUtf8(length, what);
        return failure != null || length == 0 ? "" : in.toString(from, length, StandardCharsets.UTF_8);
    }

    /** Checks a string and leaves it where it is. */
    void skipString(String what) {
        skipUtf8(u16(), what);
    }

    /** Passes over {@code length} bytes of UTF-8 and gives where they begin. */
    int skipUtf8(int length, String what) {
        int from = skip(length);
        if (failure == null && !Utf8.isValid(in, from, length)) {
            fail(ReasonCode.MALFORMED_PACKET, what + " is not well-formed UTF-8 without U+0000");
        }
        return from;
    }

    /** Binary Data, §1.5.6. */
    byte[] binary() {
        return bytes(u16());
    }

    /** The next {@code length} bytes in an array of their own. */
    byte[] bytes(int length) {
        int from = skip(length);
        return failure != null || length == 0 ? NO_BYTES : ByteBufUtil.getBytes(in, from, length, true);
    }

    /** Passes over {@code length} bytes and gives where they begin. */
    int skip(int length) {
        int from = at;
        if (has(length)) {
            at += length;
        }
        return from;
    }

    private boolean has(int bytes) {
        if (end - at >= bytes) {
            return true;
        }
        fail(ReasonCode.MALFORMED_PACKET, "packet is shorter than its fields");
        return false;
    }
}
