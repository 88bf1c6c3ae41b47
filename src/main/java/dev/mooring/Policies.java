package dev.mooring;

import dev.mooring.auth.AuthPolicy;
import dev.mooring.auth.CertificateLink;
import dev.mooring.auth.Chain;
import dev.mooring.auth.EnhancedAuth;
import dev.mooring.auth.Guard;
import dev.mooring.auth.Hashing;
import dev.mooring.auth.HttpFetch;
import dev.mooring.auth.HttpLink;
import dev.mooring.auth.HttpRules;
import dev.mooring.auth.JwtKeys;
import dev.mooring.auth.JwtLink;
import dev.mooring.auth.Link;
import dev.mooring.auth.PasswordFile;
import dev.mooring.auth.Rows;
import dev.mooring.auth.RuleSource;
import dev.mooring.auth.RuleSources;
import dev.mooring.auth.SaltedHash;
import dev.mooring.auth.TableLink;
import dev.mooring.auth.TableRules;
import dev.mooring.auth.Template;
import dev.mooring.auth.User;
import dev.mooring.auth.UserList;
import dev.mooring.auth.Users;
import dev.mooring.config.AclSource;
import dev.mooring.config.AuthConfig;
import dev.mooring.config.AuthLink;
import dev.mooring.config.Config;
import dev.mooring.config.Pool;
import dev.mooring.store.dynamodb.DynamoDbRows;
import dev.mooring.store.dynamodb.Table;
import dev.mooring.store.redis.RedisRows;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a configuration says about who may connect and do what; nothing is opened yet. */
final class Policies {
    private static final Template USERNAME = new Template("%u");

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
        return new AuthPolicy(new EnhancedAuth(users), config.auth().acl(), sources(), links, chains);
    }

    private RuleSources sources() {
        Map<String, RuleSource> all = new LinkedHashMap<>();
        for (AclSource source : config.auth().sources().all()) {
            all.put(source.name(), source(source));
        }
        return new RuleSources(all, 1000L * config.auth().sources().refreshS());
    }

    private RuleSource source(AclSource source) {
        if (source instanceof AclSource.Http h) {
            return new HttpRules(fetch(h.url(), h.authorization(), h.cacertfile(), h.timeoutMs(), h.concurrencyMax()));
        }
        if (source instanceof AclSource.Redis r && config.pools().get(r.pool()) instanceof Pool.RedisPool pool) {
            return new TableRules(rows(pool), new Template(r.aclKey()));
        }
        if (source instanceof AclSource.DynamoDb d && config.pools().get(d.pool()) instanceof Pool.DynamoDbPool pool) {
            DynamoDbRows tables = tables(pool);
            return new TableRules(
                    new Rows(() -> tables.open(List.of(Table.ACL)), tables::rules, tables::close), USERNAME);
        }
        throw new IllegalStateException("no source for " + source);
    }

    private HttpFetch fetch(String url, String authorization, String cacertfile, int timeoutMs, int concurrencyMax) {
        Map<String, String> headers = authorization.isEmpty() ? Map.of() : Map.of("Authorization", authorization);
        return new HttpFetch(vertx, url, headers, cacertfile, timeoutMs, concurrencyMax);
    }

    private Rows rows(Pool.RedisPool pool) {
        RedisRows hashes = new RedisRows(vertx, Stores.redis(pool, config.node()));
        return new Rows(hashes::open, hashes::row, hashes::close);
    }

    private DynamoDbRows tables(Pool.DynamoDbPool pool) {
        return new DynamoDbRows(vertx, Stores.dynamoDb(pool, false, config.node()));
    }

    private Link link(AuthLink link, Users users) {
        if (link instanceof AuthLink.Users) {
            return new UserList(users);
        }
        if (link instanceof AuthLink.PasswordFile p) {
            return new PasswordFile(vertx, Path.of(p.file()), 1000L * p.reloadS());
        }
        if (link instanceof AuthLink.Http h) {
            return new HttpLink(
                    fetch(h.url(), h.authorization(), h.cacertfile(), h.timeoutMs(), h.concurrencyMax()),
                    1000L * h.cacheS(),
                    1000L * h.negativeCacheS());
        }
        if (link instanceof AuthLink.Redis r && config.pools().get(r.pool()) instanceof Pool.RedisPool pool) {
            Rows rows = rows(pool);
            return new TableLink(
                    rows,
                    new Template(r.userKey()),
                    r.aclKey().isEmpty() ? null : new TableRules(rows, new Template(r.aclKey())),
                    new SaltedHash(r.passwordHash(), r.saltPosition()));
        }
        if (link instanceof AuthLink.DynamoDb d && config.pools().get(d.pool()) instanceof Pool.DynamoDbPool pool) {
            DynamoDbRows tables = tables(pool);
            List<Table> read = d.acl() ? List.of(Table.USER, Table.ACL) : List.of(Table.USER);
            Rows rules = new Rows(Future::succeededFuture, tables::rules, () -> {}); // open and closed with the others
            return new TableLink(
                    new Rows(() -> tables.open(read), tables::user, tables::close),
                    USERNAME,
                    d.acl() ? new TableRules(rules, USERNAME) : null,
                    new SaltedHash(d.passwordHash(), d.saltPosition()));
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
