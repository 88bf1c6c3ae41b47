package dev.mooring.spec;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.spec.KeySpec;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/** The client's side of SCRAM-SHA-256 (RFC 5802, RFC 7677), written for tests and without the broker's library. */
final class ScramClient {
    static final String METHOD = "SCRAM-SHA-256";
    private static final int ITERATIONS = 4_096;
    private static final byte[] SALT = "salt of the tests".getBytes(StandardCharsets.US_ASCII);

    private final String password;
    private final String nonce;
    private final String firstBare;
    private byte[] serverSignature = {};

    ScramClient(String user, String password) {
        this.password = password;
        byte[] random = new byte[18];
        new SecureRandom().nextBytes(random);
        this.nonce = Base64.getEncoder().encodeToString(random);
        this.firstBare = "n=" + user.replace("=", "=3D").replace(",", "=2C") + ",r=" + nonce;
    }

    /** What a server keeps of a password, in PostgreSQL's form. */
    static String stored(String password) {
        byte[] salted = salted(password, SALT, ITERATIONS);
        Base64.Encoder base64 = Base64.getEncoder();
        return METHOD + "$" + ITERATIONS + ":" + base64.encodeToString(SALT) + "$"
                + base64.encodeToString(sha256(hmac(salted, "Client Key"))) + ":"
                + base64.encodeToString(hmac(salted, "Server Key"));
    }

    byte[] clientFirst() {
        return ("n,," + firstBare).getBytes(StandardCharsets.UTF_8);
    }

    byte[] clientFinal(byte[] serverFirst) {
        String first = new String(serverFirst, StandardCharsets.UTF_8);
        String[] parts = first.split(",");
        if (parts.length < 3 || !parts[0].startsWith("r=" + nonce) || parts[0].length() <= nonce.length() + 2) {
            throw new AssertionError("not a server-first-message for this client: " + first);
        }
        byte[] salt = Base64.getDecoder().decode(parts[1].substring(2));
        byte[] salted = salted(password, salt, Integer.parseInt(parts[2].substring(2)));
        String withoutProof = "c=biws," + parts[0];
        String message = firstBare + "," + first + "," + withoutProof;
        byte[] clientKey = hmac(salted, "Client Key");
        byte[] signature = hmac(sha256(clientKey), message);
        byte[] proof = new byte[clientKey.length];
        for (int i = 0; i < proof.length; i++) {
            proof[i] = (byte) (clientKey[i] ^ signature[i]);
        }
        serverSignature = hmac(hmac(salted, "Server Key"), message);
        return (withoutProof + ",p=" + Base64.getEncoder().encodeToString(proof)).getBytes(StandardCharsets.UTF_8);
    }

    /** Whether the server has shown that it knows the user. */
    boolean proves(byte[] serverFinal) {
        String expected = "v=" + Base64.getEncoder().encodeToString(serverSignature);
        return serverFinal != null && Arrays.equals(serverFinal, expected.getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] salted(String password, byte[] salt, int iterations) {
        try {
            KeySpec spec = new PBEKeySpec(password.toCharArray(), salt, iterations, 256);
            return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                    .generateSecret(spec)
                    .getEncoded();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] hmac(byte[] key, String message) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(message.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }
}
