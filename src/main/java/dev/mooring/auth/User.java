package dev.mooring.auth;

import org.jspecify.annotations.Nullable;

/**
 * A user of the configuration.
 *
 * @param passwordHash for a CONNECT with a password, in one of the forms of {@link PasswordHash}
 * @param scramSha256 for enhanced authentication, in the form of {@link ScramCredentials}
 */
public record User(
        String username,
        @Nullable String passwordHash,
        @Nullable String scramSha256) {
    /** Without the hashes: a log is no place to start guessing passwords from. */
    @Override
    public String toString() {
        return "User[" + username + "]";
    }
}
