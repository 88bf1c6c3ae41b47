package dev.mooring.spec;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Cuts what the server sends into packets, and keeps all of it for the message of a failure. */
final class FrameReader {
    private final Socket socket;
    private final InputStream in;
    private final int version;
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    /** Bytes received and not yet part of a frame. */
    private byte[] pending = {};

    private final Map<Integer, String> aliases = new HashMap<>();
    private Frame connack;
    private boolean ended;

    FrameReader(Socket socket, int version) throws IOException {
        this.socket = socket;
        this.in = socket.getInputStream();
        this.version = version;
    }

    /** The last CONNACK read. */
    Frame connack() {
        return connack;
    }

    /** Whether the server has been seen to close. */
    boolean ended() {
        return ended;
    }

    /** Bytes of an incomplete packet. */
    int pending() {
        return pending.length;
    }

    /** The next packet, or null when none came in time or the connection ended: {@link #ended} tells which. */
    Frame read(int timeoutMs) {
        long deadline = System.nanoTime() + timeoutMs * 1_000_000L;
        while (true) {
            Frame frame = parsePending();
            if (frame != null) {
                return frame;
            }
            int leftMs = (int) ((deadline - System.nanoTime()) / 1_000_000);
            if (ended || leftMs <= 0 || !fill(leftMs)) {
                return null;
            }
        }
    }

    /** All bytes until the server closes, not taken apart. */
    byte[] readToEnd(int timeoutMs) {
        long deadline = System.nanoTime() + timeoutMs * 1_000_000L;
        while (!ended) {
            int leftMs = (int) ((deadline - System.nanoTime()) / 1_000_000);
            if (leftMs <= 0 || (!fill(leftMs) && !ended)) {
                throw failure("the connection is open");
            }
        }
        return pending;
    }

    /** False when nothing came: in time, or ever again. */
    private boolean fill(int timeoutMs) {
        try {
            socket.setSoTimeout(timeoutMs);
            byte[] buffer = new byte[65_536];
            int n = in.read(buffer);
            if (n < 0) {
                ended = true;
                return false;
            }
            received.write(buffer, 0, n);
            int old = pending.length;
            pending = Arrays.copyOf(pending, old + n);
            System.arraycopy(buffer, 0, pending, old, n);
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) { // reset
            ended = true;
            return false;
        }
    }

    private Frame parsePending() {
        int length = 0;
        for (int i = 1; i < pending.length; i++) {
            length |= (pending[i] & 0x7F) << 7 * (i - 1);
            if (pending[i] >= 0) {
                int total = i + 1 + length;
                if (pending.length < total) {
                    return null;
                }
                byte[] bytes = Arrays.copyOf(pending, total);
                pending = Arrays.copyOfRange(pending, total, pending.length);
                return noted(Frame.parse(version, bytes, i + 1));
            }
            if (i == 4) {
                throw failure("remaining length of more than four bytes");
            }
        }
        return null;
    }

    /** Remembers CONNACK, and puts the topic name where the server sent its alias. */
    private Frame noted(Frame frame) {
        if (frame.type == Frame.CONNACK) {
            connack = frame;
        }
        int alias = (int) frame.props.number(Props.TOPIC_ALIAS, 0);
        if (alias > 0 && frame.topic.isEmpty()) {
            frame.topic = aliases.get(alias);
            frame.aliasOnly = true;
            if (frame.topic == null) {
                throw failure("the server used an alias that it has not set on this connection");
            }
        } else if (alias > 0) {
            aliases.put(alias, frame.topic);
        }
        return frame;
    }

    /** Shows what came so far, the end of it. */
    AssertionError failure(String problem) {
        byte[] all = received.toByteArray();
        String shown = RawClient.hex(all.length > 400 ? Arrays.copyOfRange(all, all.length - 400, all.length) : all);
        return new AssertionError(problem + (ended ? " (connection ended)" : "") + "; received in all " + all.length
                + " bytes, at last: [" + shown + "]");
    }
}
