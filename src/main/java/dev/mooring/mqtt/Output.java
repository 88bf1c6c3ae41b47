package dev.mooring.mqtt;

import dev.mooring.message.Message;
import dev.mooring.message.ReasonCode;
import dev.mooring.metrics.LoopMetrics;
import dev.mooring.session.Packet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.ssl.SslHandler;
import org.jspecify.annotations.Nullable;

/**
 * What a connection writes in one tick: small packets side by side in one buffer, large payloads as slices between, one
 * flush at the end. Confined to the connection's loop.
 */
final class Output {
    private static final int BUFFER_BYTES = 2_048;
    /** A buffer of this size is handed to the channel within the tick, so that the channel's water marks see it. */
    private static final int HAND_OVER_BYTES = 64 * 1024;

    /** What an alias adds to a PUBLISH: its property, and lengths that this makes longer. */
    private static final int ALIAS_BYTES = 5;

    private final ChannelHandlerContext ctx;
    private final Loop loop;
    private final LoopMetrics figures;
    private final PacketTap tap;
    private @Nullable ByteBuf buffer;
    private int version = 4;
    private int maxPacketSize = Integer.MAX_VALUE;
    private @Nullable TopicAliases aliases;

    Output(ChannelHandlerContext ctx, Loop loop, PacketTap tap) {
        this.tap = tap;
        this.ctx = ctx;
        this.loop = loop;
        this.figures = loop.node.metrics().loops().get(loop.number);
    }

    /** @param aliasMaximum topic aliases the client accepts and we use, 0 for none */
    void protocol(int protocolVersion, int maximumPacketSize, int aliasMaximum) {
        version = protocolVersion;
        maxPacketSize = maximumPacketSize;
        aliases = aliasMaximum > 0 ? new TopicAliases(aliasMaximum) : null;
    }

    int version() {
        return version;
    }

    int maxPacketSize() {
        return maxPacketSize;
    }

    /** Whether the channel takes more: less than its high water mark waits. */
    boolean writable() {
        return ctx.channel().isWritable();
    }

    /** False, and nothing is written, when it is larger than the client takes. */
    boolean connack(int protocolVersion, Packet.Connack connack, int maximumPacketSize) {
        int from = buffer().writerIndex();
        PacketEncoder.connack(buffer(), protocolVersion, connack, maximumPacketSize);
        return wroteIfAtMost(maximumPacketSize, from, FixedHeader.CONNACK);
    }

    /** As {@link #connack}, to a 5.0 client. */
    boolean auth(Packet.Auth auth) {
        int from = buffer().writerIndex();
        PacketEncoder.auth(buffer(), auth, null, maxPacketSize);
        return wroteIfAtMost(maxPacketSize, from, FixedHeader.AUTH);
    }

    /** What the client takes ([MQTT-3.1.2-24]); what is larger is taken back. */
    private boolean wroteIfAtMost(int maxBytes, int from, int type) {
        boolean fits = buffer().writerIndex() - from <= maxBytes;
        if (fits) {
            wrote(type);
        } else {
            buffer().writerIndex(from);
        }
        return fits;
    }

    /** Whether the client takes a SUBACK or UNSUBACK with so many reason codes ([MQTT-3.1.2-24]). */
    boolean takesReasons(int count) {
        int body = 3 + count; // packet identifier, no properties, the codes
        return version != 5 || 1 + VariableByteInteger.size(body) + body <= maxPacketSize;
    }

    void pingresp() {
        PacketEncoder.pingresp(buffer());
        wrote(FixedHeader.PINGRESP);
    }

    void disconnect(ReasonCode reason, @Nullable String serverReference, @Nullable String reasonString) {
        PacketEncoder.disconnect(buffer(), reason, serverReference, reasonString, maxPacketSize);
        wrote(FixedHeader.DISCONNECT);
    }

    /** Where a small packet may be appended; {@link #wrote} must follow. */
    ByteBuf buffer() {
        ByteBuf b = buffer;
        if (b == null) {
            b = ctx.alloc().directBuffer(BUFFER_BYTES);
            buffer = b;
        }
        return b;
    }

    /** @param type of the packet, as in the fixed header */
    void wrote(int type) {
        figures.sent(type);
        tap.sent(type);
        handOver();
    }

    private void handOver() {
        ByteBuf b = buffer;
        if (b != null && b.readableBytes() >= HAND_OVER_BYTES) {
            buffer = null;
            write(b);
        }
    }

    private void write(ByteBuf bytes) {
        loop.node.metrics().bytesSent.add(bytes.readableBytes());
        ctx.write(bytes, ctx.voidPromise());
    }

    /** Appends PUBLISH; false when it is larger than the client takes. Returns the bytes written, or -1. */
    int publish(Message m, int packetId, boolean dup, int qos, boolean retain, int[] identifiers, long nowMs) {
        int bytes = encode(m, packetId, dup, qos, retain, identifiers, nowMs);
        if (bytes >= 0) {
            figures.messageSent(qos);
            figures.sent(FixedHeader.PUBLISH);
            tap.sent(m, packetId, dup, qos, retain);
            handOver();
        }
        return bytes;
    }

    private int encode(Message m, int packetId, boolean dup, int qos, boolean retain, int[] identifiers, long nowMs) {
        boolean large = m.payload().length >= FrameCache.SLICE_FROM;
        if (version != 5) {
            if (!fits(PublishEncoder.size(version, qos, m))) {
                return -1;
            }
            if (!large) {
                ByteBuf out = buffer();
                int start = out.writerIndex();
                loop.frames.write(out, version, dup, qos, retain, packetId, m);
                return out.writerIndex() - start;
            }
        }
        return publishWithProperties(m, packetId, dup, qos, retain, identifiers, nowMs, large);
    }

    private int publishWithProperties(
            Message m,
            int packetId,
            boolean dup,
            int qos,
            boolean retain,
            int[] identifiers,
            long nowMs,
            boolean large) {
        long expiryS = m.expiresAtMs() == Message.NEVER ? -1 : Math.max(0, (m.expiresAtMs() - nowMs + 999) / 1000);
        TopicAliases table = aliases;
        if (table == null && expiryS < 0 && identifiers.length == 0 && !large && version == 5) {
            if (!fits(PublishEncoder.size(version, qos, m))) {
                return -1;
            }
            ByteBuf out = buffer();
            int start = out.writerIndex();
            loop.frames.write(out, version, dup, qos, retain, packetId, m);
            return out.writerIndex() - start;
        }
        long size = PublishEncoder.size(version, qos, 0, true, identifiers, expiryS, m);
        if (!fits(size)) {
            return -1; // the bytes that an alias could save are not counted on
        }
        int alias = 0;
        boolean sendTopic = true;
        if (table != null && version == 5 && fits(size + ALIAS_BYTES)) {
            alias = table.use(m.topic());
            if (alias < 0) {
                alias = -alias;
                sendTopic = false;
            }
        }
        ByteBuf out = buffer();
        int start = out.writerIndex();
        if (!large) {
            PublishEncoder.write(out, version, dup, qos, retain, packetId, alias, sendTopic, identifiers, expiryS, m);
            return out.writerIndex() - start;
        }
        PublishEncoder.writeHeader(out, version, dup, qos, retain, packetId, alias, sendTopic, identifiers, expiryS, m);
        int header = out.writerIndex() - start;
        buffer = null;
        write(out);
        write(loop.frames.payload(ctx.alloc(), m));
        return header + m.payload().length;
    }

    private boolean fits(long size) {
        return size <= maxPacketSize;
    }

    void flush() {
        ByteBuf b = buffer;
        if (b != null) {
            buffer = null;
            write(b);
        }
        ctx.flush();
    }

    /** Sends what was collected, then closes; a client that does not read gets a while, not for ever. */
    void flushAndClose() {
        lastWords().addListener(sent -> ctx.close());
        loop.lingering.limit(ctx.channel());
    }

    /**
     * As {@link #flushAndClose}, but for a client that may still be sending. A socket that is closed over bytes that
     * nobody has read is reset, and the reset may overtake the reason of the end. So the end is told at once, and what
     * still comes is thrown away until the client closes, too, or the while is over.
     */
    void hangUp() {
        lastWords().addListener(sent -> {
            if (ctx.channel() instanceof DuplexChannel duplex && sent.isSuccess() && loop.lingering.begin(duplex)) {
                endTls().addListener(ended -> duplex.shutdownOutput());
            } else {
                ctx.close();
            }
        });
        loop.lingering.limit(ctx.channel());
    }

    /** TLS has an end of its own (close_notify), without which what was sent counts as cut off. */
    private ChannelFuture endTls() {
        SslHandler tls = ctx.pipeline().get(SslHandler.class);
        return tls == null ? ctx.newSucceededFuture() : tls.closeOutbound();
    }

    private ChannelFuture lastWords() {
        ByteBuf b = buffer;
        buffer = null;
        if (b != null) {
            write(b);
        }
        boolean webSocket = ctx.pipeline().context(WebSocketFrames.FRAMES) != null;
        return ctx.writeAndFlush(
                webSocket ? new CloseWebSocketFrame(WebSocketCloseStatus.NORMAL_CLOSURE) : Unpooled.EMPTY_BUFFER);
    }

    void release() {
        if (buffer != null) {
            buffer.release();
            buffer = null;
        }
    }
}
