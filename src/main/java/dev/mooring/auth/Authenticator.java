package dev.mooring.auth;

import dev.mooring.auth.AuthResult.Accepted;
import dev.mooring.auth.AuthResult.Refused;
import dev.mooring.message.ReasonCode;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BiPredicate;
import java.util.function.LongSupplier;

/**
 * Checks the user name and password of a CONNECT. Confined to one event loop, which never waits: slow hashes run on two
 * worker threads that all loops of the process share.
 *
 * <p>A login flood must not stop the broker, and reconnecting after an outage must not look like one. So the checks
 * that wait are bounded ({@link #CHECKS_MAX} per loop, then SERVER_BUSY); one whose turn comes when its client has been
 * cut off for want of an answer is not done; equal checks that meet are done once; and a good result is believed for
 * {@link #GOOD_MS} without hashing. Bad results are not kept: guessing shall stay slow.
 *
 * <p>An unknown user costs the same full hash as a wrong password, against the hash of some real user, always the same
 * one for a name: where users have hashes of different cost, unknown names are spread over these costs just as users
 * are.
 */
public final class Authenticator {
    /** Checks that wait or run, per event loop. */
    public static final int CHECKS_MAX = 1_000;

    /** Threads for slow hashes, per process. */
    public static final int HASH_THREADS = 2;

    /** How long a good result is believed, milliseconds. */
    public static final long GOOD_MS = 5_000;

    /** Good results kept per event loop; the oldest goes first. */
    public static final int GOOD_MAX = 10_000;

    private enum Check {
        GOOD,
        BAD,
        TOO_LATE
    }

    /** The salt keeps password digests in a heap dump from being looked up in a table. */
    private record Key(String username, ByteBuffer saltedDigest) {}

    private final WorkerExecutor hashing;
    private final boolean open;
    private final boolean allowAnonymous;
    private final int checksMax;
    private final long waitMaxMs;
    private final BiPredicate<PasswordHash, byte[]> verify;
    private final LongSupplier nowMs;
    private final byte[] salt = new byte[32];

    private final Map<String, PasswordHash> hashes = new HashMap<>();
    private final List<PasswordHash> anyHash;
    private final Map<Key, Future<Check>> running = new HashMap<>();
    private final LinkedHashMap<Key, Long> goodUntilMs = new LinkedHashMap<>();

    /** @param waitMaxMs after which a client that waits for its CONNACK has gone, or been sent away */
    public Authenticator(Vertx vertx, AuthConfig config, long waitMaxMs) {
        this(vertx, config, CHECKS_MAX, waitMaxMs, PasswordHash::matches, () -> System.nanoTime() / 1_000_000);
    }

    /**
     * @param checksMax see {@link #CHECKS_MAX}
     * @param verify runs on a worker thread
     * @param nowMs a clock that never goes back, for all threads
     */
    Authenticator(
            Vertx vertx,
            AuthConfig config,
            int checksMax,
            long waitMaxMs,
            BiPredicate<PasswordHash, byte[]> verify,
            LongSupplier nowMs) {
        this.hashing = vertx.createSharedWorkerExecutor("mooring-auth", HASH_THREADS);
        this.open = config.allowAnonymous() && config.users().isEmpty();
        this.allowAnonymous = config.allowAnonymous();
        this.checksMax = checksMax;
        this.waitMaxMs = waitMaxMs;
        this.verify = verify;
        this.nowMs = nowMs;
        new SecureRandom().nextBytes(salt);
        for (User user : config.users()) {
            if (user.passwordHash() != null) {
                hashes.put(user.username(), PasswordHash.parse(user.passwordHash()));
            }
        }
        this.anyHash = new ArrayList<>(hashes.values());
    }

    /**
     * Never fails: an error inside is a refusal. The future completes on the event loop, often at once.
     *
     * <p>Reasons: NOT_AUTHORIZED for a client that shows nothing where something is needed; BAD_USER_NAME_OR_PASSWORD
     * for one that shows something wrong or incomplete; SERVER_BUSY when too many checks wait.
     */
    public Future<AuthResult> authenticate(Credentials credentials) {
        String username = credentials.username();
        byte[] password = credentials.password();
        if (open) {
            return accepted(username == null ? Identity.ANONYMOUS : new Identity(username, false));
        }
        if (username == null && password == null) {
            return allowAnonymous
                    ? accepted(Identity.ANONYMOUS)
                    : refused(ReasonCode.NOT_AUTHORIZED, "no user name, and anonymous is not allowed");
        }
        if (username == null) { // MQTT 5 allows this for tokens, which nobody here can check
            return bad("password without user name");
        }
        if (password == null || password.length == 0) {
            return bad("user name without password");
        }
        if (anyHash.isEmpty()) {
            return bad("no user has a password");
        }
        return check(username, password);
    }

    private Future<AuthResult> check(String username, byte[] password) {
        Key key = new Key(username, digest(username, password));
        Long until = goodUntilMs.get(key);
        if (until != null && nowMs.getAsLong() < until) {
            return accepted(new Identity(username, true));
        }
        Future<Check> check = running.get(key);
        if (check == null) {
            if (running.size() >= checksMax) {
                return refused(ReasonCode.SERVER_BUSY, "too many password checks wait");
            }
            check = startCheck(key, password);
        }
        return check.transform(done -> done.succeeded()
                ? Future.succeededFuture(result(username, done.result()))
                : refused(ReasonCode.UNSPECIFIED_ERROR, "password check failed: " + done.cause()));
    }

    private AuthResult result(String username, Check check) {
        if (check == Check.GOOD) {
            return new Accepted(new Identity(username, true));
        }
        if (check == Check.TOO_LATE) {
            return new Refused(ReasonCode.SERVER_BUSY, "the password check had to wait for too long");
        }
        String text = hashes.containsKey(username) ? "wrong password" : "unknown user";
        return new Refused(ReasonCode.BAD_USER_NAME_OR_PASSWORD, text);
    }

    private Future<Check> startCheck(Key key, byte[] password) {
        PasswordHash own = hashes.get(key.username());
        PasswordHash hash = own != null ? own : dummy(key.username());
        long askedAtMs = nowMs.getAsLong();
        Future<Check> check;
        try {
            check = hashing.executeBlocking(
                    () -> {
                        if (nowMs.getAsLong() - askedAtMs > waitMaxMs) {
                            return Check.TOO_LATE;
                        }
                        return verify.test(hash, password) && own != null ? Check.GOOD : Check.BAD;
                    },
                    false);
        } catch (RejectedExecutionException e) { // closed: a CONNECT during shutdown is no bug
            return Future.failedFuture(e);
        }
        running.put(key, check);
        return check.onComplete(done -> {
            running.remove(key);
            if (done.succeeded() && done.result() == Check.GOOD) {
                keep(key);
            }
        });
    }

    /** All entries live equally long, so the map's order of insertion is that of expiry. */
    private void keep(Key key) {
        long now = nowMs.getAsLong();
        goodUntilMs.remove(key);
        goodUntilMs.put(key, now + GOOD_MS);
        Iterator<Long> oldest = goodUntilMs.values().iterator();
        while (oldest.next() <= now || goodUntilMs.size() > GOOD_MAX) {
            oldest.remove();
        }
    }

    private PasswordHash dummy(String username) {
        int pick = digest(username, new byte[0]).getInt(0);
        return anyHash.get(Math.floorMod(pick, anyHash.size()));
    }

    private ByteBuffer digest(String username, byte[] password) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            sha256.update(salt);
            sha256.update(username.getBytes(StandardCharsets.UTF_8));
            sha256.update((byte) 0); // no MQTT string has a NUL: name and password can't run into each other
            return ByteBuffer.wrap(sha256.digest(password));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private static Future<AuthResult> accepted(Identity identity) {
        return Future.succeededFuture(new Accepted(identity));
    }

    private static Future<AuthResult> bad(String text) {
        return refused(ReasonCode.BAD_USER_NAME_OR_PASSWORD, text);
    }

    private static Future<AuthResult> refused(ReasonCode reason, String text) {
        return Future.succeededFuture(new Refused(reason, text));
    }

    /** Checks that wait or run now. */
    public int checks() {
        return running.size();
    }

    /** Gives the worker threads back when the last loop has done so; checks under way may stay unanswered. */
    public Future<Void> close() {
        return hashing.close();
    }
}
