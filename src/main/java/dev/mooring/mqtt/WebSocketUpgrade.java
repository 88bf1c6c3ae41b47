package dev.mooring.mqtt;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshaker13;
import io.netty.util.ReferenceCountUtil;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP request that begins a WebSocket connection (RFC 6455 §4.2). Answers it once, then makes room for
 * {@link WebSocketFrames} or closes. Confined to the event loop of its connection.
 */
final class WebSocketUpgrade extends ChannelInboundHandlerAdapter {
    private static final String SUB_PROTOCOL = "mqtt"; // [MQTT-6.0.0-3], [MQTT-6.0.0-4]
    private static final String VERSION = "13";

    private final String path;
    private final int maxFrameBytes;
    private final Set<String> origins;
    private @Nullable HttpRequest request;
    private boolean answered;

    WebSocketUpgrade(String path, int maxFrameBytes, Set<String> origins) {
        this.path = path;
        this.maxFrameBytes = maxFrameBytes;
        this.origins = Set.copyOf(origins);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        try {
            if (!answered) {
                read(ctx, msg);
            }
        } finally {
            ReferenceCountUtil.release(msg);
        }
    }

    private void read(ChannelHandlerContext ctx, Object msg) {
        if (msg instanceof HttpRequest head) {
            request = head;
            HttpResponseStatus refusal = refusal(head);
            if (refusal != null) {
                refuse(ctx, refusal);
                return;
            }
        }
        if (msg instanceof HttpContent content && request != null) {
            if (content.content().isReadable() || content.decoderResult().isFailure()) {
                refuse(ctx, HttpResponseStatus.BAD_REQUEST); // an upgrade has no body
            } else if (msg instanceof LastHttpContent) {
                upgrade(ctx, request);
            }
        }
    }

    /** Why the request can't be served; null when it can. */
    private @Nullable HttpResponseStatus refusal(HttpRequest head) {
        if (head.decoderResult().isFailure()) {
            Throwable cause = head.decoderResult().cause();
            return cause instanceof TooLongHttpLineException
                    ? HttpResponseStatus.REQUEST_URI_TOO_LONG
                    : cause instanceof TooLongHttpHeaderException
                            ? HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
                            : HttpResponseStatus.BAD_REQUEST;
        }
        int query = head.uri().indexOf('?');
        if (!path.equals(query < 0 ? head.uri() : head.uri().substring(0, query))) {
            return HttpResponseStatus.NOT_FOUND;
        }
        if (!HttpMethod.GET.equals(head.method())) {
            return HttpResponseStatus.METHOD_NOT_ALLOWED;
        }
        HttpHeaders headers = head.headers();
        String origin = headers.get(HttpHeaderNames.ORIGIN);
        if (!origins.isEmpty() && origin != null && !origins.contains(origin)) {
            return HttpResponseStatus.FORBIDDEN;
        }
        boolean webSocket = headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)
                && headers.containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true);
        if (!webSocket || !VERSION.equals(headers.get(HttpHeaderNames.SEC_WEBSOCKET_VERSION))) {
            return HttpResponseStatus.UPGRADE_REQUIRED;
        }
        boolean complete = headers.contains(HttpHeaderNames.SEC_WEBSOCKET_KEY)
                && headers.containsValue(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL, SUB_PROTOCOL, false);
        return complete ? null : HttpResponseStatus.BAD_REQUEST;
    }

    private void upgrade(ChannelHandlerContext ctx, HttpRequest head) {
        answered = true;
        HttpHeaders headers = new DefaultHttpHeaders().add(head.headers());
        // The client may offer several, on several lines; the handshaker would look at the first line only.
        headers.set(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL, SUB_PROTOCOL);
        DefaultFullHttpRequest whole = new DefaultFullHttpRequest(
                head.protocolVersion(),
                head.method(),
                head.uri(),
                Unpooled.EMPTY_BUFFER,
                headers,
                EmptyHttpHeaders.INSTANCE);
        WebSocketDecoderConfig config = WebSocketDecoderConfig.newBuilder()
                .maxFramePayloadLength(maxFrameBytes)
                .expectMaskedFrames(true)
                .allowMaskMismatch(false)
                .allowExtensions(false)
                .closeOnProtocolViolation(true)
                .withUTF8Validator(false) // text is refused anyhow
                .build();
        ctx.pipeline().replace(this, WebSocketFrames.FRAMES, new WebSocketFrames());
        new WebSocketServerHandshaker13(head.uri(), SUB_PROTOCOL, config)
                .handshake(ctx.channel(), whole)
                .addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    }

    private void refuse(ChannelHandlerContext ctx, HttpResponseStatus status) {
        answered = true;
        FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.EMPTY_BUFFER);
        response.headers()
                .set(HttpHeaderNames.CONTENT_LENGTH, 0)
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        if (status.equals(HttpResponseStatus.UPGRADE_REQUIRED)) {
            response.headers()
                    .set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET)
                    .set(HttpHeaderNames.SEC_WEBSOCKET_VERSION, VERSION);
        }
        ctx.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
    }
}
