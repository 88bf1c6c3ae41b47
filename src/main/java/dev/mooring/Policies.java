package dev.mooring;

import dev.mooring.auth.AuthPolicy;
import dev.mooring.auth.CertificateLink;
import dev.mooring.auth.Chain;
import dev.mooring.auth.EnhancedAuth;
import dev.mooring.auth.Guard;
import dev.mooring.auth.Hashing;
import dev.mooring.auth.HttpFetch;
import dev.mooring.auth.HttpLink;
import dev.mooring.auth.JwtKeys;
import dev.mooring.auth.JwtLink;
import dev.mooring.auth.Link;
import dev.mooring.auth.PasswordFile;
import dev.mooring.auth.SaltedHash;
import dev.mooring.auth.TableLink;
import dev.mooring.auth.Template;
import dev.mooring.auth.User;
import dev.mooring.auth.UserList;
import dev.mooring.auth.Users;
import dev.mooring.config.AuthConfig;
import dev.mooring.config.AuthLink;
import dev.mooring.config.Config;
import dev.mooring.config.Pool;
import dev.mooring.store.redis.RedisRows;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a configuration says about who may connect and do what; nothing is opened yet. */
final class Policies {
    private final Config config;
    private final Vertx vertx;
    private final Hashing hashing;

    private Policies(Config config, Vertx vertx, Hashing hashing) {
        this.config = config;
        this.vertx = vertx;
        this.hashing = hashing;
    }

    static AuthPolicy of(Config config, Vertx vertx, Hashing hashing) {
        return new Policies(config, vertx, hashing).policy();
    }

    static Guard.Settings guard(AuthConfig.Ban ban) {
        return new Guard.Settings(
                ban.addressFailuresMax(),
                ban.clientFailuresMax(),
                ban.flappingMax(),
                ban.windowS(),
                ban.banS(),
                ban.backoffMs());
    }

    private AuthPolicy policy() {
        Users users = new Users(config.auth().users().stream()
                .map(u -> new User(u.username(), u.passwordHash(), u.scramSha256()))
                .toList());
        Map<String, Link> links = new LinkedHashMap<>();
        for (AuthLink link : config.auth().chain()) {
            links.put(link.name(), link(link, users));
        }
        Map<String, Chain> chains = new HashMap<>();
        for (Config.Listener listener : config.listeners()) {
            List<Link> asked = listener.auth().stream().map(links::get).toList();
            chains.put(listener.name(), new Chain(asked, listener.allowAnonymous()));
        }
        return new AuthPolicy(new EnhancedAuth(users), config.auth().acl(), links, chains);
    }

    private Link link(AuthLink link, Users users) {
        if (link instanceof AuthLink.Users) {
            return new UserList(users);
        }
        if (link instanceof AuthLink.PasswordFile p) {
            return new PasswordFile(vertx, Path.of(p.file()), 1000L * p.reloadS());
        }
        if (link instanceof AuthLink.Http h) {
            Map<String, String> headers =
                    h.authorization().isEmpty() ? Map.of() : Map.of("Authorization", h.authorization());
            HttpFetch fetch = new HttpFetch(vertx, h.url(), headers, h.cacertfile(), h.timeoutMs(), h.concurrencyMax());
            return new HttpLink(fetch, 1000L * h.cacheS(), 1000L * h.negativeCacheS());
        }
        if (link instanceof AuthLink.Redis r && config.pools().get(r.pool()) instanceof Pool.RedisPool pool) {
            RedisRows rows = new RedisRows(vertx, Stores.redis(pool, config.node()));
            return new TableLink(
                    new TableLink.Table(rows::open, rows::row, rows::close),
                    new Template(r.userKey()),
                    new Template(r.aclKey()),
                    new SaltedHash(r.passwordHash(), r.saltPosition()));
        }
        if (link instanceof AuthLink.Jwt j) {
            return jwt(j);
        }
        if (link instanceof AuthLink.ClientCertificate c) {
            return new CertificateLink(c.username());
        }
        throw new IllegalStateException("no link for " + link);
    }

    private Link jwt(AuthLink.Jwt j) {
        Map<String, Template> claims = new LinkedHashMap<>();
        j.claims().forEach((claim, text) -> claims.put(claim, new Template(text)));
        JwtLink.Settings settings = new JwtLink.Settings(
                j.from() == AuthLink.From.USERNAME, claims, j.usernameClaim(), j.aclClaim(), j.superuserClaim());
        return new JwtLink(settings, keys(j), hashing);
    }

    private JwtKeys keys(AuthLink.Jwt j) {
        long reloadMs = 1000L * j.reloadS();
        if (!j.secret().isEmpty()) {
            return JwtKeys.secret(vertx, j.secret());
        }
        if (!j.publicKeyFile().isEmpty()) {
            return JwtKeys.publicKey(vertx, Path.of(j.publicKeyFile()), reloadMs);
        }
        if (!j.jwksFile().isEmpty()) {
            return JwtKeys.file(vertx, Path.of(j.jwksFile()), reloadMs);
        }
        HttpFetch fetch = new HttpFetch(vertx, j.jwksUrl(), Map.of(), j.cacertfile(), j.timeoutMs(), 2);
        return JwtKeys.url(vertx, j.jwksUrl(), fetch, reloadMs);
    }
}
