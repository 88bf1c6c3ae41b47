package dev.mooring.store.dynamodb;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** What a broker has to be allowed to do, and no more, as a policy of AWS IAM. */
public final class AccessPolicy {
    /** On items of the tables here. A transaction needs what its parts need. */
    static final List<String> ITEMS = List.of(
            "BatchGetItem", "BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem");
    /** On items of the tables that logins and rights are looked up in. */
    static final List<String> LOGINS = List.of("GetItem", "Query");
    /** On the tables, at the start. */
    static final List<String> LOOK = List.of("DescribeTable", "DescribeTimeToLive");
    /** On those that are missing, with {@code create_tables}. */
    static final List<String> CREATE = List.of("CreateTable", "UpdateTimeToLive");
    /** On items of tables that only rules write to. */
    static final List<String> RULES = List.of("DeleteItem", "PutItem", "UpdateItem");

    private AccessPolicy() {}

    /**
     * @param region empty for any
     * @param logins the tables that logins and rights are looked up in
     * @param others full names of the tables that only rules write to
     */
    public static JsonObject of(
            String region, String prefix, boolean createTables, Collection<Table> logins, Collection<String> others) {
        List<String> own = new ArrayList<>();
        List<String> read = new ArrayList<>();
        for (Table table : Table.values()) {
            if (!table.isOfLogins()) {
                own.add(table.name(prefix));
            } else if (logins.contains(table)) {
                read.add(table.name(prefix));
            }
        }
        List<String> all = new ArrayList<>(own);
        all.addAll(read);
        JsonArray statements =
                new JsonArray().add(statement("Items", ITEMS, own, region)).add(statement("Look", LOOK, all, region));
        if (createTables) {
            statements.add(statement("Create", CREATE, all, region));
        }
        if (!read.isEmpty()) {
            statements.add(statement("Logins", LOGINS, read, region));
        }
        if (!others.isEmpty()) {
            statements.add(statement("Rules", RULES, others, region));
        }
        return new JsonObject().put("Version", "2012-10-17").put("Statement", statements);
    }

    private static JsonObject statement(String id, List<String> actions, Collection<String> tables, String region) {
        JsonArray allowed = new JsonArray();
        actions.forEach(action -> allowed.add("dynamodb:" + action));
        JsonArray resources = new JsonArray();
        String start = "arn:" + partition(region) + ":dynamodb:" + (region.isEmpty() ? "*" : region) + ":*:table/";
        tables.forEach(table -> resources.add(start + table));
        return new JsonObject()
                .put("Sid", id)
                .put("Effect", "Allow")
                .put("Action", allowed)
                .put("Resource", resources);
    }

    private static String partition(String region) {
        if (region.startsWith("cn-")) {
            return "aws-cn";
        }
        return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
    }
}
