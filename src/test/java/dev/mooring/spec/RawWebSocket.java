package dev.mooring.spec;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** A WebSocket client (RFC 6455) that can do everything wrong, on the thread of the test. Reads end after 20 s. */
final class RawWebSocket implements Closeable {
    static final int CONTINUATION = 0;
    static final int TEXT = 1;
    static final int BINARY = 2;
    static final int CLOSE = 8;
    static final int PING = 9;
    static final int PONG = 10;

    /** @param opcode one of the constants above */
    record WsFrame(int opcode, byte[] payload) {}

    private final Socket socket = new Socket();
    private final DataInputStream in;
    /** Status line and header lines of the handshake's answer. */
    final List<String> response = new ArrayList<>();

    private byte[] mqtt = {};

    /** @param protocols value of Sec-WebSocket-Protocol, or null for no such header */
    RawWebSocket(int port, String path, String protocols) {
        try {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(20_000);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 5_000);
            in = new DataInputStream(socket.getInputStream());
            String request = "GET " + path + " HTTP/1.1\r\nHost: localhost:" + port + "\r\nUpgrade: websocket\r\n"
                    + "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                    + "Sec-WebSocket-Version: 13\r\n"
                    + (protocols == null ? "" : "Sec-WebSocket-Protocol: " + protocols + "\r\n") + "\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            for (String line = line(); !line.isEmpty(); line = line()) {
                response.add(line);
            }
        } catch (IOException e) {
            throw new AssertionError("handshake: " + response, e);
        }
    }

    int status() {
        return response.isEmpty() ? 0 : Integer.parseInt(response.get(0).split(" ")[1]);
    }

    /** The value of a header of the answer, or null. */
    String header(String name) {
        String prefix = name.toLowerCase(Locale.ROOT) + ":";
        return response.stream()
                .filter(l -> l.toLowerCase(Locale.ROOT).startsWith(prefix))
                .map(l -> l.substring(prefix.length()).trim())
                .findFirst()
                .orElse(null);
    }

    /** One binary frame. */
    RawWebSocket send(byte[] payload) {
        return send(BINARY, true, true, payload);
    }

    RawWebSocket send(Packets.Packet packet) {
        return send(packet.bytes());
    }

    RawWebSocket send(int opcode, boolean fin, boolean masked, byte[] payload) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(opcode | (fin ? 0x80 : 0));
        int mask = masked ? 0x80 : 0;
        if (payload.length < 126) {
            out.write(mask | payload.length);
        } else {
            out.write(mask | 126);
            out.write(payload.length >>> 8);
            out.write(payload.length);
        }
        byte[] key = {1, 2, 3, 4};
        if (masked) {
            out.writeBytes(key);
        }
        for (int i = 0; i < payload.length; i++) {
            out.write(masked ? payload[i] ^ key[i % 4] : payload[i]);
        }
        return raw(out.toByteArray());
    }

    /** Bytes on the socket as they are. */
    RawWebSocket raw(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
        } catch (SocketException e) {
            // the server has closed: the next read shows it
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return this;
    }

    /** The next WebSocket frame, or null at the end. */
    WsFrame read() {
        try {
            int first = in.readUnsignedByte();
            int second = in.readUnsignedByte();
            if ((first & 0x70) != 0 || (second & 0x80) != 0) {
                throw new AssertionError("reserved bits or a mask from the server");
            }
            int length = second == 126 ? in.readUnsignedShort() : second == 127 ? (int) in.readLong() : second;
            byte[] payload = new byte[length];
            in.readFully(payload);
            return new WsFrame(first & 0x0F, payload);
        } catch (EOFException | SocketException e) {
            return null;
        } catch (IOException e) {
            throw new AssertionError("no frame", e);
        }
    }

    /** The next MQTT packet; the frames that carry it are binary. */
    Frame expect(int version, int type) {
        while (true) {
            for (int i = 1, length = 0; i < mqtt.length; i++) {
                length |= (mqtt[i] & 0x7F) << 7 * (i - 1);
                if (mqtt[i] >= 0) {
                    int total = i + 1 + length;
                    if (mqtt.length >= total) {
                        Frame frame = Frame.parse(version, Arrays.copyOf(mqtt, total), i + 1);
                        mqtt = Arrays.copyOfRange(mqtt, total, mqtt.length);
                        if (frame.type != type) {
                            throw new AssertionError("expected " + Frame.name(type) + " but got " + frame);
                        }
                        return frame;
                    }
                    break;
                }
            }
            more();
        }
    }

    /** Nothing but a DISCONNECT packet and a close frame, then the end. */
    void expectClosed() {
        for (WsFrame frame = read(); frame != null; frame = read()) {
            boolean disconnect = frame.opcode == BINARY && frame.payload.length > 0 && frame.payload[0] == (byte) 0xE0;
            if (frame.opcode != CLOSE && !disconnect) {
                throw new AssertionError(
                        "expected the end but got " + frame.opcode + " " + RawClient.hex(frame.payload));
            }
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void more() {
        WsFrame frame = read();
        if (frame == null) {
            throw new AssertionError("the server closed the connection");
        }
        if (frame.opcode == PING || frame.opcode == PONG) {
            return;
        }
        if (frame.opcode != BINARY && frame.opcode != CONTINUATION) {
            throw new AssertionError("MQTT in a frame of type " + frame.opcode);
        }
        int old = mqtt.length;
        mqtt = Arrays.copyOf(mqtt, old + frame.payload.length);
        System.arraycopy(frame.payload, 0, mqtt, old, frame.payload.length);
    }

    private String line() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
            if (b != '\r') {
                out.write(b);
            }
        }
        return out.toString(StandardCharsets.ISO_8859_1);
    }
}
