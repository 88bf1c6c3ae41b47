package dev.mooring.auth;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyType;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.X509EncodedKeySpec;
import java.text.ParseException;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys that tokens are signed with: a secret, a public key in a PEM file, or a JSON Web Key Set (RFC 7517) in a
 * file or at a URL. What changes is loaded again at an interval, and a set at a URL also when a token names a key that
 * is not in it. What was loaded last stays when that fails. Safe for all threads.
 *
 * <p>Only algorithms of the kinds of key that are there are accepted: a public key is never taken for a secret, and
 * {@code none} never at all.
 */
public final class JwtKeys {
    private static final Logger LOG = LoggerFactory.getLogger(JwtKeys.class);

    /** Between two loads that tokens cause. */
    private static final long UNKNOWN_KEY_MS = 10_000;

    /** Clocks of two machines differ; seconds. */
    private static final int SKEW_S = 5;

    private record Loaded(DefaultJWTProcessor<SecurityContext> processor, Set<String> ids) {}

    private final Vertx vertx;
    private final String what;
    private final Callable<Future<JWKSet>> load;
    private final long reloadMs;
    private final @Nullable HttpFetch remote;
    private volatile @Nullable Loaded loaded;
    private volatile long timer = -1;
    private volatile long loadedAtMs;

    private JwtKeys(
            Vertx vertx, String what, long reloadMs, @Nullable HttpFetch remote, Callable<Future<JWKSet>> load) {
        this.vertx = vertx;
        this.what = what;
        this.load = load;
        this.reloadMs = reloadMs;
        this.remote = remote;
    }

    /** @param secret at least 32 bytes of UTF-8, for HMAC */
    public static JwtKeys secret(Vertx vertx, String secret) {
        JWK key = new OctetSequenceKey.Builder(secret.getBytes(StandardCharsets.UTF_8)).build();
        return new JwtKeys(vertx, "secret", 0, null, () -> Future.succeededFuture(new JWKSet(key)));
    }

    /** @param file PEM with one public key or certificate of RSA or EC */
    public static JwtKeys publicKey(Vertx vertx, Path file, long reloadMs) {
        return new JwtKeys(vertx, file.toString(), reloadMs, null, () -> vertx.executeBlocking(() -> pem(file), false));
    }

    public static JwtKeys file(Vertx vertx, Path file, long reloadMs) {
        return new JwtKeys(
                vertx,
                file.toString(),
                reloadMs,
                null,
                () -> vertx.executeBlocking(() -> set(Files.readString(file)), false));
    }

    public static JwtKeys url(Vertx vertx, String url, HttpFetch fetch, long reloadMs) {
        return new JwtKeys(
                vertx,
                url,
                reloadMs,
                fetch,
                () -> fetch.send(null).map(answer -> {
                    if (answer.status() != 200) {
                        throw new IllegalArgumentException("it answers " + answer.status());
                    }
                    return set(answer.body().toString());
                }));
    }

    private static JWKSet set(String json) {
        try {
            return JWKSet.parse(json);
        } catch (ParseException e) {
            throw new IllegalArgumentException("not a JSON Web Key Set: " + e.getMessage(), e);
        }
    }

    private static JWKSet pem(Path file) throws IOException {
        String text = Files.readString(file);
        try {
            PublicKey key;
            if (text.contains("-----BEGIN CERTIFICATE-----")) {
                key = CertificateFactory.getInstance("X.509")
                        .generateCertificate(new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII)))
                        .getPublicKey();
            } else {
                byte[] der = Base64.getMimeDecoder().decode(text.replaceAll("-----[A-Z ]+-----", ""));
                key = publicKey(new X509EncodedKeySpec(der));
            }
            return new JWKSet(
                    key instanceof ECPublicKey ec
                            ? new ECKey.Builder(Curve.forECParameterSpec(ec.getParams()), ec).build()
                            : new RSAKey.Builder((RSAPublicKey) key).build());
        } catch (GeneralSecurityException | IllegalArgumentException | ClassCastException e) {
            throw new IOException("not a PEM file with a public key, or a certificate, of RSA or EC", e);
        }
    }

    private static PublicKey publicKey(X509EncodedKeySpec spec) throws GeneralSecurityException {
        try {
            return KeyFactory.getInstance("RSA").generatePublic(spec);
        } catch (InvalidKeySpecException e) {
            return KeyFactory.getInstance("EC").generatePublic(spec);
        }
    }

    Future<Void> open() {
        return load().map(v -> {
            if (reloadMs > 0 && timer < 0) {
                timer = vertx.setPeriodic(reloadMs, t -> again());
            }
            return null;
        });
    }

    void close() {
        vertx.cancelTimer(timer);
        if (remote != null) {
            remote.close();
        }
    }

    @Nullable
    DefaultJWTProcessor<SecurityContext> processor() {
        Loaded now = loaded;
        return now == null ? null : now.processor;
    }

    /** A token names this key: one that is new may have been added since the last load. */
    void seen(@Nullable String keyId) {
        Loaded now = loaded;
        long nowMs = System.currentTimeMillis();
        if (remote != null
                && keyId != null
                && now != null
                && !now.ids.contains(keyId)
                && nowMs - loadedAtMs > UNKNOWN_KEY_MS) {
            again();
        }
    }

    private void again() {
        load().onFailure(e -> LOG.error("{}; the keys that were loaded before stay", e.getMessage()));
    }

    private Future<Void> load() {
        loadedAtMs = System.currentTimeMillis();
        Future<JWKSet> keys;
        try {
            keys = load.call();
        } catch (Exception e) {
            keys = Future.failedFuture(e);
        }
        return keys.<Void>map(set -> {
                    loaded = processor(set);
                    return null;
                })
                .recover(e -> Future.failedFuture("keys of tokens from " + what + ": " + explain(e)));
    }

    private static String explain(Throwable failure) {
        return failure instanceof NoSuchFileException ? "there is no such file" : String.valueOf(failure.getMessage());
    }

    private static Loaded processor(JWKSet set) {
        Set<JWSAlgorithm> algorithms = new HashSet<>();
        Set<String> ids = new HashSet<>();
        for (JWK key : set.getKeys()) {
            algorithms.addAll(algorithms(key));
            if (key.getKeyID() != null) {
                ids.add(key.getKeyID());
            }
        }
        if (algorithms.isEmpty()) {
            throw new IllegalArgumentException("there is no key of RSA, EC or HMAC in it");
        }
        DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
        processor.setJWSKeySelector(new JWSVerificationKeySelector<>(algorithms, new ImmutableJWKSet<>(set)));
        DefaultJWTClaimsVerifier<SecurityContext> times =
                new DefaultJWTClaimsVerifier<>(new JWTClaimsSet.Builder().build(), Set.of());
        times.setMaxClockSkew(SKEW_S);
        processor.setJWTClaimsSetVerifier(times);
        return new Loaded(processor, ids);
    }

    private static List<JWSAlgorithm> algorithms(JWK key) {
        KeyType type = key.getKeyType();
        if (key instanceof OctetSequenceKey) {
            return List.of(JWSAlgorithm.HS256, JWSAlgorithm.HS384, JWSAlgorithm.HS512);
        }
        if (key instanceof RSAKey) {
            return List.of(
                    JWSAlgorithm.RS256,
                    JWSAlgorithm.RS384,
                    JWSAlgorithm.RS512,
                    JWSAlgorithm.PS256,
                    JWSAlgorithm.PS384,
                    JWSAlgorithm.PS512);
        }
        if (key instanceof ECKey) {
            return List.of(JWSAlgorithm.ES256, JWSAlgorithm.ES384, JWSAlgorithm.ES512);
        }
        LOG.debug("keys of type {} are not used", type);
        return List.of();
    }
}
