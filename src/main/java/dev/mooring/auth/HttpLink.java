package dev.mooring.auth;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mooring.message.ReasonCode;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks an HTTP server about clients, by POST of what they show:
 *
 * <pre>{@code {"clientid": "c", "username": "u", "password": "p", "address": "10.0.0.1", "listener": "tcp:1883"}}</pre>
 *
 * <p>The answer is 200 with {@code {"result": "allow"}}, {@code deny} or {@code ignore}; with allow there may be
 * {@code username}, {@code is_superuser}, {@code acl} (rules) and {@code expire_at} (seconds since 1970), as in EMQX.
 * 204 is allow; 401 and 403 are deny. Anything else, and no answer in time, refuses the client as long as it lasts.
 *
 * <p>Answers are believed for a while, by all that the client has shown. Safe for all threads.
 */
public final class HttpLink implements Link {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Answers kept; the oldest goes first. */
    static final int CACHE_MAX = 10_000;

    private record Kept(Verdict verdict, long untilMs) {}

    private final HttpFetch fetch;
    private final long cacheMs;
    private final long negativeCacheMs;
    private final LongSupplier nowMs;
    private final byte[] salt = new byte[32];
    private final LinkedHashMap<ByteBuffer, Kept> cache = new LinkedHashMap<>();

    /** @param cacheMs how long allow is believed; {@code negativeCacheMs} the same for deny; 0 for not at all */
    public HttpLink(HttpFetch fetch, long cacheMs, long negativeCacheMs) {
        this(fetch, cacheMs, negativeCacheMs, () -> System.nanoTime() / 1_000_000);
    }

    HttpLink(HttpFetch fetch, long cacheMs, long negativeCacheMs, LongSupplier nowMs) {
        this.fetch = fetch;
        this.cacheMs = cacheMs;
        this.negativeCacheMs = negativeCacheMs;
        this.nowMs = nowMs;
        new SecureRandom().nextBytes(salt);
    }

    /** The server itself is not asked: one that is away refuses clients one by one. */
    @Override
    public Future<Void> open() {
        return fetch.open();
    }

    @Override
    public void close() {
        fetch.close();
    }

    @Override
    public Future<Verdict> check(Credentials c, Passwords passwords) {
        ObjectNode question = JSON.createObjectNode();
        question.put("clientid", c.clientId());
        question.put("username", c.username());
        question.put("password", c.password() == null ? null : new String(c.password(), StandardCharsets.UTF_8));
        question.put("address", c.address()).put("listener", c.listener());
        if (c.certificate() != null) {
            question.put("cert_subject", CertificateLink.name(c.certificate(), CertificateLink.Name.SUBJECT));
            question.put("cert_common_name", CertificateLink.name(c.certificate(), CertificateLink.Name.CN));
        }
        String text = question.toString();
        ByteBuffer key = digest(text, c);
        Verdict kept = kept(key);
        if (kept != null) {
            return Future.succeededFuture(kept);
        }
        return fetch.send(Buffer.buffer(text)).map(answer -> verdict(answer, c)).transform(done -> {
            Verdict verdict = done.succeeded()
                    ? done.result()
                    : Chain.unavailable("HTTP: " + done.cause().getMessage());
            keep(key, verdict);
            return Future.succeededFuture(verdict);
        });
    }

    private static Verdict verdict(HttpFetch.Answer answer, Credentials c) {
        return switch (answer.status()) {
            case 200 -> verdict(answer.body().toString(), c);
            case 204 -> allow(JSON.createObjectNode(), c);
            case 401, 403 -> Chain.bad("HTTP: answered by " + answer.status());
            default ->
                Chain.unavailable("HTTP: answered by " + answer.status() + ", where 200, 204, 401 or 403 is expected");
        };
    }

    private static Verdict verdict(String body, Credentials c) {
        try {
            JsonNode json = JSON.readTree(body);
            return switch (json.path("result").asText()) {
                case "allow" -> allow(json, c);
                case "deny" -> Chain.bad("HTTP: denied");
                case "ignore" -> Verdict.IGNORE;
                default -> Chain.unavailable("HTTP: \"result\" is neither allow nor deny nor ignore");
            };
        } catch (JsonProcessingException | IllegalArgumentException e) {
            return Chain.unavailable("HTTP: " + HttpFetch.unreadable(e));
        }
    }

    private static Verdict allow(JsonNode json, Credentials c) {
        String username = json.hasNonNull("username") ? json.path("username").asText() : c.username();
        List<AclRule> rules = json.hasNonNull("acl") ? AclJson.read(json.path("acl")) : null;
        JsonNode expires = json.path("expire_at");
        long expiresAtMs = expires.isNumber() ? 1000 * expires.longValue() : Identity.NEVER;
        if (expiresAtMs <= System.currentTimeMillis()) {
            return new Verdict.Deny(ReasonCode.NOT_AUTHORIZED, "HTTP: expire_at is over");
        }
        boolean superuser = json.path("is_superuser").asBoolean();
        return new Verdict.Allow(new Identity(username, username != null, superuser, rules, expiresAtMs));
    }

    // ---- what was answered before

    private synchronized @Nullable Verdict kept(ByteBuffer key) {
        Kept kept = cache.get(key);
        return kept == null || nowMs.getAsLong() >= kept.untilMs ? null : kept.verdict;
    }

    /** What a server that does not work says is not kept. */
    private synchronized void keep(ByteBuffer key, Verdict verdict) {
        boolean isNo = verdict instanceof Verdict.Deny deny && deny.reason() != ReasonCode.SERVER_UNAVAILABLE;
        long forMs = isNo ? negativeCacheMs : verdict instanceof Verdict.Deny ? 0 : cacheMs;
        if (verdict instanceof Verdict.Allow allow) { // not beyond its own end, which is by the wall clock
            forMs = Math.min(forMs, allow.identity().expiresAtMs() - System.currentTimeMillis());
        }
        if (forMs <= 0) {
            return;
        }
        cache.remove(key);
        cache.put(key, new Kept(verdict, nowMs.getAsLong() + forMs));
        Iterator<Map.Entry<ByteBuffer, Kept>> oldest = cache.entrySet().iterator();
        while (cache.size() > CACHE_MAX) {
            oldest.next();
            oldest.remove();
        }
    }

    private ByteBuffer digest(String question, Credentials c) {
        MessageDigest sha256 = Passwords.sha256();
        sha256.update(salt);
        sha256.update(question.getBytes(StandardCharsets.UTF_8));
        // The question has U+FFFD for what is no UTF-8: two passwords must not be one.
        return ByteBuffer.wrap(sha256.digest(c.password() == null ? new byte[0] : c.password()));
    }
}
