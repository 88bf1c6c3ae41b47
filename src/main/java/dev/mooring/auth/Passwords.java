package dev.mooring.auth;

import io.vertx.core.Future;
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
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiPredicate;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Password checks of one event loop, which never waits: {@link Hashing} has threads for them.
 *
 * <p>A login flood must not stop the broker, and reconnecting after an outage must not look like one. So equal checks
 * that meet are done once, and a good result is believed for {@link #GOOD_MS} without hashing. Bad results are not
 * kept: guessing shall stay slow.
 */
public final class Passwords {
    /** How long a good result is believed, milliseconds. */
    public static final long GOOD_MS = 5_000;

    /** Good results kept per event loop; the oldest goes first. */
    public static final int GOOD_MAX = 10_000;

    /** What came of a check. */
    public enum Outcome {
        GOOD,
        BAD,
        /** Too many checks wait. */
        BUSY,
        /** Nobody waited any more. */
        GONE
    }

    /** The salt keeps password digests in a heap dump from being looked up in a table. */
    private record Key(PasswordHash hash, ByteBuffer saltedDigest) {}

    private record Running(Future<Outcome> outcome, List<BooleanSupplier> wanted) {}

    private final Hashing hashing;
    private final BiPredicate<PasswordHash, byte[]> verify;
    private final LongSupplier nowMs;
    private final byte[] salt = new byte[32];
    private final Map<Key, Running> running = new HashMap<>();
    private final LinkedHashMap<Key, Long> goodUntilMs = new LinkedHashMap<>();

    /**
     * @param verify runs on a worker thread
     * @param nowMs a clock that never goes back
     */
    Passwords(Hashing hashing, BiPredicate<PasswordHash, byte[]> verify, LongSupplier nowMs) {
        this.hashing = hashing;
        this.verify = verify;
        this.nowMs = nowMs;
        new SecureRandom().nextBytes(salt);
    }

    /**
     * @param hash of the user, or of any one when there is no such user
     * @param isUser false: the outcome is BAD, at the same cost
     */
    Future<Outcome> check(String username, byte[] password, PasswordHash hash, boolean isUser, BooleanSupplier wanted) {
        Key key = new Key(hash, digest(username, password));
        Long until = goodUntilMs.get(key);
        if (until != null && nowMs.getAsLong() < until) {
            return Future.succeededFuture(Outcome.GOOD);
        }
        Running check = running.get(key);
        if (check == null) {
            return start(key, password, isUser, wanted);
        }
        check.wanted.add(wanted);
        return check.outcome;
    }

    /** The answer of a link whose user shows a password. */
    Future<Verdict> verdict(Credentials c, PasswordHash hash, Identity identity) {
        String username = c.username();
        byte[] password = c.password();
        if (username == null || password == null) {
            return Future.succeededFuture(Verdict.IGNORE);
        }
        return check(username, password, hash, true, c.wanted()).map(outcome -> verdict(outcome, identity));
    }

    static Verdict verdict(Outcome outcome, Identity identity) {
        return switch (outcome) {
            case GOOD -> new Verdict.Allow(identity);
            case BAD -> Chain.bad("wrong password");
            case BUSY, GONE -> Chain.BUSY;
        };
    }

    private Future<Outcome> start(Key key, byte[] password, boolean isUser, BooleanSupplier wanted) {
        List<BooleanSupplier> all = new CopyOnWriteArrayList<>();
        all.add(wanted);
        Future<Outcome> check = hashing.run(
                () -> verify.test(key.hash, password) && isUser ? Outcome.GOOD : Outcome.BAD,
                Outcome.GONE,
                () -> all.stream().anyMatch(BooleanSupplier::getAsBoolean));
        if (check == null) {
            return Future.succeededFuture(Outcome.BUSY);
        }
        running.put(key, new Running(check, all)); // it may be complete by now: what follows runs all the same
        return check.onComplete(done -> {
            running.remove(key);
            if (done.succeeded() && done.result() == Outcome.GOOD) {
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

    private ByteBuffer digest(String username, byte[] password) {
        MessageDigest sha256 = sha256();
        sha256.update(salt);
        sha256.update(username.getBytes(StandardCharsets.UTF_8));
        sha256.update((byte) 0); // no MQTT string has a NUL: name and password can't run into each other
        return ByteBuffer.wrap(sha256.digest(password));
    }

    /** One of {@code hashes}, always the same one for a name. */
    static PasswordHash pick(List<PasswordHash> hashes, String username) {
        byte[] digest = sha256().digest(username.getBytes(StandardCharsets.UTF_8));
        return hashes.get(Math.floorMod(ByteBuffer.wrap(digest).getInt(), hashes.size()));
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    static List<PasswordHash> all(Map<String, PasswordHash> hashes) {
        return new ArrayList<>(hashes.values());
    }
}
