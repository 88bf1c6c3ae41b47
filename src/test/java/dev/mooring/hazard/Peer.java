package dev.mooring.hazard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;

/**
 * A client of bytes for hostile traffic: keeps nothing of what it received, so that the memory of this process, which
 * is also the broker's, tells about the broker. Blocking; a read that takes 20 s fails the test.
 */
final class Peer implements AutoCloseable {
    static final int TIMEOUT_MS = 20_000;

    private final Socket socket;
    private final DataInputStream in;
    private int version = 4;

    private Peer(Socket socket, InputStream in) {
        this.socket = socket;
        this.in = new DataInputStream(in);
    }

    /** A socket, nothing sent. */
    static Peer open(int port) {
        return open(port, 0);
    }

    /** @param receiveBuffer of the socket, so that a client that does not read is full soon; 0 for the default */
    static Peer open(int port, int receiveBuffer) {
        try {
            Socket socket = new Socket();
            if (receiveBuffer > 0) {
                socket.setReceiveBufferSize(receiveBuffer);
            }
            socket.setTcpNoDelay(true);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MS);
            socket.setSoTimeout(TIMEOUT_MS);
            return new Peer(socket, new BufferedInputStream(socket.getInputStream(), 16_384));
        } catch (IOException e) {
            throw new AssertionError("no connection to port " + port, e);
        }
    }

    /** Over a socket that is connected already. */
    static Peer over(Socket socket) {
        try {
            socket.setSoTimeout(TIMEOUT_MS);
            return new Peer(socket, new BufferedInputStream(socket.getInputStream(), 16_384));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Connected, CONNACK read and good. */
    static Peer online(int port, Bytes.Connect connect) {
        Peer peer = open(port);
        peer.connect(connect);
        return peer;
    }

    static Peer online(int port, int version, String clientId) {
        return online(port, Bytes.Connect.of(version, clientId));
    }

    /** Returns CONNACK, which must be good. */
    Frame connect(Bytes.Connect connect) {
        version = connect.version();
        send(connect.bytes());
        Frame connack = expect(Frame.CONNACK);
        assertThat(connack.reason()).as("reason of CONNACK").isZero();
        return connack;
    }

    /** How to read what comes. */
    Peer version(int v) {
        version = v;
        return this;
    }

    int localPort() {
        return socket.getLocalPort();
    }

    /** Blocks while the broker does not read. A connection that has ended shows when reading. */
    Peer send(byte[]... packets) {
        trySend(Bytes.join(packets));
        return this;
    }

    /** False when the connection has ended. */
    boolean trySend(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** The next packet; null at the end of the connection. */
    Frame next() {
        try {
            int first = in.read();
            if (first < 0) {
                return null;
            }
            int length = 0;
            int shift = 0;
            int b;
            do {
                b = in.readUnsignedByte();
                length |= (b & 0x7F) << shift;
                shift += 7;
            } while (b >= 0x80);
            byte[] body = new byte[length];
            in.readFully(body);
            return new Frame(version, first, body);
        } catch (SocketTimeoutException e) {
            throw new AssertionError("nothing came within " + TIMEOUT_MS + " ms", e);
        } catch (EOFException e) {
            throw new AssertionError("the connection ended within a packet", e);
        } catch (IOException e) { // reset
            return null;
        }
    }

    Frame expect(int type) {
        Frame frame = next();
        assertThat(frame).as("packet of type " + type + " instead of the end").isNotNull();
        assertThat(frame.type()).as("type of " + frame).isEqualTo(type);
        return frame;
    }

    Frame expect(int type, int packetId) {
        Frame frame = expect(type);
        assertThat(frame.packetId()).as("packet id of " + frame).isEqualTo(packetId);
        return frame;
    }

    Frame expectPublish(String payload) {
        Frame frame = expect(Frame.PUBLISH);
        assertThat(frame.payload()).isEqualTo(payload);
        return frame;
    }

    /** The connection ends; packets that come before are passed over. Returns the last of them, or null. */
    Frame expectEnd() {
        Frame last = null;
        for (Frame f = next(); f != null; f = next()) {
            last = f;
        }
        return last;
    }

    /** Version 5: DISCONNECT with this reason and the end; version 4: the end alone. */
    void expectDisconnect(int reason) {
        Frame last = expectEnd();
        if (version < 5) {
            assertThat(last).isNull();
        } else {
            assertThat(last).as("DISCONNECT instead of the mere end").isNotNull();
            assertThat(last.type()).as("type of " + last).isEqualTo(Frame.DISCONNECT);
            assertThat(last.reason()).as("reason of DISCONNECT").isEqualTo(reason);
        }
    }

    /** Everything before is handled, nothing else came. */
    Peer ping() {
        send(Bytes.PINGREQ);
        expect(Frame.PINGRESP);
        return this;
    }

    /** Returns SUBACK. */
    Frame subscribe(int qos, String... filters) {
        send(Bytes.subscribe(version, 9, qos, filters));
        return expect(Frame.SUBACK, 9);
    }

    /** Publishes at QoS 1 and waits for PUBACK. */
    Peer publish(String topic, String payload) {
        send(Bytes.publish(version, topic, payload, 1, 7));
        expect(Frame.PUBACK, 7);
        return this;
    }

    /** Publishes a retained message at QoS 1 and waits for PUBACK; an empty payload deletes. */
    Peer retain(String topic, String payload) {
        send(Bytes.publish(version, topic, payload, 1, 7, 1));
        expect(Frame.PUBACK, 7);
        return this;
    }

    /** The bytes that come next, for what is not MQTT. */
    byte[] readBytes(int count) {
        try {
            return in.readNBytes(count);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** All bytes up to the end. */
    byte[] readToEnd() {
        try {
            return in.readAllBytes();
        } catch (SocketTimeoutException e) {
            throw new AssertionError("the connection is open", e);
        } catch (IOException e) { // reset
            return new byte[0];
        }
    }

    /** FIN, what is still to come can be read. */
    void halfClose() {
        try {
            socket.shutdownOutput();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** RST. */
    void abort() {
        try {
            socket.setSoLinger(true, 0);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        close();
    }

    /** DISCONNECT, and the broker has closed. */
    void disconnect() {
        send(Bytes.DISCONNECT);
        assertThat(expectEnd()).isNull();
        close();
    }

    /** FIN without DISCONNECT. */
    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
