package dev.mooring.auth;

import java.security.cert.X509Certificate;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a connection shows: CONNECT, MQTT 5.0 §3.1.3, and what its socket says.
 *
 * @param password not changed by the broker, and not to be changed by the caller
 * @param address in digits, or empty
 * @param listener name of the listener, or empty
 * @param certificate that TLS has found good, or null
 * @param wanted whether somebody still waits for the answer; asked from any thread
 */
public record Credentials(
        String clientId,
        @Nullable String username,
        byte @Nullable [] password,
        String address,
        String listener,
        @Nullable X509Certificate certificate,
        BooleanSupplier wanted) {
    public Credentials(String clientId, @Nullable String username, byte @Nullable [] password) {
        this(clientId, username, password, "", "", null, () -> true);
    }

    /** Without the password: this text ends in logs. */
    @Override
    public String toString() {
        return "Credentials[" + clientId + ", " + username + "]";
    }
}
