package dev.mooring.mqtt;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;

/**
 * The payload of the PUBLISH that is being handled, where it lies in the read buffer. Only valid while
 * {@link PacketHandler#publish} runs: who keeps the payload takes a {@link #copy}. One for each decoder, confined to
 * the event loop of its connection.
 */
public final class Payload {
    private static final byte[] EMPTY = {};

    private ByteBuf in = Unpooled.EMPTY_BUFFER;
    private int at;
    private int length;

    /** Starts on {@code bytes} bytes from {@code from}, which the buffer has. */
    void open(ByteBuf buffer, int from, int bytes) {
        in = buffer;
        at = from;
        length = bytes;
    }

    /** Lets go of the buffer. */
    void close() {
        open(Unpooled.EMPTY_BUFFER, 0, 0);
    }

    /** Bytes. */
    public int length() {
        return length;
    }

    /** Whether it is what MQTT calls UTF-8 encoded character data (§1.5.4, [MQTT-3.3.2-4]). */
    public boolean isUtf8() {
        return Utf8.isValid(in, at, length);
    }

    /** An array of its own. */
    public byte[] copy() {
        return length == 0 ? EMPTY : ByteBufUtil.getBytes(in, at, length, true);
    }
}
