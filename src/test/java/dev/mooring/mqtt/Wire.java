package dev.mooring.mqtt;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;

/**
 * Packets written as text, so that a test shows what is on the wire. Tokens: hex digits; {@code s:text} a UTF-8 string
 * with its length; {@code [ ... ]} a properties section with its length.
 */
final class Wire {
    private Wire() {}

    /** Bytes exactly as given. */
    static byte[] bytes(String tokens) {
        Deque<ByteArrayOutputStream> stack = new ArrayDeque<>();
        stack.push(new ByteArrayOutputStream());
        for (String token : tokens.trim().split("\\s+")) {
            if (token.equals("[")) {
                stack.push(new ByteArrayOutputStream());
            } else if (token.equals("]")) {
                byte[] section = stack.pop().toByteArray();
                variable(stack.element(), section.length);
                stack.element().writeBytes(section);
            } else if (token.startsWith("s:")) {
                byte[] text = token.substring(2).getBytes(StandardCharsets.UTF_8);
                stack.element().write(text.length >> 8);
                stack.element().write(text.length);
                stack.element().writeBytes(text);
            } else if (!token.isEmpty()) {
                stack.element().writeBytes(HexFormat.of().parseHex(token));
            }
        }
        return stack.pop().toByteArray();
    }

    /** A packet: first byte, remaining length as computed, body. */
    static byte[] packet(int first, String body) {
        byte[] bytes = bytes(body);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(first);
        variable(out, bytes.length);
        out.writeBytes(bytes);
        return out.toByteArray();
    }

    /** {@code 30 s:a/b [ ]}: the first token is the first byte. */
    static byte[] packet(String tokens) {
        String trimmed = tokens.trim();
        int space = (trimmed + " ").indexOf(' ');
        return packet(
                Integer.parseInt(trimmed.substring(0, space), 16),
                trimmed.substring(space).trim());
    }

    static byte[] connect(int version) {
        return switch (version) {
            case 3 -> packet("10 s:MQIsdp 03 02 003C s:c");
            case 4 -> packet("10 s:MQTT 04 02 003C s:c");
            default -> packet("10 s:MQTT 05 02 003C [ ] s:c");
        };
    }

    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    static String hex(ByteBuf buffer) {
        byte[] bytes = new byte[buffer.readableBytes()];
        buffer.readBytes(bytes);
        return HexFormat.of().withUpperCase().formatHex(bytes);
    }

    static ByteBuf buffer(byte[] bytes) {
        return Unpooled.copiedBuffer(bytes);
    }

    private static void variable(ByteArrayOutputStream out, int value) {
        int rest = value;
        while (rest >= 0x80) {
            out.write(rest & 0x7F | 0x80);
            rest >>>= 7;
        }
        out.write(rest);
    }
}
