package dev.mooring.auth;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * The authentication methods of MQTT 5.0 §4.12; today SCRAM-SHA-256, offered when at least one user has credentials for
 * it. Immutable, for all threads.
 */
public final class EnhancedAuth {
    public static final String SCRAM_SHA_256 = "SCRAM-SHA-256";

    /** Offers nothing. */
    static final EnhancedAuth NONE = new EnhancedAuth(new Users(List.of()), new byte[16]);

    private static final int NONCE_BYTES = 18;

    /** One for all event loops: the made-up salt of an unknown user must not change from connection to connection. */
    private static final byte[] PROCESS_SECRET = random(32);

    private final Map<String, ScramServer.Entry> users = new HashMap<>();
    private final List<ScramCredentials> known = new ArrayList<>();
    private final byte[] secret;

    public EnhancedAuth(Users config) {
        this(config, PROCESS_SECRET);
    }

    /**
     * @param secret at least 16 bytes; nodes that share it, and a node that keeps it over a restart, make up the same
     *     salt for the same unknown user
     */
    public EnhancedAuth(Users config, byte[] secret) {
        if (secret.length < 16) {
            throw new IllegalArgumentException("the secret must have at least 16 bytes");
        }
        this.secret = secret.clone();
        for (User user : config.users()) {
            if (user.scramSha256() != null) {
                ScramCredentials credentials = ScramCredentials.parse(user.scramSha256());
                known.add(credentials);
                users.put(
                        ScramCredentials.prepare(user.username()), new ScramServer.Entry(user.username(), credentials));
            }
        }
    }

    /**
     * Starts the exchange of a CONNECT; null for a method that is not offered, to be answered by
     * BAD_AUTHENTICATION_METHOD.
     */
    public @Nullable ScramServer start(String method) {
        return start(method, null);
    }

    /**
     * Starts a re-authentication: who succeeds as somebody else than {@code identity} is refused. That {@code method}
     * is the one of the CONNECT ([MQTT-4.12.1-1]) is for the connection to check.
     */
    public @Nullable ScramServer restart(String method, Identity identity) {
        // Only a verified name came from an exchange; "" is nobody, so nobody passes for an unverified one.
        return start(method, identity.verified() && identity.username() != null ? identity.username() : "");
    }

    private @Nullable ScramServer start(String method, @Nullable String mustBe) {
        if (!method.equals(SCRAM_SHA_256) || users.isEmpty()) {
            return null;
        }
        return new ScramServer(this::entry, Base64.getEncoder().encodeToString(random(NONCE_BYTES)), mustBe);
    }

    /**
     * The entry of a user, or one that looks like it. The made-up one borrows salt length and iterations from a user,
     * always the same for a name, so that unknown names differ in these no more than known ones do.
     */
    private ScramServer.Entry entry(String username) {
        String prepared = ScramCredentials.prepare(username);
        ScramServer.Entry user = users.get(prepared);
        byte[] pick = keyed("pick", prepared);
        ScramCredentials like = known.get(((pick[0] & 0x7F) << 8 | (pick[1] & 0xFF)) % known.size());
        byte[] salt = new byte[like.salt().length];
        for (int i = 0; i < salt.length; i += pick.length) {
            byte[] block = keyed("salt" + i, prepared);
            System.arraycopy(block, 0, salt, i, Math.min(block.length, salt.length - i));
        }
        ScramCredentials madeUp = new ScramCredentials(
                like.iterations(), salt, keyed("storedKey", prepared), keyed("serverKey", prepared));
        return user != null ? user : new ScramServer.Entry(null, madeUp);
    }

    private byte[] keyed(String use, String username) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            return mac.doFinal((use + ":" + username).getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has HmacSHA256", e);
        }
    }

    private static byte[] random(int bytes) {
        byte[] random = new byte[bytes];
        new SecureRandom().nextBytes(random);
        return random;
    }
}
