package dev.mooring.auth;

import com.ongres.scram.common.ScramFunctions;
import dev.mooring.message.ReasonCode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The server's side of one SCRAM-SHA-256 exchange (RFC 5802, RFC 7677) as MQTT 5.0 §4.12 carries it: the client's first
 * message in CONNECT or in a re-authenticating AUTH, then a challenge, the proof, and the server's signature with
 * CONNACK or AUTH. Pure, used by one connection at a time, never throws on what a client sends. It does three HMACs and
 * no slow hash (the client does that), so it runs on the event loop.
 *
 * <p>An unknown user gets a challenge like everybody, made up by {@link EnhancedAuth}, and fails at the proof. Every
 * failure has the reason NOT_AUTHORIZED, which both CONNACK and DISCONNECT may carry; only a message after the end is a
 * PROTOCOL_ERROR. Channel binding and authorization identities are not offered.
 */
public final class ScramServer {
    /** Bytes of a client's message: a client that sends more is refused before it is parsed. */
    public static final int MESSAGE_BYTES_MAX = 4_096;

    /** What an exchange does next. */
    public sealed interface Step {
        /** Send AUTH with reason 0x18 and this data, and wait for the client's AUTH. */
        record Continue(byte[] data) implements Step {}

        /** The client is {@code username}, as the configuration writes it; {@code data} goes with CONNACK or AUTH. */
        record Done(byte[] data, String username) implements Step {}

        /** @param text for the log only */
        record Failed(ReasonCode reason, String text) implements Step {}
    }

    /** @param username null for a user that does not exist */
    record Entry(@Nullable String username, ScramCredentials credentials) {}

    private enum State {
        FIRST,
        FINAL,
        OVER
    }

    /**
     * A message that does not follow the grammar. Stays inside: RFC 5802's grammar has too many ends for return values.
     */
    private static final class Malformed extends Exception {
        private static final long serialVersionUID = 1L;

        final String text;

        Malformed(String text) {
            super(text, null, false, false); // no stack trace: a client may cause it at will
            this.text = text;
        }
    }

    private final Function<String, Entry> lookup;
    private final String serverNonce;
    private final @Nullable String mustBe;

    private State state = State.FIRST;
    private @Nullable Entry entry;
    private String channelBinding = "";
    private String nonce = "";
    private String messages = "";

    /**
     * @param lookup gives an entry for every name, prepared or not
     * @param serverNonce printable, no comma, never used before
     * @param mustBe the only user name that may succeed (re-authentication), or null for any
     */
    ScramServer(Function<String, Entry> lookup, String serverNonce, @Nullable String mustBe) {
        this.lookup = lookup;
        this.serverNonce = serverNonce;
        this.mustBe = mustBe;
    }

    /** @param data Authentication Data of the client's packet, empty when it has none */
    public Step next(byte[] data) {
        State now = state;
        state = State.OVER; // whatever fails below has failed for good
        try {
            return switch (now) {
                case FIRST -> first(text(data));
                case FINAL -> last(text(data));
                case OVER -> new Step.Failed(ReasonCode.PROTOCOL_ERROR, "SCRAM: a message after the end");
            };
        } catch (Malformed e) {
            return refused(e.text);
        }
    }

    /** client-first-message: {@code n,,n=user,r=nonce}. */
    private Step first(String message) throws Malformed {
        boolean offersBinding = message.startsWith("y,,");
        if (!offersBinding && !message.startsWith("n,,")) {
            return refused(message.startsWith("p=") ? "no channel binding here" : "unknown GS2 header");
        }
        String bare = message.substring(3);
        String[] attributes = bare.split(",", -1);
        if (attributes.length < 2) {
            return refused("user name or nonce is missing");
        }
        String name = username(value(attributes[0], 'n'));
        String clientNonce = nonce(value(attributes[1], 'r'));
        checkExtensions(attributes, 2, attributes.length);

        Entry found = lookup.apply(name);
        ScramCredentials credentials = found.credentials();
        entry = found;
        nonce = clientNonce + serverNonce;
        channelBinding = offersBinding ? "eSws" : "biws"; // the GS2 header in base64
        String salt = Base64.getEncoder().encodeToString(credentials.salt());
        String challenge = "r=" + nonce + ",s=" + salt + ",i=" + credentials.iterations();
        messages = bare + "," + challenge;
        state = State.FINAL;
        return new Step.Continue(challenge.getBytes(StandardCharsets.UTF_8));
    }

    /** client-final-message: {@code c=biws,r=nonce,p=proof}. */
    private Step last(String message) throws Malformed {
        Entry found = entry;
        int proofAt = message.lastIndexOf(",p=");
        if (found == null || proofAt < 0) {
            return refused("proof is missing");
        }
        String withoutProof = message.substring(0, proofAt);
        String[] attributes = withoutProof.split(",", -1);
        if (attributes.length < 2) {
            return refused("channel binding or nonce is missing");
        }
        String binding = value(attributes[0], 'c');
        String echoed = value(attributes[1], 'r');
        checkExtensions(attributes, 2, attributes.length);
        byte[] proof = proof(message.substring(proofAt + 3));
        if (!binding.equals(channelBinding)) {
            return refused("channel binding differs from the first message");
        }
        if (!echoed.equals(nonce)) {
            return refused("wrong nonce");
        }

        String authMessage = messages + "," + withoutProof;
        boolean proven = proves(proof, found.credentials().storedKey(), authMessage);
        byte[] serverKey = found.credentials().serverKey();
        byte[] signature = ScramFunctions.serverSignature(ScramCredentials.MECHANISM, serverKey, authMessage);
        String username = found.username();
        if (username == null) {
            return refused("unknown user");
        }
        if (!proven) {
            return refused("wrong proof for user " + username);
        }
        if (mustBe != null && !mustBe.equals(username)) {
            return refused("re-authentication as another user: " + username);
        }
        byte[] data = ("v=" + Base64.getEncoder().encodeToString(signature)).getBytes(StandardCharsets.UTF_8);
        return new Step.Done(data, username);
    }

    /** ClientKey = ClientProof XOR HMAC(StoredKey, AuthMessage), and H(ClientKey) is StoredKey, RFC 5802 §3. */
    private static boolean proves(byte[] proof, byte[] storedKey, String authMessage) {
        byte[] signature = ScramFunctions.clientSignature(ScramCredentials.MECHANISM, storedKey, authMessage);
        byte[] clientKey = new byte[signature.length];
        for (int i = 0; i < clientKey.length; i++) {
            clientKey[i] = (byte) (proof[i] ^ signature[i]);
        }
        return MessageDigest.isEqual(ScramFunctions.hash(ScramCredentials.MECHANISM, clientKey), storedKey);
    }

    private static Step refused(String text) {
        return new Step.Failed(ReasonCode.NOT_AUTHORIZED, "SCRAM: " + text);
    }

    private static String text(byte[] data) throws Malformed {
        if (data.length == 0 || data.length > MESSAGE_BYTES_MAX) {
            throw new Malformed("message has " + data.length + " bytes, not 1 to " + MESSAGE_BYTES_MAX);
        }
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(data))
                    .toString();
            if (text.indexOf('\0') < 0) {
                return text;
            }
        } catch (CharacterCodingException e) {
            throw new Malformed("message is not UTF-8");
        }
        throw new Malformed("message has a NUL");
    }

    private static String value(String attribute, char name) throws Malformed {
        if (attribute.startsWith("m=")) {
            throw new Malformed("unknown mandatory extension");
        }
        if (attribute.length() < 3 || attribute.charAt(0) != name || attribute.charAt(1) != '=') {
            throw new Malformed("expected attribute " + name);
        }
        return attribute.substring(2);
    }

    /** Optional extensions are ignored, but they must look like ones and may not repeat what has a meaning. */
    private static void checkExtensions(String[] attributes, int from, int to) throws Malformed {
        for (int i = from; i < to; i++) {
            String extension = attributes[i];
            char name = extension.length() < 3 || extension.charAt(1) != '=' ? 0 : extension.charAt(0);
            boolean letter = (name >= 'a' && name <= 'z') || (name >= 'A' && name <= 'Z');
            if (!letter || "anmrcsipve".indexOf(name) >= 0) {
                throw new Malformed(name == 'm' ? "unknown mandatory extension" : "malformed extension");
            }
        }
    }

    /** saslname: {@code =2C} is a comma, {@code =3D} an equals sign, and no other {@code =} is allowed. */
    private static String username(String saslname) throws Malformed {
        String rest = saslname.replace("=2C", "").replace("=3D", "");
        if (rest.indexOf('=') >= 0) {
            throw new Malformed("malformed user name");
        }
        return saslname.replace("=2C", ",").replace("=3D", "=");
    }

    private static String nonce(String text) throws Malformed {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < 0x21 || text.charAt(i) > 0x7E) {
                throw new Malformed("nonce is not printable");
            }
        }
        return text;
    }

    private static byte[] proof(String base64) throws Malformed {
        byte[] proof;
        try {
            proof = Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw new Malformed("proof is not base64");
        }
        // Java also reads base64 without padding or with stray last bits: one proof must have one form only.
        boolean canonical = Base64.getEncoder().encodeToString(proof).equals(base64);
        if (proof.length != ScramCredentials.KEY_BYTES || !canonical) {
            throw new Malformed("proof is not 32 bytes of base64");
        }
        return proof;
    }
}
