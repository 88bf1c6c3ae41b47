package dev.mooring.store.dynamodb;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.QueryResponse;

/**
 * Reads the tables of users that other programs write, by a client of its own: who waits to log in does not wait behind
 * the messages of a pool. Safe for all threads; works on a context of its own.
 */
public final class DynamoDbRows {
    /** Rows of mqtt_acl that one user may have; with more he has no rules that count, and is refused. */
    static final int RULES_MAX = 1_000;

    private final Context context;
    private final DynamoDbLink link;
    private final Reads reads;
    private @Nullable Future<Void> opened;

    public DynamoDbRows(Vertx vertx, DynamoDbConfig config) {
        this.context = vertx.getOrCreateContext();
        this.link = new DynamoDbLink(vertx, config);
        this.reads = new Reads(link);
    }

    /**
     * Looks for the tables, and creates those that are missing where the pool may. Fails with a text for people.
     *
     * @param tables of those that {@link Table#isOfLogins}
     */
    public Future<Void> open(List<Table> tables) {
        return onContext(() -> {
            Future<Void> now = opened;
            if (now == null || now.failed()) {
                now = link.open()
                        .compose(v -> new Tables(link).open(tables))
                        .recover(e -> link.close().transform(x -> Future.failedFuture(e)));
                opened = now;
            }
            return now;
        });
    }

    /** Attributes of a user's item of mqtt_user as texts; empty when there is none. */
    public Future<Map<String, String>> user(String username) {
        if (isTooLong(username)) {
            return Future.succeededFuture(Map.of());
        }
        return onContext(() -> reads.get(Table.USER, username, "").map(item -> {
            Map<String, String> fields = new LinkedHashMap<>();
            if (item != null) {
                item.forEach((name, value) -> add(fields, name, text(value)));
            }
            return fields;
        }));
    }

    /** Topic filters of a user's items of mqtt_acl with their actions. */
    public Future<Map<String, String>> rules(String username) {
        if (isTooLong(username)) {
            return Future.succeededFuture(Map.of());
        }
        return onContext(() -> rules(username, "", new LinkedHashMap<>()));
    }

    private Future<Map<String, String>> rules(String username, String after, Map<String, String> found) {
        return reads.page(Table.ACL, username, "", after, RULES_MAX + 1).compose(page -> {
            for (Map<String, AttributeValue> item : page.items()) {
                found.put(Item.text(item, "topic"), Item.text(item, "action"));
            }
            if (found.size() > RULES_MAX) {
                return Future.failedFuture("a user has more than " + RULES_MAX + " items in " + link.name(Table.ACL));
            }
            return isLast(page)
                    ? Future.succeededFuture(found)
                    : rules(username, Item.text(page.lastEvaluatedKey(), "topic"), found);
        });
    }

    private static boolean isLast(QueryResponse page) {
        return !page.hasLastEvaluatedKey() || page.lastEvaluatedKey().isEmpty();
    }

    private static void add(Map<String, String> fields, String name, @Nullable String text) {
        if (text != null) {
            fields.put(name, text);
        }
    }

    private static @Nullable String text(AttributeValue value) {
        if (value.bool() != null) {
            return value.bool().toString();
        }
        return value.s() == null ? value.n() : value.s();
    }

    /** No item has such a key, and DynamoDB would refuse to look for it. */
    private static boolean isTooLong(String username) {
        return username.getBytes(StandardCharsets.UTF_8).length > Item.HASH_MAX;
    }

    private <T> Future<T> onContext(Supplier<Future<T>> work) {
        Promise<T> done = Promise.promise();
        context.runOnContext(v -> work.get()
                .recover(e -> Future.failedFuture(String.valueOf(e.getMessage())))
                .onComplete(done));
        return done.future();
    }

    public void close() {
        context.runOnContext(v -> link.close());
    }
}
