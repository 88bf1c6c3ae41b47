package dev.mooring.auth;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Knows users by a table that other programs write, a row a user, as EMQX has it in Redis: the hash
 * {@code mqtt_user:%u} with {@code password_hash} (or {@code password}), {@code salt} and {@code is_superuser}, and the
 * hash {@code mqtt_acl:%u} of topic filters, each with {@code publish}, {@code subscribe} or {@code all} (or 2, 1, 3),
 * which all allow. A user without a row is left to the next link. Safe for all threads.
 */
public final class TableLink implements Link {
    /** Logins that may wait for the table; beyond it clients are told that the server is busy. */
    static final int WAITING_MAX = 1_000;

    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * Where rows are read; failures are texts for people.
     *
     * @param open fails when the table can't be read
     * @param row fields by name; empty when there is no such row
     */
    public record Table(
            Supplier<Future<Void>> open, Function<String, Future<Map<String, String>>> row, Runnable close) {}

    private final Table table;
    private final Template userKey;
    private final Template aclKey;
    private final SaltedHash form;
    private final AtomicInteger waiting = new AtomicInteger();

    /**
     * @param aclKey empty for no rules
     * @param form of hashes that do not say themselves how they were made
     */
    public TableLink(Table table, Template userKey, Template aclKey, SaltedHash form) {
        this.table = table;
        this.userKey = userKey;
        this.aclKey = aclKey;
        this.form = form;
    }

    @Override
    public Future<Void> open() {
        return table.open.get();
    }

    @Override
    public void close() {
        table.close.run();
    }

    @Override
    public Future<Verdict> check(Credentials c, Passwords passwords) {
        String key = userKey.fill(c);
        if (c.username() == null || c.password() == null || c.password().length == 0 || key == null) {
            return Future.succeededFuture(Verdict.IGNORE);
        }
        if (waiting.incrementAndGet() > WAITING_MAX) {
            waiting.decrementAndGet();
            return Future.succeededFuture(Chain.BUSY);
        }
        return table.row
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
            return Future.succeededFuture(Chain.unavailable("the stored hash can't be used: " + e.getMessage()));
        }
        String superuser = row.getOrDefault("is_superuser", "");
        boolean isSuperuser = superuser.equals("1") || superuser.equals("true");
        return passwords
                .verdict(c, hash, new Identity(c.username(), true, isSuperuser, null, Identity.NEVER))
                .compose(verdict -> verdict instanceof Verdict.Allow allow && !isSuperuser
                        ? withRules(allow.identity(), c)
                        : Future.succeededFuture(verdict));
    }

    private Future<Verdict> withRules(Identity identity, Credentials c) {
        String key = aclKey.fill(c);
        if (key == null || key.isEmpty()) {
            return Future.succeededFuture(new Verdict.Allow(identity));
        }
        return table.row.apply(key).map(row -> {
            List<AclRule> rules = new ArrayList<>();
            row.forEach((topic, action) -> rules.add(rule(topic, action)));
            return new Verdict.Allow(
                    new Identity(identity.username(), true, false, rules.isEmpty() ? null : rules, Identity.NEVER));
        });
    }

    private static AclRule rule(String topic, String value) {
        try {
            ObjectNode rule = JsonNodeFactory.instance.objectNode();
            if (value.startsWith("{")) {
                JsonNode json = JSON.readTree(value);
                rule.setAll((ObjectNode) json);
            } else {
                rule.put(
                        "action",
                        switch (value) {
                            case "1" -> "subscribe";
                            case "2" -> "publish";
                            case "3" -> "all";
                            default -> value;
                        });
            }
            return AclJson.rule(rule.put("permission", "allow").put("topic", topic));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("rule for " + topic + ": " + e.getOriginalMessage(), e);
        }
    }

    @Override
    public PasswordHash anyHash(String username) {
        return form.any();
    }
}
