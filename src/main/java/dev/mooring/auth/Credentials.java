package dev.mooring.auth;

import org.jspecify.annotations.Nullable;

/**
 * What a CONNECT shows, MQTT 5.0 §3.1.3.
 *
 * @param password not changed by the broker, and not to be changed by the caller
 */
public record Credentials(String clientId, @Nullable String username, byte @Nullable [] password) {
    /** Without the password: this text ends in logs. */
    @Override
    public String toString() {
        return "Credentials[" + clientId + ", " + username + "]";
    }
}
