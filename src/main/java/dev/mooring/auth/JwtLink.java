package dev.mooring.auth;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.JWTParser;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import dev.mooring.message.ReasonCode;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Knows clients by a signed JSON Web Token (RFC 7519) that they show as password, or as user name. The token says who
 * they are, for how long, and may say what they may do. What looks like no token is left to the next link; a token that
 * is not good is refused.
 *
 * <p>Which algorithms are accepted follows from the keys, never from the token ({@link JwtKeys}).
 */
public final class JwtLink implements Link {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Longer ones are no tokens: nobody parses a megabyte for a stranger. */
    private static final int TOKEN_CHARS_MAX = 16_384;

    /**
     * @param inUsername whether the token is shown as user name
     * @param claims what has to be in the token, by name
     * @param usernameClaim the claim that is the user name, or empty for the one that CONNECT shows
     * @param aclClaim the claim with rules, or empty
     * @param superuserClaim the claim that frees of all rules when it is true, or empty
     */
    public record Settings(
            boolean inUsername,
            Map<String, Template> claims,
            String usernameClaim,
            String aclClaim,
            String superuserClaim) {}

    private final Settings settings;
    private final JwtKeys keys;
    private final Hashing hashing;

    public JwtLink(Settings settings, JwtKeys keys, Hashing hashing) {
        this.settings = settings;
        this.keys = keys;
        this.hashing = hashing;
    }

    @Override
    public Future<Void> open() {
        return keys.open();
    }

    @Override
    public void close() {
        keys.close();
    }

    @Override
    public Future<Verdict> check(Credentials c, Passwords passwords) {
        SignedJWT token = token(c);
        DefaultJWTProcessor<SecurityContext> processor = keys.processor();
        if (token == null) {
            return Future.succeededFuture(Verdict.IGNORE);
        }
        if (processor == null) {
            return Future.succeededFuture(Chain.unavailable("the keys of tokens are not loaded"));
        }
        keys.seen(token.getHeader().getKeyID());
        Future<Verdict> verdict = hashing.<Verdict>run(() -> verify(c, token, processor), Chain.BUSY, c.wanted());
        return verdict == null ? Future.succeededFuture(Chain.BUSY) : verdict;
    }

    private @Nullable SignedJWT token(Credentials c) {
        String text = settings.inUsername
                ? c.username()
                : c.password() == null ? null : new String(c.password(), StandardCharsets.UTF_8);
        if (text == null || text.length() > TOKEN_CHARS_MAX || text.indexOf('.') < 0) {
            return null;
        }
        try {
            return JWTParser.parse(text) instanceof SignedJWT signed ? signed : null;
        } catch (ParseException e) {
            return null;
        }
    }

    /** On a worker thread. */
    private Verdict verify(Credentials c, SignedJWT token, DefaultJWTProcessor<SecurityContext> processor) {
        JWTClaimsSet claims;
        try {
            claims = processor.process(token, null);
        } catch (BadJOSEException | JOSEException e) {
            return denied("token: " + e.getMessage());
        }
        for (Map.Entry<String, Template> claim : settings.claims.entrySet()) {
            String wanted = claim.getValue().fill(c.clientId(), c.username());
            if (wanted == null || !has(claims.getClaim(claim.getKey()), wanted)) {
                return denied("token: the claim " + claim.getKey() + " is not as it should be");
            }
        }
        String username =
                settings.usernameClaim.isEmpty() ? c.username() : text(claims.getClaim(settings.usernameClaim));
        Date expires = claims.getExpirationTime();
        try {
            List<AclRule> rules = rules(claims);
            boolean superuser = Boolean.TRUE.equals(claims.getClaim(settings.superuserClaim));
            boolean verified = username != null && !username.isEmpty();
            return new Verdict.Allow(new Identity(
                    verified ? username : null,
                    verified,
                    superuser,
                    rules,
                    expires == null ? Identity.NEVER : expires.getTime()));
        } catch (IllegalArgumentException e) {
            return denied("token: the claim " + settings.aclClaim + ": " + e.getMessage());
        }
    }

    private static Verdict denied(String text) {
        return new Verdict.Deny(ReasonCode.NOT_AUTHORIZED, text);
    }

    private static boolean has(@Nullable Object claim, String wanted) {
        return claim instanceof Collection<?> all
                ? all.stream().anyMatch(one -> wanted.equals(text(one)))
                : wanted.equals(text(claim));
    }

    private static @Nullable String text(@Nullable Object claim) {
        return claim instanceof String || claim instanceof Number || claim instanceof Boolean ? claim.toString() : null;
    }

    private @Nullable List<AclRule> rules(JWTClaimsSet claims) {
        Object acl = settings.aclClaim.isEmpty() ? null : claims.getClaim(settings.aclClaim);
        if (acl == null) {
            return null;
        }
        JsonNode json = JSON.valueToTree(acl);
        return json.isObject() ? AclJson.readByAction(json) : AclJson.read(json);
    }
}
