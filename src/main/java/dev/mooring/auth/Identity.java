package dev.mooring.auth;

import org.jspecify.annotations.Nullable;

/**
 * Who a connection is, from a successful CONNECT until its end.
 *
 * @param username null for an anonymous client
 * @param verified whether the name was proven by a password or an exchange; false also for anonymous clients, and for a
 *     name that a broker without users took as given: no right may hang on such a name
 */
public record Identity(@Nullable String username, boolean verified) {
    public static final Identity ANONYMOUS = new Identity(null, false);

    public Identity {
        if (verified && username == null) {
            throw new IllegalArgumentException("an anonymous client can't be verified");
        }
    }
}
