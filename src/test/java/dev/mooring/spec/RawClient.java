package dev.mooring.spec;

import dev.mooring.spec.Packets.Connect;
import dev.mooring.spec.Packets.Packet;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A test client that speaks bytes over a plain socket, on the thread of the test. Nothing is answered by itself; every
 * read ends after five seconds at the latest, and every failure shows what came so far, in hex.
 */
final class RawClient implements Closeable {
    private static final int READ_TIMEOUT_MS = 5_000;
    private static final AtomicInteger NAMES = new AtomicInteger();

    private final Socket socket;
    private final FrameReader in;
    private final int version;
    private final List<Frame> setAside = new ArrayList<>();
    private int nextPacketId = 60_000;

    private RawClient(int port, int version) throws IOException {
        this.version = version;
        this.socket = new Socket();
        socket.setTcpNoDelay(true);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), READ_TIMEOUT_MS);
        this.in = new FrameReader(socket, version);
    }

    /** An open socket, nothing sent; what comes is read as MQTT 5. */
    static RawClient connect(int port) {
        return connect(port, 5);
    }

    /** An open socket, nothing sent. @param version how to read what comes: 3, 4 or 5 */
    static RawClient connect(int port, int version) {
        try {
            return new RawClient(port, version);
        } catch (IOException e) {
            throw new AssertionError("no connection to port " + port, e);
        }
    }

    /** Connects with a clean start and without keep alive; CONNACK has been read and was a success. */
    static RawClient online(int port, int version, String clientIdentifier) {
        return online(port, Packets.connect(version, clientIdentifier));
    }

    /** CONNACK has been read and was a success. */
    static RawClient online(int port, Connect connect) {
        RawClient client = connect(port, connect.version);
        client.send(connect);
        client.expectConnack(0);
        return client;
    }

    /** A text that no other test uses: for client identifiers and topics. At most 20 of 0-9A-Za-z. */
    static String unique(String prefix) {
        return prefix + NAMES.incrementAndGet() + "x" + Long.toString(System.nanoTime() & 0xFFFFF, 36);
    }

    static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replaceAll("\\s", ""));
    }

    static String hex(byte[] bytes) {
        return HexFormat.ofDelimiter(" ").withUpperCase().formatHex(bytes);
    }

    int version() {
        return version;
    }

    /** The last CONNACK read. */
    Frame connack() {
        return in.connack();
    }

    /** Whether the server has been seen to close. */
    boolean ended() {
        return in.ended();
    }

    RawClient send(String hex) {
        return send(hex(hex));
    }

    /** All in one write. A connection that the server has closed already shows on the next read, not here. */
    RawClient send(Packet... packets) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (Packet p : packets) {
            out.writeBytes(p.bytes());
        }
        return send(out.toByteArray());
    }

    RawClient send(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
        } catch (IOException e) {
            if (socket.isClosed()) {
                throw new AssertionError("this test has closed the socket itself", e);
            }
        }
        return this;
    }

    /** Whether the server took so many bytes, whatever they are. */
    boolean pushes(int bytes) {
        byte[] chunk = new byte[64 * 1024];
        try {
            for (int i = 0; i < bytes; i += chunk.length) {
                socket.getOutputStream().write(chunk);
            }
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    Frame read() {
        Frame frame = read(READ_TIMEOUT_MS);
        if (frame == null) {
            throw failure(ended() ? "the server closed the connection" : "nothing came");
        }
        return frame;
    }

    Frame expect(int type) {
        Frame frame = read();
        if (frame.type != type) {
            throw failure("expected " + Frame.name(type) + " but got " + frame);
        }
        return frame;
    }

    /** Also checks the packet identifier. */
    Frame expect(int type, int packetId) {
        Frame frame = expect(type);
        if (frame.packetId != packetId) {
            throw failure("expected packet identifier " + packetId + " but got " + frame);
        }
        return frame;
    }

    Frame expectConnack(int reasonCode) {
        Frame frame = expect(Frame.CONNACK);
        if (frame.reasonCode != reasonCode) {
            throw failure("expected reason code 0x" + Integer.toHexString(reasonCode) + " but got " + frame);
        }
        return frame;
    }

    /** A PUBLISH on this topic with this payload. */
    Frame expectPublish(String topic, String payload) {
        Frame frame = expect(Frame.PUBLISH);
        if (!frame.topic.equals(topic) || !frame.payloadText().equals(payload)) {
            throw failure("expected PUBLISH '" + topic + "' '" + payload + "' but got " + frame);
        }
        return frame;
    }

    /** The next PUBLISH that has been read already or is still to come; PUBREL packets before it are passed over. */
    Frame nextPublish() {
        if (!setAside.isEmpty()) {
            return setAside.remove(0);
        }
        Frame frame = read();
        while (frame.type == Frame.PUBREL) {
            frame = read();
        }
        if (frame.type != Frame.PUBLISH) {
            throw failure("expected PUBLISH but got " + frame);
        }
        return frame;
    }

    /** A PUBREL with this packet identifier; PUBLISH packets before it are kept for {@link #nextPublish}. */
    Frame expectPubrelAmongPublishes(int packetId) {
        Frame frame = read();
        while (frame.type == Frame.PUBLISH) {
            setAside.add(frame);
            frame = read();
        }
        if (frame.type != Frame.PUBREL || frame.packetId != packetId) {
            throw failure("expected PUBREL " + packetId + " but got " + frame);
        }
        return frame;
    }

    /** The server closes without sending anything more. */
    void expectClosed() {
        Frame frame = read(READ_TIMEOUT_MS);
        if (frame != null || !ended()) {
            throw failure("expected the end of the connection but " + (frame == null ? "it is open" : "got " + frame));
        }
        if (in.pending() > 0) {
            throw failure("the server closed within a packet");
        }
    }

    /** MQTT 5: DISCONNECT with one of these reason codes, then the end. MQTT 3: the end, nothing before it. */
    void expectDisconnect(Integer... reasonCodes) {
        if (version == 5) {
            Frame frame = expect(Frame.DISCONNECT);
            if (!Set.of(reasonCodes).contains(frame.reasonCode)) {
                throw failure("expected DISCONNECT with " + names(reasonCodes) + " but got " + frame);
            }
        }
        expectClosed();
    }

    /**
     * The answer to a CONNECT that is refused. MQTT 5: CONNACK with one of these codes or nothing ("MAY"), then the
     * end. MQTT 3: the end, or before it a CONNACK with one of these return codes.
     */
    void expectRefused(Integer... reasonCodes) {
        Frame frame = read(READ_TIMEOUT_MS);
        if (frame != null) {
            if (frame.type != Frame.CONNACK || !Set.of(reasonCodes).contains(frame.reasonCode)) {
                throw failure("expected a refusal with " + names(reasonCodes) + " but got " + frame);
            }
            expectClosed();
        } else if (!ended()) {
            throw failure("expected a refusal but the connection is open and silent");
        }
    }

    /** All bytes until the server closes, not taken apart. */
    byte[] readToEnd() {
        return in.readToEnd(READ_TIMEOUT_MS);
    }

    /** Nothing comes for a short while and the connection stays open. Prefer {@link #ping}. */
    void expectNothing(int ms) {
        Frame frame = read(ms);
        if (frame != null) {
            throw failure("expected nothing but got " + frame);
        }
        if (ended()) {
            throw failure("expected nothing but the server closed the connection");
        }
    }

    /** The connection is alive, and nothing else was on its way. */
    RawClient ping() {
        send(Packets.pingreq());
        expect(Frame.PINGRESP);
        return this;
    }

    /** Everything that comes before the answer to a PINGREQ. */
    List<Frame> readUntilPingresp() {
        send(Packets.pingreq());
        List<Frame> frames = new ArrayList<>();
        for (Frame f = read(); f.type != Frame.PINGRESP; f = read()) {
            frames.add(f);
        }
        return frames;
    }

    /** Subscribes and reads SUBACK; retained messages may come behind it. @return the SUBACK */
    Frame subscribe(String topicFilter, int subscriptionOptions) {
        int packetId = nextPacketId++;
        send(Packets.subscribe(version, packetId).filter(topicFilter, subscriptionOptions));
        Frame suback = expect(Frame.SUBACK, packetId);
        if (suback.reasonCodes.size() != 1 || suback.reasonCodes.get(0) > 2) {
            throw failure("expected a granted subscription but got " + suback);
        }
        return suback;
    }

    /** Publishes and reads what completes it. */
    RawClient publish(String topicName, String payload, int qos) {
        return publish(Packets.publish(version, topicName, payload), qos);
    }

    /** Gives the packet a QoS and a packet identifier, sends it and reads what completes it, successfully. */
    RawClient publish(Packets.Publish publish, int qos) {
        if (qos == 0) {
            return send(publish);
        }
        int packetId = nextPacketId++;
        send(publish.qos(qos, packetId));
        Frame answer = expect(qos == 1 ? Frame.PUBACK : Frame.PUBREC, packetId);
        if (answer.reasonCode >= 0x80) {
            throw failure("expected success but got " + answer);
        }
        if (qos == 2) {
            send(Packets.pubrel(packetId));
            expect(Frame.PUBCOMP, packetId);
        }
        return this;
    }

    /** Sends DISCONNECT (normal) and waits until the server has closed. */
    void disconnect() {
        send(Packets.disconnect());
        expectClosed();
        close();
    }

    /** Sends DISCONNECT and waits until the server has closed. */
    void disconnect(Packet disconnect) {
        send(disconnect);
        expectClosed();
        close();
    }

    /** Ends the connection with FIN and without DISCONNECT. */
    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Ends the connection with RST. */
    void abort() {
        try {
            socket.setSoLinger(true, 0);
        } catch (SocketException e) {
            throw new AssertionError(e);
        }
        close();
    }

    /** Ends this direction only (FIN); what the server still sends can be read. */
    void halfClose() {
        try {
            socket.shutdownOutput();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The next packet, or null when none came in time or the connection ended: {@link #ended} tells which. */
    Frame read(int timeoutMs) {
        return in.read(timeoutMs);
    }

    private AssertionError failure(String problem) {
        return in.failure(problem);
    }

    private static String names(Integer... reasonCodes) {
        Set<String> names = new TreeSet<>();
        for (int code : reasonCodes) {
            names.add("0x" + Integer.toHexString(code));
        }
        return String.join(" or ", names);
    }
}
