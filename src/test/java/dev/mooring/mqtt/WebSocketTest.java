package dev.mooring.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The raw bytes of a WebSocket client against the handlers that {@link WebSocketFrames#install} puts in. */
class WebSocketTest {
    private static final String KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    private static final String UPGRADE = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n";
    private static final int MAX_FRAME = 1000;

    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private final EmbeddedChannel channel = channel(Set.of());

    @AfterEach
    void release() {
        channel.finishAndReleaseAll();
    }

    private EmbeddedChannel channel(Set<String> origins) {
        EmbeddedChannel created = new EmbeddedChannel();
        created.pipeline().addLast("mqtt", new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object msg) {
                ByteBuf bytes = (ByteBuf) msg;
                byte[] copy = new byte[bytes.readableBytes()];
                bytes.readBytes(copy);
                bytes.release();
                received.writeBytes(copy);
            }
        });
        WebSocketFrames.install(created.pipeline(), "mqtt", "/mqtt", 2048, MAX_FRAME, origins);
        return created;
    }

    private static String output(EmbeddedChannel channel) {
        StringBuilder out = new StringBuilder();
        for (ByteBuf part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
            out.append(part.toString(StandardCharsets.ISO_8859_1));
            part.release();
        }
        return out.toString();
    }

    private static void send(EmbeddedChannel channel, String text) {
        channel.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1));
    }

    private void upgraded() {
        send(channel, "GET /mqtt HTTP/1.1\r\nHost: h\r\n" + UPGRADE + KEY + "Sec-WebSocket-Protocol: mqtt\r\n\r\n");
        assertThat(output(channel)).startsWith("HTTP/1.1 101 ");
    }

    private static byte[] frame(int first, int length, boolean masked, byte... payload) {
        ByteBuf out = Unpooled.buffer();
        out.writeByte(first);
        int mask = masked ? 0x80 : 0;
        if (length < 126) {
            out.writeByte(mask | length);
        } else {
            out.writeByte(mask | 126).writeShort(length);
        }
        if (masked) {
            out.writeInt(0x01020304);
        }
        for (int i = 0; i < payload.length; i++) {
            out.writeByte(masked ? payload[i] ^ (i % 4 + 1) : payload[i]);
        }
        byte[] bytes = new byte[out.readableBytes()];
        out.readBytes(bytes);
        return bytes;
    }

    private static byte[] frame(int first, byte... payload) {
        return frame(first, payload.length, true, payload);
    }

    @Test
    @DisplayName("[MQTT-6.0.0-4] the sub-protocol mqtt is selected among those offered")
    void subProtocolIsSelected() {
        send(
                channel,
                "GET /mqtt?x=1 HTTP/1.1\r\nHost: h\r\n" + UPGRADE + KEY
                        + "Sec-WebSocket-Protocol: mqttv3.1\r\nSec-WebSocket-Protocol: chat, mqtt\r\n\r\n");
        String answer = output(channel);
        assertThat(answer).startsWith("HTTP/1.1 101 ");
        assertThat(answer.toLowerCase(java.util.Locale.ROOT))
                .contains("sec-websocket-protocol: mqtt\r\n")
                .contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=\r\n")
                .doesNotContain("permessage-deflate");
    }

    @ParameterizedTest(name = "{2} for {0} {1}")
    @CsvSource({
        "GET, /other, 404, UKP",
        "GET, /mqttx, 404, UKP",
        "POST, /mqtt, 405, UKP",
        "GET, /mqtt, 400, UK",
        "GET, /mqtt, 400, UKp",
        "GET, /mqtt, 400, UP",
        "GET, /mqtt, 426, KP",
        "GET, /mqtt, 426, VKP",
        "GET, /mqtt, 400, BUKP",
        "GET, /mqtt, 431, LUKP"
    })
    void otherRequestsAreRefused(String method, String path, int status, String headers) {
        String text = headers.chars()
                .mapToObj(c -> switch (c) {
                    case 'U' -> UPGRADE;
                    case 'V' -> UPGRADE.replace("13", "8");
                    case 'K' -> KEY;
                    case 'P' -> "Sec-WebSocket-Protocol: mqtt\r\n";
                    case 'p' -> "Sec-WebSocket-Protocol: mqttv3.1\r\n";
                    case 'B' -> "Content-Length: 1\r\n";
                    default -> "X-Long: " + "x".repeat(3000) + "\r\n";
                })
                .reduce("", String::concat);
        send(channel, method + " " + path + " HTTP/1.1\r\nHost: h\r\n" + text + "\r\nx");
        assertThat(output(channel)).startsWith("HTTP/1.1 " + status + " ");
        assertThat(channel.isOpen()).isFalse();
        assertThat(received.size()).isZero();
    }

    @ParameterizedTest(name = "Origin {0}: {1}")
    @CsvSource({"https://ok.example, 101", "https://evil.example, 403", "null, 403", "'', 101"})
    void originsAreChecked(String origin, int status) {
        EmbeddedChannel strict = channel(Set.of("https://ok.example"));
        String header = origin.isEmpty() ? "" : "Origin: " + origin + "\r\n";
        send(
                strict,
                "GET /mqtt HTTP/1.1\r\nHost: h\r\n" + UPGRADE + KEY + header + "Sec-WebSocket-Protocol: mqtt\r\n\r\n");
        assertThat(output(strict)).startsWith("HTTP/1.1 " + status + " ");
        strict.finishAndReleaseAll();
    }

    @Test
    @DisplayName("[MQTT-6.0.0-2] frames are a byte stream, fragmented or not, whatever their boundaries")
    void framesAreAByteStream() {
        upgraded();
        byte[] frames = Wire.join(
                frame(0x82, (byte) 1, (byte) 2),
                frame(0x02, (byte) 3),
                frame(0x89, (byte) 9), // a ping between fragments
                frame(0x00),
                frame(0x00, (byte) 4, (byte) 5),
                frame(0x80, (byte) 6),
                frame(0x8A),
                frame(0x82, (byte) 7));
        for (byte b : frames) {
            channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {b}));
        }
        assertThat(received.toByteArray()).containsExactly(1, 2, 3, 4, 5, 6, 7);
        assertThat(output(channel)).isEqualTo("\u008A\u0001\t");
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void outboundBytesBecomeBinaryFrames() {
        upgraded();
        channel.writeOutbound(Unpooled.wrappedBuffer(new byte[] {(byte) 0xD0, 0}));
        assertThat(output(channel)).isEqualTo("\u0082\u0002\u00D0\u0000");
        channel.writeOutbound(Unpooled.EMPTY_BUFFER);
        assertThat(output(channel)).isEmpty();
    }

    @Test
    @DisplayName("[MQTT-6.0.0-1] a text frame closes the connection, with 1003")
    void textIsRefused() {
        upgraded();
        channel.writeInbound(Unpooled.wrappedBuffer(frame(0x81, (byte) 'a'), frame(0x82, (byte) 1)));
        assertThat(output(channel)).startsWith("\u0088").contains("\u0003\u00EB");
        assertThat(channel.isOpen()).isFalse();
        assertThat(received.size()).isZero();
    }

    @Test
    void closeIsAnswered() {
        upgraded();
        channel.writeInbound(Unpooled.wrappedBuffer(frame(0x88, (byte) 3, (byte) 0xE8)));
        assertThat(output(channel)).isEqualTo("\u0088\u0002\u0003\u00E8");
        assertThat(channel.isOpen()).isFalse();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "unmasked, 8201 00, 03EA",
        "one byte over the limit, 82FE 03E9 00000000, 03F1",
        "2^62 bytes, 82FF 4000000000000000 00000000, 03F1",
        "negative length, 82FF 8000000000000001 00000000, 03EA",
        "reserved bit (compressed), C281 00000000 00, 03EA",
        "continuation of nothing, 8081 00000000 00, 03EA",
        "second message within a fragmented one, 0281 00000000 00 8281 00000000 00, 03EA",
        "fragmented ping, 0980 00000000, 03EA",
        "reserved opcode, 8380 00000000, 03EA"
    })
    void badFramesCloseTheConnection(String what, String bytes, String status) {
        upgraded();
        channel.writeInbound(Unpooled.wrappedBuffer(Wire.bytes(bytes)));
        String out = output(channel);
        assertThat(out).startsWith("\u0088");
        assertThat(out.substring(2, 4)).isEqualTo(new String(Wire.bytes(status), StandardCharsets.ISO_8859_1));
        assertThat(channel.isOpen()).isFalse();
        channel.checkException();
    }

    @Test
    void aFrameAtTheLimitPasses() {
        upgraded();
        channel.writeInbound(Unpooled.wrappedBuffer(frame(0x82, new byte[MAX_FRAME])));
        assertThat(received.size()).isEqualTo(MAX_FRAME);
    }
}
