package dev.mooring;

import dev.mooring.auth.AuthPolicy;
import dev.mooring.auth.CertificateLink;
import dev.mooring.auth.Chain;
import dev.mooring.auth.EnhancedAuth;
import dev.mooring.auth.Link;
import dev.mooring.auth.PasswordFile;
import dev.mooring.auth.User;
import dev.mooring.auth.UserList;
import dev.mooring.auth.Users;
import dev.mooring.config.AuthLink;
import dev.mooring.config.Config;
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

    private Policies(Config config, Vertx vertx) {
        this.config = config;
        this.vertx = vertx;
    }

    static AuthPolicy of(Config config, Vertx vertx) {
        return new Policies(config, vertx).policy();
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
        if (link instanceof AuthLink.ClientCertificate c) {
            return new CertificateLink(c.username());
        }
        throw new IllegalStateException("no link for " + link);
    }
}
