package dev.mooring.auth;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who a connection is, from a successful CONNECT until its end.
 *
 * @param username null for an anonymous client
 * @param verified whether the name was proven by a password or an exchange; false also for anonymous clients, and for a
 *     name that a broker without users took as given: no right may hang on such a name
 * @param superuser whether no rule counts for it; only {@code $SYS} stays closed to its messages
 * @param rules what whoever knows this client says of its rights, asked before all other rules; null when that is
 *     nothing, which is not the same as none
 * @param expiresAtMs when this identity ends, wall clock; {@link #NEVER} when it lasts as long as the connection
 */
public record Identity(
        @Nullable String username,
        boolean verified,
        boolean superuser,
        @Nullable List<AclRule> rules,
        long expiresAtMs) {
    public static final long NEVER = Long.MAX_VALUE;

    public static final Identity ANONYMOUS = new Identity(null, false);

    public Identity {
        if (verified && username == null) {
            throw new IllegalArgumentException("an anonymous client can't be verified");
        }
        rules = rules == null ? null : List.copyOf(rules);
    }

    /** Without rights of its own. */
    public Identity(@Nullable String username, boolean verified) {
        this(username, verified, false, null, NEVER);
    }
}
