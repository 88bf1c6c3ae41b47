package dev.mooring.rule;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * A client that does nothing by itself: what it acknowledges, and when, is the test's business. Speaks 3.1.1 and 5,
 * without properties but for session expiry and message expiry.
 */
final class HooksTestClient implements AutoCloseable {
    static final int PUBLISH = 3;
    static final int PUBACK = 4;
    static final int PUBREC = 5;
    static final int PUBREL = 6;
    static final int PUBCOMP = 7;
    static final int SUBACK = 9;
    static final int UNSUBACK = 11;
    static final int PINGRESP = 13;

    private static final int PATIENCE_MS = 20_000;
    private static final int A_WHILE_MS = 400;

    /**
     * @param payload of an ack, its properties
     * @param reason of an ack, 0 where it has none; -1 for the end of the connection
     */
    record Packet(int type, int flags, int packetId, String topic, String payload, int reason) {
        int qos() {
            return flags >> 1 & 3;
        }

        boolean retain() {
            return (flags & 1) != 0;
        }
    }

    private final Socket socket;
    private final DataInputStream in;
    private final DataOutputStream out;
    private final int version;
    private final ArrayDeque<Packet> aside = new ArrayDeque<>();
    private boolean present;
    private int lastId;

    private HooksTestClient(int port, int version) throws IOException {
        this.version = version;
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(PATIENCE_MS);
        in = new DataInputStream(socket.getInputStream());
        out = new DataOutputStream(socket.getOutputStream());
    }

    /** Without a session that outlives the connection. */
    static HooksTestClient clean(int port, String id) {
        return connect(port, 5, id, true, 0, 0xFFFF, null);
    }

    /** Takes up the session there is, and leaves one that never expires. */
    static HooksTestClient durable(int port, String id) {
        return connect(port, 5, id, false, 0xFFFF_FFFFL, 0xFFFF, null);
    }

    static HooksTestClient v4(int port, String id) {
        return connect(port, 4, id, true, 0, 0xFFFF, null);
    }

    /** @param will topic of a QoS 1 Will with the payload "will", or null */
    static HooksTestClient connect(
            int port, int version, String id, boolean clean, long expiryS, int receiveMaximum, String will) {
        try {
            HooksTestClient c = new HooksTestClient(port, version);
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            DataOutputStream d = new DataOutputStream(body);
            d.writeUTF("MQTT");
            d.write(version);
            d.write((clean ? 2 : 0) | (will == null ? 0 : 4 | 8));
            d.writeShort(0);
            if (version == 5) {
                d.write(8);
                d.write(0x11);
                d.writeInt((int) expiryS);
                d.write(0x21);
                d.writeShort(receiveMaximum);
            }
            d.writeUTF(id);
            if (will != null) {
                if (version == 5) {
                    d.write(0);
                }
                d.writeUTF(will);
                d.writeUTF("will");
            }
            c.send(0x10, body.toByteArray());
            int type = c.in.read() >> 4;
            byte[] connack = c.in.readNBytes(c.length());
            if (type != 2 || connack[1] != 0) {
                throw new AssertionError("CONNACK " + type + " " + connack[1]);
            }
            c.present = connack[0] == 1;
            return c;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean sessionPresent() {
        return present;
    }

    // ---- what it sends

    /** Also reads SUBACK; PUBLISH packets before it are kept. @param options QoS and MQTT 5 options */
    HooksTestClient subscribe(String filter, int options) {
        int id = ++lastId;
        body(0x82, d -> {
            d.writeShort(id);
            properties(d);
            d.writeUTF(filter);
            d.write(options);
        });
        Packet suback = await(SUBACK);
        if (suback.reason >= 0x80) {
            throw new AssertionError("SUBACK " + suback.reason);
        }
        return this;
    }

    HooksTestClient unsubscribe(String filter) {
        int id = ++lastId;
        body(0xA2, d -> {
            d.writeShort(id);
            properties(d);
            d.writeUTF(filter);
        });
        await(UNSUBACK);
        return this;
    }

    /** Sends, and completes the flow. @return reason code of PUBACK or PUBREC; 0 at QoS 0 */
    int publish(String topic, String payload, int qos) {
        return publish(topic, payload, qos, false, -1);
    }

    int retain(String topic, String payload, int qos) {
        return publish(topic, payload, qos, true, -1);
    }

    int publish(String topic, String payload, int qos, boolean retain, int expiryS) {
        int id = send(topic, payload, qos, retain, expiryS);
        if (qos == 0) {
            return 0;
        }
        Packet answer = await(qos == 1 ? PUBACK : PUBREC);
        if (qos == 2 && answer.reason >= 0 && answer.reason < 0x80) {
            ack(PUBREL, id);
            await(PUBCOMP);
        }
        return answer.reason;
    }

    int send(String topic, String payload, int qos, boolean retain, int expiryS) {
        int id = ++lastId;
        body(0x30 | qos << 1 | (retain ? 1 : 0), d -> {
            d.writeUTF(topic);
            if (qos > 0) {
                d.writeShort(id);
            }
            if (version == 5) {
                d.write(expiryS < 0 ? 0 : 5);
                if (expiryS >= 0) {
                    d.write(2);
                    d.writeInt(expiryS);
                }
            }
            d.write(payload.getBytes(StandardCharsets.UTF_8));
        });
        return id;
    }

    void ack(int type, int packetId) {
        body(type << 4 | (type == PUBREL ? 2 : 0), d -> d.writeShort(packetId));
    }

    /** Completes the flow of a message it got. */
    void ack(Packet publish) {
        if (publish.qos() == 1) {
            ack(PUBACK, publish.packetId);
        } else if (publish.qos() == 2) {
            ack(PUBREC, publish.packetId);
            await(PUBREL);
            ack(PUBCOMP, publish.packetId);
        }
    }

    /** DISCONNECT, and waits for the end. */
    void disconnect() {
        body(0xE0, d -> {});
        while (read().reason != -1) {
            aside.clear();
        }
        close();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // ---- what it gets

    /** The next PUBLISH, not acknowledged. */
    Packet next() {
        return aside.isEmpty() ? await(PUBLISH) : aside.poll();
    }

    /** So many messages, each acknowledged before the next is read. @return their payloads */
    List<String> take(int count) {
        List<String> got = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Packet p = next();
            got.add(p.payload);
            ack(p);
        }
        return got;
    }

    /** So many messages, however long they take, and what comes behind them within a while; each is acknowledged. */
    List<String> takeAll(int count) {
        List<String> got = new ArrayList<>();
        for (Packet p = poll(count > 0 ? PATIENCE_MS : A_WHILE_MS); p != null; ) {
            got.add(p.payload);
            ack(p);
            p = poll(got.size() < count ? PATIENCE_MS : A_WHILE_MS);
        }
        return got;
    }

    /** Null when no PUBLISH comes in time. */
    Packet poll(int ms) {
        if (!aside.isEmpty()) {
            return aside.poll();
        }
        try {
            socket.setSoTimeout(ms);
            Packet p = read();
            return p.type == PUBLISH ? p : null;
        } catch (Timeout e) {
            return null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            reset();
        }
    }

    private void reset() {
        try {
            socket.setSoTimeout(PATIENCE_MS);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** PUBLISH packets before it are kept for {@link #next}. */
    Packet await(int type) {
        for (Packet p = read(); ; p = read()) {
            if (p.type == type || p.reason == -1) {
                return p;
            }
            if (p.type == PUBLISH) {
                aside.add(p);
            }
        }
    }

    /** PINGREQ. @return what came before PINGRESP, but for PUBLISH packets */
    List<Packet> ping() {
        body(0xC0, d -> {});
        List<Packet> before = new ArrayList<>();
        for (Packet p = read(); p.type != PINGRESP; p = read()) {
            before.add(p);
        }
        return before;
    }

    private static final class Timeout extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private Packet read() {
        try {
            int first = in.read();
            if (first < 0) {
                return new Packet(0, 0, 0, "", "", -1);
            }
            return packet(first, in.readNBytes(length()));
        } catch (SocketTimeoutException e) {
            throw new Timeout();
        } catch (IOException e) {
            return new Packet(0, 0, 0, "", "", -1);
        }
    }

    private Packet packet(int first, byte[] body) throws IOException {
        int type = first >> 4;
        DataInputStream d = new DataInputStream(new java.io.ByteArrayInputStream(body));
        if (type == PUBLISH) {
            String topic = d.readUTF();
            int id = (first >> 1 & 3) == 0 ? 0 : d.readUnsignedShort();
            if (version == 5) {
                d.skipNBytes(d.read()); // short in these tests
            }
            return new Packet(type, first & 15, id, topic, new String(d.readAllBytes(), StandardCharsets.UTF_8), 0);
        }
        if (type == 14 || type == PINGRESP) {
            return new Packet(type, 0, 0, "", "", type == 14 && body.length > 0 ? body[0] & 0xFF : 0);
        }
        int id = d.readUnsignedShort();
        int reason = type == SUBACK ? body[body.length - 1] & 0xFF : body.length > 2 ? body[2] & 0xFF : 0;
        String rest = new String(d.readAllBytes(), StandardCharsets.UTF_8);
        return new Packet(type, 0, id, "", rest, type == UNSUBACK ? 0 : reason);
    }

    private int length() throws IOException {
        int length = 0;
        for (int shift = 0; ; shift += 7) {
            int b = in.read();
            length |= (b & 0x7F) << shift;
            if (b < 0x80) {
                return length;
            }
        }
    }

    private interface Writer {
        void write(DataOutputStream out) throws IOException;
    }

    private void properties(DataOutputStream d) throws IOException {
        if (version == 5) {
            d.write(0);
        }
    }

    private void body(int first, Writer writer) {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            writer.write(new DataOutputStream(bytes));
            send(first, bytes.toByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void send(int first, byte[] body) throws IOException {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.write(first);
        int left = body.length;
        do {
            int b = left & 0x7F;
            left >>= 7;
            frame.write(left > 0 ? b | 0x80 : b);
        } while (left > 0);
        frame.writeBytes(body);
        out.write(frame.toByteArray());
        out.flush();
    }
}
