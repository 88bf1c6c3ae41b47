package dev.mooring.auth;

import io.vertx.core.Future;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The users of the configuration that have a password. Immutable. */
public final class UserList implements Link {
    private final Map<String, PasswordHash> hashes = new HashMap<>();
    private final List<PasswordHash> all;

    public UserList(Users config) {
        for (User user : config.users()) {
            if (user.passwordHash() != null) {
                hashes.put(user.username(), PasswordHash.parse(user.passwordHash()));
            }
        }
        this.all = Passwords.all(hashes);
    }

    @Override
    public Future<Verdict> check(Credentials c, Passwords passwords) {
        PasswordHash hash = c.username() == null ? null : hashes.get(c.username());
        return hash == null || c.password() == null || c.password().length == 0
                ? Future.succeededFuture(Verdict.IGNORE)
                : passwords.verdict(c, hash, new Identity(c.username(), true));
    }

    @Override
    public @Nullable PasswordHash anyHash(String username) {
        return all.isEmpty() ? null : Passwords.pick(all, username);
    }
}
