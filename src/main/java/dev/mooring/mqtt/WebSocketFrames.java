package dev.mooring.mqtt;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import java.util.Set;

/**
 * MQTT over WebSocket, MQTT 5.0 §6: frames to bytes and back, so that the handlers behind see a plain connection.
 *
 * <p>Messages are one stream of bytes ([MQTT-6.0.0-2]): the content of each binary or continuation frame is passed on
 * as it comes, whatever the boundaries. The frame decoder in front refuses what is not masked, not in order, or longer
 * than the limit, before it buffers any of it. There is no compression, and so no bomb to inflate. Confined to the
 * event loop of its connection.
 */
public final class WebSocketFrames extends ChannelDuplexHandler {
    private static final String CODEC = "websocket-http";
    static final String UPGRADE = "websocket-upgrade";
    static final String FRAMES = "websocket-frames";

    private boolean closing;

    WebSocketFrames() {}

    /**
     * Puts WebSocket in front of the handler {@code before}, which from then on reads and writes {@link ByteBuf}s. The
     * deadline for CONNECT must run already: nothing here ends a client that never finishes its request.
     *
     * @param path where the endpoint is, such as {@code /mqtt}; a query is ignored
     * @param maxHeaderBytes of the HTTP request, for its first line and for its headers each
     * @param maxFrameBytes payload of one frame; a sensible value is the Maximum Packet Size
     * @param origins values of the Origin header that may come in; empty for all. A request without that header comes
     *     from no browser and is not held against the list
     */
    public static void install(
            ChannelPipeline pipeline,
            String before,
            String path,
            int maxHeaderBytes,
            int maxFrameBytes,
            Set<String> origins) {
        HttpDecoderConfig http =
                new HttpDecoderConfig().setMaxInitialLineLength(maxHeaderBytes).setMaxHeaderSize(maxHeaderBytes);
        pipeline.addBefore(before, CODEC, new HttpServerCodec(http));
        pipeline.addBefore(before, UPGRADE, new WebSocketUpgrade(path, maxFrameBytes, origins));
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (closing) {
            ReferenceCountUtil.release(msg);
        } else if (msg instanceof BinaryWebSocketFrame || msg instanceof ContinuationWebSocketFrame) {
            ctx.fireChannelRead(((WebSocketFrame) msg).content());
        } else if (msg instanceof PingWebSocketFrame ping) {
            ctx.writeAndFlush(new PongWebSocketFrame(ping.content()));
        } else if (msg instanceof CloseWebSocketFrame close) {
            close(ctx, close);
        } else {
            boolean pong = msg instanceof PongWebSocketFrame;
            ReferenceCountUtil.release(msg);
            if (!pong) { // text, [MQTT-6.0.0-1], or bytes that came before the upgrade was answered
                close(ctx, new CloseWebSocketFrame(WebSocketCloseStatus.INVALID_MESSAGE_TYPE));
            }
        }
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
        boolean bytes = msg instanceof ByteBuf buffer && buffer.isReadable();
        ctx.write(bytes ? new BinaryWebSocketFrame((ByteBuf) msg) : msg, promise);
    }

    /** The frame decoder has answered and is closing already; nobody behind needs to hear of a client's bad frame. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause.getCause() instanceof CorruptedWebSocketFrameException
                || cause instanceof CorruptedWebSocketFrameException) {
            closing = true;
        } else {
            ctx.fireExceptionCaught(cause);
        }
    }

    private void close(ChannelHandlerContext ctx, CloseWebSocketFrame answer) {
        closing = true;
        ctx.writeAndFlush(answer).addListener(ChannelFutureListener.CLOSE);
    }
}
