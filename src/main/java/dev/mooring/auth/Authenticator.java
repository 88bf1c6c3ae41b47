package dev.mooring.auth;

import dev.mooring.message.ReasonCode;
import io.vertx.core.Future;
import java.util.function.BiPredicate;
import java.util.function.LongSupplier;

/** Says who a CONNECT is, by a {@link Chain}. Confined to one event loop, which never waits. */
public final class Authenticator {
    private final Passwords passwords;

    public Authenticator(Hashing hashing) {
        this(hashing, PasswordHash::matches, () -> System.nanoTime() / 1_000_000);
    }

    /** See {@link Passwords}. */
    Authenticator(Hashing hashing, BiPredicate<PasswordHash, byte[]> verify, LongSupplier nowMs) {
        this.passwords = new Passwords(hashing, verify, nowMs);
    }

    /**
     * Never fails: an error inside is a refusal. The future completes on the event loop, often at once.
     *
     * <p>Reasons: NOT_AUTHORIZED for a client that shows nothing where something is needed; BAD_USER_NAME_OR_PASSWORD
     * for one that shows something wrong or incomplete; SERVER_BUSY when too many checks wait; SERVER_UNAVAILABLE when
     * somebody else who had to be asked does not answer.
     */
    public Future<AuthResult> authenticate(Chain chain, Credentials credentials) {
        return chain.check(credentials, passwords)
                .otherwise(cause -> new AuthResult.Refused(
                        ReasonCode.UNSPECIFIED_ERROR, "the login could not be checked: " + cause));
    }
}
