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

/**
 * Rules in a table, as EMQX has them in Redis: a row a user, of topic filters, each with {@code publish},
 * {@code subscribe} or {@code all} (or 2, 1, 3), or with JSON that has {@code qos} and {@code retain} too. All of them
 * allow. Safe for all threads.
 */
public final class TableRules implements RuleSource {
    /** Clients whose rules may be on their way; beyond it the answer is a failure. */
    static final int WAITING_MAX = 1_000;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Rows rows;
    private final Template key;
    private final AtomicInteger waiting = new AtomicInteger();

    /** @param key of a client's row; without a value for a variable of it there is no row */
    public TableRules(Rows rows, Template key) {
        this.rows = rows;
        this.key = key;
    }

    @Override
    public Future<Void> open() {
        return rows.open().get();
    }

    @Override
    public void close() {
        rows.close().run();
    }

    @Override
    public Future<List<AclRule>> rules(Subject subject) {
        String filled = key.fill(subject.clientId(), subject.username(true));
        if (filled == null) {
            return Future.succeededFuture(List.of());
        }
        if (waiting.incrementAndGet() > WAITING_MAX) {
            waiting.decrementAndGet();
            return Future.failedFuture("the rules of " + WAITING_MAX + " clients are on their way already");
        }
        return rows.row().apply(filled).map(TableRules::rules).onComplete(done -> waiting.decrementAndGet());
    }

    private static List<AclRule> rules(Map<String, String> row) {
        List<AclRule> rules = new ArrayList<>(row.size());
        row.forEach((topic, action) -> rules.add(rule(topic, action)));
        return rules;
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
        } catch (JsonProcessingException | IllegalArgumentException e) {
            throw new IllegalArgumentException("rule for " + topic + ": " + AclJson.why(e), e);
        }
    }
}
