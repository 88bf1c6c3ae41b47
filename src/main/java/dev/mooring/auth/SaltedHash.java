package dev.mooring.auth;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

/**
 * How passwords are stored that do not say it themselves: in hexadecimal, hashed once with a salt beside them, as many
 * existing tables have them. Quick to guess for whoever gets the table; new ones should be Argon2 or bcrypt.
 */
public record SaltedHash(Algorithm algorithm, Salt salt) {
    public enum Algorithm {
        PLAIN,
        MD5,
        SHA,
        SHA256,
        SHA512
    }

    /** Where the salt stands. */
    public enum Salt {
        PREFIX,
        SUFFIX,
        DISABLE
    }

    /** @throws IllegalArgumentException when {@code stored} is no such hash; the text does not hold it */
    PasswordHash hash(String stored, String saltText) {
        byte[] expected = algorithm == Algorithm.PLAIN ? stored.getBytes(StandardCharsets.UTF_8) : hex(stored);
        byte[] beside = saltText.getBytes(StandardCharsets.UTF_8);
        return PasswordHash.of(
                stored + ":" + saltText, password -> MessageDigest.isEqual(expected, made(password, beside)));
    }

    private static byte[] hex(String stored) {
        try {
            return HexFormat.of().parseHex(stored.toLowerCase(Locale.ROOT));
        } catch (IllegalArgumentException e) { // whose text holds the hash
            throw new IllegalArgumentException("it is not hexadecimal");
        }
    }

    /** One that nobody's password has. */
    PasswordHash any() {
        return hash(algorithm == Algorithm.PLAIN ? "-" : "00", "");
    }

    private byte[] made(byte[] password, byte[] beside) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        if (salt == Salt.PREFIX) {
            all.writeBytes(beside);
        }
        all.writeBytes(password);
        if (salt == Salt.SUFFIX) {
            all.writeBytes(beside);
        }
        return algorithm == Algorithm.PLAIN ? all.toByteArray() : digest().digest(all.toByteArray());
    }

    private MessageDigest digest() {
        try {
            return MessageDigest.getInstance(
                    switch (algorithm) {
                        case MD5 -> "MD5";
                        case SHA -> "SHA-1";
                        case SHA512 -> "SHA-512";
                        default -> "SHA-256";
                    });
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has them", e);
        }
    }
}
