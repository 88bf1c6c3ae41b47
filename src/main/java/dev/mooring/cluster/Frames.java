package dev.mooring.cluster;

import java.util.Arrays;

/**
 * Frames of a connection between two nodes: 4 bytes of length, 1 of type, and what {@link Handshake} or
 * {@link SendWindow} put in. Cuts what a socket brings into frames; confined to the owner of the socket.
 */
final class Frames {
    static final int HELLO = 1;
    static final int CHALLENGE = 2;
    static final int PROOF = 3;
    static final int WELCOME = 4;
    static final int REFUSED = 5;
    static final int BATCH = 6;
    static final int ACK = 7;
    static final int PING = 8;
    static final int BYE = 9;

    /** From whom has not shown yet that it is a peer. */
    static final int STRANGER_BYTES_MAX = 4 * 1024;

    /** From a peer: more than the largest MQTT packet, of 268,435,455 bytes, and what its batch has around it. */
    static final int PEER_BYTES_MAX = (1 << 28) + (1 << 20);

    private static final int LENGTH_BYTES = 4;
    private static final int IDLE_BYTES = 64 * 1024;

    private byte[] bytes = new byte[IDLE_BYTES];
    private int from;
    private int to;
    private int frameBytesMax = STRANGER_BYTES_MAX;

    /** Takes a frame; its reader is good for the call only. */
    @FunctionalInterface
    interface Sink {
        void frame(int type, BodyReader in) throws Malformed;
    }

    /** The other end has shown that it is a peer. */
    void trusted() {
        frameBytesMax = PEER_BYTES_MAX;
    }

    /** Gives all frames to {@code sink} that are complete with these bytes. */
    void feed(byte[] more, Sink sink) throws Malformed {
        append(more);
        while (to - from >= LENGTH_BYTES) {
            int length = new BodyReader(bytes, from, LENGTH_BYTES).i32();
            if (length < 1 || length > frameBytesMax) {
                throw new Malformed("a frame of " + length + " bytes, at most " + frameBytesMax + " are allowed");
            }
            if (to - from - LENGTH_BYTES < length) {
                break;
            }
            BodyReader frame = new BodyReader(bytes, from + LENGTH_BYTES, length);
            from += LENGTH_BYTES + length;
            sink.frame(frame.u8(), frame);
        }
        if (from == to) {
            from = 0;
            to = 0;
            if (bytes.length > IDLE_BYTES) {
                bytes = new byte[IDLE_BYTES];
            }
        }
    }

    /** Room grows with what has come, not with what a length promises. */
    private void append(byte[] more) {
        if (bytes.length - to < more.length) {
            int kept = to - from;
            byte[] target = bytes.length - kept < more.length
                    ? new byte
                            [(int) Math.min(
                                    Integer.MAX_VALUE - 8, Math.max(bytes.length * 2L, (long) kept + more.length))]
                    : bytes;
            System.arraycopy(bytes, from, target, 0, kept);
            bytes = target;
            from = 0;
            to = kept;
        }
        System.arraycopy(more, 0, bytes, to, more.length);
        to += more.length;
    }

    /** Begins a frame at the start of an empty writer. */
    static void begin(BodyWriter out, int type) {
        out.begin();
        out.u8(type);
    }

    static void end(BodyWriter out) {
        out.end(LENGTH_BYTES);
    }

    static byte[] frame(int type, byte[] content) {
        BodyWriter out = new BodyWriter(LENGTH_BYTES + 1 + content.length);
        begin(out, type);
        out.raw(content, 0, content.length);
        end(out);
        return out.toBytes();
    }

    static byte[] ack(long number) {
        return frame(ACK, new BodyWriter(8).i64(number).toBytes());
    }

    static byte[] ping() {
        return frame(PING, new byte[0]);
    }

    /** Why a node ends a connection, for people and for the other node. */
    static byte[] bye(String reason) {
        return frame(BYE, new BodyWriter(64).text(reason).toBytes());
    }

    static String typeName(int type) {
        String[] names = {"hello", "challenge", "proof", "welcome", "refused", "batch", "ack", "ping", "bye"};
        return type >= 1 && type <= names.length ? names[type - 1] : Arrays.toString(new int[] {type});
    }
}
