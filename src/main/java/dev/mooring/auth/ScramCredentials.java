package dev.mooring.auth;

import com.ongres.scram.common.ScramFunctions;
import com.ongres.scram.common.ScramMechanism;
import com.ongres.scram.common.StringPreparation;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a server keeps of a SCRAM-SHA-256 password, RFC 5802 §3, written as PostgreSQL writes it:
 * {@code SCRAM-SHA-256$<iterations>:<salt>$<storedKey>:<serverKey>}, the last three in base64. Who reads it can pretend
 * to be the server, but not log in without guessing the password.
 */
public final class ScramCredentials {
    /** RFC 7677 §4 asks for at least this many. */
    public static final int ITERATIONS_MIN = 4_096;

    static final ScramMechanism MECHANISM = ScramMechanism.SCRAM_SHA_256;
    static final int KEY_BYTES = 32;

    private static final String BASE64 = "([A-Za-z0-9+/=]+)";
    private static final Pattern FORM =
            Pattern.compile("SCRAM-SHA-256\\$(\\d{1,18}):" + BASE64 + "\\$" + BASE64 + ":" + BASE64);

    private final int iterations;
    private final byte[] salt;
    private final byte[] storedKey;
    private final byte[] serverKey;

    ScramCredentials(int iterations, byte[] salt, byte[] storedKey, byte[] serverKey) {
        this.iterations = iterations;
        this.salt = salt;
        this.storedKey = storedKey;
        this.serverKey = serverKey;
    }

    /**
     * New credentials with a random salt. Takes as long as any slow hash.
     *
     * @throws IllegalArgumentException when {@code iterations} is too small or SASLprep (RFC 4013) prohibits the
     *     password
     */
    public static ScramCredentials of(String password, int iterations) {
        byte[] salt = new byte[16];
        new SecureRandom().nextBytes(salt);
        return of(password, iterations, salt);
    }

    static ScramCredentials of(String password, int iterations, byte[] salt) {
        if (iterations < ITERATIONS_MIN) {
            throw new IllegalArgumentException("the iterations must be at least " + ITERATIONS_MIN);
        }
        byte[] salted = ScramFunctions.saltedPassword(
                MECHANISM, StringPreparation.SASL_PREPARATION, password.toCharArray(), salt, iterations);
        byte[] storedKey = ScramFunctions.storedKey(MECHANISM, ScramFunctions.clientKey(MECHANISM, salted));
        return new ScramCredentials(iterations, salt, storedKey, ScramFunctions.serverKey(MECHANISM, salted));
    }

    /** Why {@code text} is not in the stored form, or null. */
    public static @Nullable String problem(String text) {
        try {
            parse(text);
            return null;
        } catch (IllegalArgumentException e) {
            return e.getMessage() == null ? "malformed" : e.getMessage();
        }
    }

    /** @throws IllegalArgumentException with the sentence that {@link #problem} gives */
    static ScramCredentials parse(String text) {
        Matcher m = FORM.matcher(text);
        if (!m.matches()) {
            throw new IllegalArgumentException(
                    "malformed: must be SCRAM-SHA-256$<iterations>:<salt>$<storedKey>:<serverKey>");
        }
        long iterations = Long.parseLong(m.group(1));
        if (iterations < ITERATIONS_MIN || iterations > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("the iterations must be " + ITERATIONS_MIN + " to " + Integer.MAX_VALUE);
        }
        return new ScramCredentials(
                (int) iterations,
                base64("salt", m.group(2)),
                key("storedKey", m.group(3)),
                key("serverKey", m.group(4)));
    }

    private static byte[] key(String what, String text) {
        byte[] key = base64(what, text);
        if (key.length != KEY_BYTES) {
            throw new IllegalArgumentException("the " + what + " must have " + KEY_BYTES + " bytes");
        }
        return key;
    }

    private static byte[] base64(String what, String text) {
        try {
            byte[] bytes = Base64.getDecoder().decode(text);
            if (bytes.length > 0) {
                return bytes;
            }
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("the " + what + " is not base64", e);
        }
        throw new IllegalArgumentException("the " + what + " is empty");
    }

    /** A user name as SCRAM compares it (SASLprep); a name that can't be prepared stands for itself. */
    public static String prepare(String username) {
        try {
            return new String(StringPreparation.SASL_PREPARATION.normalize(username.toCharArray()));
        } catch (IllegalArgumentException e) {
            return username;
        }
    }

    /** The stored form. A secret. */
    public String text() {
        Base64.Encoder base64 = Base64.getEncoder();
        return "SCRAM-SHA-256$" + iterations + ":" + base64.encodeToString(salt) + "$"
                + base64.encodeToString(storedKey) + ":" + base64.encodeToString(serverKey);
    }

    int iterations() {
        return iterations;
    }

    byte[] salt() {
        return salt;
    }

    byte[] storedKey() {
        return storedKey;
    }

    byte[] serverKey() {
        return serverKey;
    }
}
