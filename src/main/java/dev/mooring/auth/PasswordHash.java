package dev.mooring.auth;

import com.password4j.Argon2Function;
import com.password4j.BcryptFunction;
import com.password4j.HashingFunction;
import com.password4j.PBKDF2Function;
import com.password4j.types.Argon2;
import com.password4j.types.Hmac;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A stored password in a form that names its algorithm and cost. Immutable, for all threads; a check takes 10 to 500 ms
 * and has no place on an event loop.
 *
 * <table>
 * <tr><td>{@code $argon2id$v=19$m=19456,t=2,p=1$salt$hash}</td><td>also argon2i and argon2d</td></tr>
 * <tr><td>{@code $2b$12$...}</td><td>bcrypt, also 2a, 2x, 2y; only 72 bytes of a password count</td></tr>
 * <tr><td>{@code $pbkdf2-sha256$29000$salt$hash}</td><td>passlib, also sha512</td></tr>
 * <tr><td>{@code $7$101$salt$hash}</td><td>mosquitto_passwd</td></tr>
 * <tr><td>{@code $3$configuration$salt$hash}</td><td>password4j's PBKDF2, 1 (SHA-1) to 5 (SHA-512)</td></tr>
 * </table>
 */
public final class PasswordHash {
    private static final Pattern ARGON2 =
            Pattern.compile("\\$argon2(?:id|i|d)\\$v=(?:16|19)\\$m=(\\d{1,9}),t=(\\d{1,9}),p=(\\d{1,3})"
                    + "\\$([A-Za-z0-9+/]+)\\$([A-Za-z0-9+/]+)");
    private static final Pattern BCRYPT = Pattern.compile("\\$2[abxy]\\$(\\d\\d)\\$[./A-Za-z0-9]{53}");
    private static final Pattern PASSLIB =
            Pattern.compile("\\$pbkdf2-sha(256|512)\\$(\\d{1,9})\\$([./A-Za-z0-9]+)\\$([./A-Za-z0-9]+)");
    private static final Pattern MOSQUITTO =
            Pattern.compile("\\$7\\$(\\d{1,9})\\$([+/=A-Za-z0-9]+)\\$([+/=A-Za-z0-9]+)");
    private static final Pattern COMPRESSED =
            Pattern.compile("\\$([1-5])\\$(\\d{1,19})\\$([+/=A-Za-z0-9]+)\\$([+/=A-Za-z0-9]+)");

    // A typing error in a cost must not turn the first login into an outage.
    private static final int ARGON2_MEMORY_KIB_MAX = 1 << 20;
    private static final int ARGON2_ITERATIONS_MAX = 1_000;
    private static final int ARGON2_LANES_MAX = 64;
    private static final int BCRYPT_COST_MAX = 20;
    private static final int PBKDF2_ITERATIONS_MAX = 10_000_000;

    private final String text;
    private final Predicate<byte[]> check;

    private PasswordHash(String text, Predicate<byte[]> check) {
        this.text = text;
        this.check = check;
    }

    /** @param text by which it is the same as another one */
    static PasswordHash of(String text, Predicate<byte[]> check) {
        return new PasswordHash(text, check);
    }

    /** A new hash by today's advice: argon2id with 19 MiB and two passes (OWASP Password Storage Cheat Sheet). */
    public static String make(byte[] password) {
        byte[] salt = new byte[16];
        new SecureRandom().nextBytes(salt);
        return Argon2Function.getInstance(19_456, 2, 1, 32, Argon2.ID)
                .hash(password, salt)
                .getResult();
    }

    /** Why {@code text} is no hash that can be checked, or null. */
    public static @Nullable String problem(String text) {
        try {
            parse(text);
            return null;
        } catch (IllegalArgumentException e) {
            return e.getMessage() == null ? "malformed" : e.getMessage();
        }
    }

    /** @throws IllegalArgumentException with the sentence that {@link #problem} gives */
    static PasswordHash parse(String text) {
        if (text.startsWith("$argon2")) {
            return argon2(text);
        }
        if (text.startsWith("$2") && !text.startsWith("$2$")) {
            Matcher bcrypt = match(BCRYPT, text, "$2b$<cost>$<salt and hash>");
            inRange("bcrypt cost", bcrypt.group(1), 4, BCRYPT_COST_MAX);
            return new PasswordHash(text, by(BcryptFunction.getInstanceFromHash(text), text));
        }
        if (text.startsWith("$pbkdf2")) {
            Matcher m = match(PASSLIB, text, "$pbkdf2-sha256$<iterations>$<salt>$<hash>");
            // passlib's base64 writes '.' for '+' and leaves the padding out.
            return pbkdf2(
                    "256".equals(m.group(1)) ? Hmac.SHA256 : Hmac.SHA512,
                    m.group(2),
                    m.group(3).replace('.', '+'),
                    m.group(4).replace('.', '+'));
        }
        if (text.startsWith("$7$")) {
            Matcher m = match(MOSQUITTO, text, "$7$<iterations>$<salt>$<hash>");
            return pbkdf2(Hmac.SHA512, m.group(1), m.group(2), m.group(3));
        }
        if (COMPRESSED.matcher(text).lookingAt()) {
            return compressed(text);
        }
        throw new IllegalArgumentException(
                "unknown algorithm: must begin with $argon2id$, $2b$, $pbkdf2-sha256$ or $7$");
    }

    private static PasswordHash argon2(String text) {
        Matcher m = match(ARGON2, text, "$argon2id$v=19$m=<KiB>,t=<passes>,p=<lanes>$<salt>$<hash>");
        inRange("argon2 t", m.group(2), 1, ARGON2_ITERATIONS_MAX);
        int lanes = inRange("argon2 p", m.group(3), 1, ARGON2_LANES_MAX);
        inRange("argon2 m", m.group(1), 8 * lanes, ARGON2_MEMORY_KIB_MAX);
        base64("salt", m.group(4), 8);
        base64("hash", m.group(5), 16);
        return new PasswordHash(text, by(Argon2Function.getInstanceFromHash(text), text));
    }

    private static PasswordHash compressed(String text) {
        Matcher m = match(COMPRESSED, text, "$<algorithm>$<configuration>$<salt>$<hash>");
        Hmac hmac = switch (m.group(1)) {
            case "1" -> Hmac.SHA1;
            case "2" -> Hmac.SHA224;
            case "3" -> Hmac.SHA256;
            case "4" -> Hmac.SHA384;
            default -> Hmac.SHA512;
        };
        long configuration;
        try {
            configuration = Long.parseLong(m.group(2));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("the configuration is out of range", e);
        }
        if ((int) configuration != 8 * base64("hash", m.group(4), 16).length) {
            throw new IllegalArgumentException("the hash is not as long as the configuration says");
        }
        return pbkdf2(hmac, Long.toString(configuration >>> 32), m.group(3), m.group(4));
    }

    private static PasswordHash pbkdf2(Hmac hmac, String iterationsText, String saltText, String hashText) {
        int iterations = inRange("iterations", iterationsText, 1, PBKDF2_ITERATIONS_MAX);
        byte[] salt = base64("salt", saltText, 1);
        byte[] hash = base64("hash", hashText, 16);
        PBKDF2Function function = PBKDF2Function.getInstance(hmac, iterations, 8 * hash.length);
        return new PasswordHash(hmac + iterationsText + "$" + saltText + "$" + hashText, password -> {
            boolean equal =
                    MessageDigest.isEqual(hash, function.hash(password, salt).getBytes());
            // Java's PBKDF2 takes characters: all undecodable bytes would count as the same one.
            return equal && isUtf8(password);
        });
    }

    private static Predicate<byte[]> by(HashingFunction function, String text) {
        byte[] hash = text.getBytes(StandardCharsets.US_ASCII);
        return password -> function.check(password, hash);
    }

    private static Matcher match(Pattern pattern, String text, String form) {
        Matcher matcher = pattern.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("malformed: must be " + form);
        }
        return matcher;
    }

    private static int inRange(String what, String digits, int min, int max) {
        long value = digits.length() > 10 ? Long.MAX_VALUE : Long.parseLong(digits);
        if (value < min || value > max) {
            throw new IllegalArgumentException(what + " must be " + min + " to " + max);
        }
        return (int) value;
    }

    private static byte[] base64(String what, String text, int bytesMin) {
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("the " + what + " is not base64", e);
        }
        if (bytes.length < bytesMin) {
            throw new IllegalArgumentException("the " + what + " must have at least " + bytesMin + " bytes");
        }
        return bytes;
    }

    private static boolean isUtf8(byte[] bytes) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    boolean matches(byte[] password) {
        return check.test(password);
    }

    /** By what is stored, so that a user who is read anew is the same as long as his password is. */
    @Override
    public boolean equals(Object o) {
        return o instanceof PasswordHash other && text.equals(other.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }
}
