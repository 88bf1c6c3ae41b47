package dev.mooring.config;

import dev.mooring.auth.CertificateLink;
import dev.mooring.auth.SaltedHash;
import java.util.Map;

/** One way to know clients. Sealed, so that whoever makes them has to know every kind. */
public sealed interface AuthLink {
    /** Unique in its chain. */
    String name();

    /** {@link AuthConfig#users}. */
    record Users(String name) implements AuthLink {}

    /** @param reloadS 0 when the file is read once */
    record PasswordFile(String name, String file, int reloadS) implements AuthLink {}

    /** @param authorization empty for none, a secret */
    record Http(
            String name,
            String url,
            String authorization,
            String cacertfile,
            int timeoutMs,
            int concurrencyMax,
            int cacheS,
            int negativeCacheS)
            implements AuthLink {
        /** Without the secret: this may be logged. */
        @Override
        public String toString() {
            return "Http[" + name + " " + url + "]";
        }
    }

    /** @param aclKey empty for no rules */
    record Redis(
            String name,
            String pool,
            String userKey,
            String aclKey,
            SaltedHash.Algorithm passwordHash,
            SaltedHash.Salt saltPosition)
            implements AuthLink {}

    /**
     * Tables {@code mqtt_user} and {@code mqtt_acl} of a pool.
     *
     * @param acl whether the second is asked
     */
    record DynamoDb(
            String name, String pool, boolean acl, SaltedHash.Algorithm passwordHash, SaltedHash.Salt saltPosition)
            implements AuthLink {}

    /** Where CONNECT has a token. */
    enum From {
        PASSWORD,
        USERNAME
    }

    /**
     * One of the first four keys is there, the others are empty.
     *
     * @param claims values are templates, by claim
     * @param usernameClaim empty for the user name of CONNECT
     */
    record Jwt(
            String name,
            From from,
            String secret,
            String publicKeyFile,
            String jwksFile,
            String jwksUrl,
            String cacertfile,
            int reloadS,
            int timeoutMs,
            Map<String, String> claims,
            String usernameClaim,
            String aclClaim,
            String superuserClaim)
            implements AuthLink {
        public Jwt {
            claims = Map.copyOf(claims);
        }

        /** Without the secret: this may be logged. */
        @Override
        public String toString() {
            return "Jwt[" + name + "]";
        }
    }

    record ClientCertificate(String name, CertificateLink.Name username) implements AuthLink {}
}
