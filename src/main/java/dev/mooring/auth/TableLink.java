package dev.mooring.auth;

import io.vertx.core.Future;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Knows users by a table that other programs write, a row a user, as EMQX has it in Redis: the hash
 * {@code mqtt_user:%u} with {@code password_hash} (or {@code password}), {@code salt} and {@code is_superuser}. A user
 * without a row is left to the next link. Safe for all threads.
 */
public final class TableLink implements Link {
    /** Logins that may wait for the table; beyond it clients are told that the server is busy. */
    static final int WAITING_MAX = 1_000;

    private final Rows rows;
    private final Template userKey;
    private final @Nullable TableRules rules;
    private final SaltedHash form;
    private final AtomicInteger waiting = new AtomicInteger();
    /** Of the user who was looked up last: what unknown ones have to cost, too. */
    private volatile PasswordHash seen;

    /**
     * @param userKey of a user's row
     * @param rules asked for those of the user who has shown the right password; opens and closes with {@code rows};
     *     null for none
     * @param form of hashes that do not say themselves how they were made
     */
    public TableLink(Rows rows, Template userKey, @Nullable TableRules rules, SaltedHash form) {
        this.rows = rows;
        this.userKey = userKey;
        this.rules = rules;
        this.form = form;
        this.seen = form.any();
    }

    @Override
    public Future<Void> open() {
        return rows.open().get();
    }

    @Override
    public void close() {
        rows.close().run();
    }

    @Override
    public Future<Verdict> check(Credentials c, Passwords passwords) {
        String key = userKey.fill(c.clientId(), c.username());
        if (c.username() == null || c.password() == null || c.password().length == 0 || key == null) {
            return Future.succeededFuture(Verdict.IGNORE);
        }
        if (waiting.incrementAndGet() > WAITING_MAX) {
            waiting.decrementAndGet();
            return Future.succeededFuture(Chain.BUSY);
        }
        return rows.row()
                .apply(key)
                .compose(row -> verdict(row, c, passwords))
                .otherwise(e -> Chain.unavailable("table of users: " + e.getMessage()))
                .onComplete(done -> waiting.decrementAndGet());
    }

    private Future<Verdict> verdict(Map<String, String> row, Credentials c, Passwords passwords) {
        String stored = row.getOrDefault("password_hash", row.get("password"));
        if (stored == null) {
            return Future.succeededFuture(Verdict.IGNORE);
        }
        PasswordHash hash;
        try {
            hash = stored.startsWith("$")
                    ? PasswordHash.parse(stored)
                    : form.hash(stored, row.getOrDefault("salt", ""));
        } catch (IllegalArgumentException e) {
            return Future.succeededFuture(
                    Chain.unavailable("the stored hash of user " + c.username() + " can't be used: " + e.getMessage()));
        }
        seen = hash;
        String superuser = row.getOrDefault("is_superuser", "");
        boolean isSuperuser = superuser.equals("1") || superuser.equals("true");
        return passwords
                .verdict(c, hash, new Identity(c.username(), true, isSuperuser, null, Identity.NEVER))
                .compose(verdict -> verdict instanceof Verdict.Allow allow && !isSuperuser
                        ? withRules(allow.identity(), c)
                        : Future.succeededFuture(verdict));
    }

    private Future<Verdict> withRules(Identity identity, Credentials c) {
        TableRules asked = rules;
        if (asked == null) {
            return Future.succeededFuture(new Verdict.Allow(identity));
        }
        return asked.rules(new Subject(c.clientId(), identity, c.address(), c.listener()))
                .map(found -> new Verdict.Allow(new Identity(
                        identity.username(), true, false, found.isEmpty() ? null : found, Identity.NEVER)));
    }

    @Override
    public PasswordHash anyHash(String username) {
        return seen;
    }
}
