package dev.mooring.auth;

import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** One way to know clients. Safe for all threads: every event loop asks the same one. */
public interface Link extends AutoCloseable {
    /**
     * Loads what it needs to answer, and keeps it as new as it is where it comes from. Fails with a text for people
     * when it can't; then no listener that asks it opens, and it is tried again.
     */
    default Future<Void> open() {
        return Future.succeededFuture();
    }

    /**
     * Does not block. A failure inside is a {@link Verdict.Deny}, not a failed future: a later link must not let it
     * pass.
     */
    Future<Verdict> check(Credentials credentials, Passwords passwords);

    /**
     * The hash of some user, the same for the same name, for checks that must cost as much as those of users; or null.
     */
    default @Nullable PasswordHash anyHash(String username) {
        return null;
    }

    @Override
    default void close() {}
}
