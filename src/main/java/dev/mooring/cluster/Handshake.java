package dev.mooring.cluster;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * How a connection between two nodes begins. The one that dials says {@link Hello}; the other one answers with a
 * {@link Challenge}; the first one proves that it knows the secret, and is welcome, and told what has arrived of its
 * session. Any answer may be a {@link Refusal} instead. Both prove it, over all that was said, so neither can be led to
 * a stranger; the secret itself never travels, and what was heard once is of no use another time.
 */
final class Handshake {
    static final int NONCE_BYTES = 16;
    private static final int PROOF_BYTES = 32;
    private static final byte[] MAGIC = "MOOR".getBytes(StandardCharsets.US_ASCII);
    private static final String ALGORITHM = "HmacSHA256";
    private static final SecureRandom RANDOM = new SecureRandom();

    private final SecretKeySpec key;

    /** @param secret may be empty: then everybody knows it */
    Handshake(String secret) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            key = new SecretKeySpec(
                    digest.digest(("mooring link " + secret).getBytes(StandardCharsets.UTF_8)), ALGORITHM);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
        proof("", new byte[0], 0, nonce()); // the first one takes a tenth of a second, which no peer shall wait
    }

    /** Why a connection is refused; numbers on the wire are their ordinals, so new ones come last. */
    enum Reason {
        VERSION,
        SECRET,
        OTHER_NODE,
        NO_MEMBER,
        UNKNOWN_SESSION,
        BUSY
    }

    /**
     * @param fresh whether nothing was sent in this session yet
     * @param base number before its first batch
     * @param nonce never used before
     */
    record Hello(int wireMin, int wire, NodeId from, NodeId to, long session, boolean fresh, long base, byte[] nonce) {
        byte[] bytes() {
            return new BodyWriter(128)
                    .raw(MAGIC, 0, MAGIC.length)
                    .u8(wireMin)
                    .u8(wire)
                    .text(from.name())
                    .i64(from.epoch())
                    .text(to.name())
                    .i64(to.epoch())
                    .i64(session)
                    .bool(fresh)
                    .i64(base)
                    .raw(nonce, 0, NONCE_BYTES)
                    .toBytes();
        }

        /** What follows is of a newer version, and left alone. */
        static Hello read(BodyReader in) throws Malformed {
            if (!MessageDigest.isEqual(in.raw(MAGIC.length), MAGIC)) {
                throw new Malformed("it is no node of Mooring");
            }
            return new Hello(in.u8(), in.u8(), node(in), node(in), in.i64(), in.bool(), in.i64(), in.raw(NONCE_BYTES));
        }

        private static NodeId node(BodyReader in) throws Malformed {
            String name = in.text();
            if (name.isEmpty()) {
                throw new Malformed("a node without a name");
            }
            return new NodeId(name, in.i64());
        }
    }

    /** @param version to be spoken */
    record Challenge(int version, byte[] nonce, byte[] proof) {
        byte[] bytes() {
            return new BodyWriter(64)
                    .u8(version)
                    .raw(nonce, 0, NONCE_BYTES)
                    .raw(proof, 0, PROOF_BYTES)
                    .toBytes();
        }

        static Challenge read(BodyReader in) throws Malformed {
            return new Challenge(in.u8(), in.raw(NONCE_BYTES), in.raw(PROOF_BYTES));
        }
    }

    /** @param text for people: what to do about it */
    record Refusal(int reason, String text) {
        Refusal(Reason reason, String text) {
            this(reason.ordinal(), text);
        }

        boolean is(Reason other) {
            return reason == other.ordinal();
        }

        byte[] frame() {
            return Frames.frame(
                    Frames.REFUSED, new BodyWriter(64).u8(reason).text(text).toBytes());
        }

        static Refusal read(BodyReader in) throws Malformed {
            return new Refusal(in.u8(), in.text());
        }
    }

    static byte[] nonce() {
        byte[] nonce = new byte[NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        return nonce;
    }

    /** Of the one that was dialled. */
    byte[] answer(byte[] hello, int version, byte[] nonce) {
        return proof("answer", hello, version, nonce);
    }

    /** Of the one that dials. */
    byte[] proof(byte[] hello, int version, byte[] nonce) {
        return proof("proof", hello, version, nonce);
    }

    static boolean isSame(byte[] proof, byte[] other) {
        return MessageDigest.isEqual(proof, other);
    }

    static byte[] readProof(BodyReader in) throws Malformed {
        return in.raw(PROOF_BYTES);
    }

    private byte[] proof(String side, byte[] hello, int version, byte[] nonce) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            mac.update(side.getBytes(StandardCharsets.US_ASCII));
            mac.update(hello);
            mac.update((byte) version);
            return mac.doFinal(nonce);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + ALGORITHM, e);
        }
    }
}
