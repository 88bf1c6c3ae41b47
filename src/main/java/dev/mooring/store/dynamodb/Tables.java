package dev.mooring.store.dynamodb;

import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.CreateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.DescribeTableResponse;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;
import software.amazon.awssdk.services.dynamodb.model.TableStatus;
import software.amazon.awssdk.services.dynamodb.model.TimeToLiveStatus;

/** Looks at the start that tables are there and have the right keys; creates those that are missing. */
final class Tables {
    private static final Logger LOG = LoggerFactory.getLogger(Tables.class);
    /** A table that is being created is looked at so often, with pauses of up to a second. */
    private static final int LOOKS = 120;

    private final DynamoDbLink link;
    private final DynamoDbConfig config;

    Tables(DynamoDbLink link) {
        this.link = link;
        this.config = link.config();
    }

    /** Those of a store. Fails with a text that says of all tables what is wrong with them. */
    Future<Void> open() {
        List<Table> tables = new ArrayList<>();
        for (Table table : Table.values()) {
            if ((config.keepsSessions() || !table.isState()) && !table.isOfLogins()) {
                tables.add(table);
            }
        }
        return open(tables);
    }

    /** Fails with a text that says of all of them what is wrong with them. */
    Future<Void> open(List<Table> tables) {
        List<Future<?>> all = new ArrayList<>();
        tables.forEach(table -> all.add(open(table)));
        return Future.join(all)
                .recover(x -> {
                    List<String> wrong = new ArrayList<>();
                    for (Future<?> each : all) {
                        if (each.failed()) {
                            wrong.add(String.valueOf(each.cause().getMessage()));
                        }
                    }
                    return Future.failedFuture(
                            String.join("\n", wrong.stream().distinct().toList()));
                })
                .mapEmpty();
    }

    private Future<Void> open(Table table) {
        return describe(table)
                .recover(cause -> isMissing(cause) ? missing(table, cause) : Future.failedFuture(cause))
                .compose(found -> active(table, found, 0))
                .compose(found -> checkKeys(table, found))
                .compose(v -> table.ends() ? enableTtl(table) : Future.succeededFuture());
    }

    private Future<TableDescription> describe(Table table) {
        return link.call(table, "DescribeTable", c -> c.describeTable(b -> b.tableName(link.name(table))))
                .map(DescribeTableResponse::table);
    }

    private static boolean isMissing(Throwable cause) {
        return CallFailed.is(cause, "ResourceNotFoundException");
    }

    private Future<TableDescription> missing(Table table, Throwable cause) {
        if (config.createTables()) {
            return create(table);
        }
        return Future.failedFuture("table " + link.name(table) + " is missing; set create_tables, or create it: "
                + "aws dynamodb create-table --cli-input-json '"
                + table.definition(config.tablePrefix(), config.capacity()).encode() + "'"
                + (table.ends()
                        ? " && aws dynamodb update-time-to-live --table-name " + link.name(table)
                                + " --time-to-live-specification Enabled=true,AttributeName=" + Table.TTL
                        : ""));
    }

    private Future<TableDescription> create(Table table) {
        LOG.info("creates table {} in {}", link.name(table), config.where());
        return link.call(table, "CreateTable", c -> c.createTable(request(table)))
                .map(r -> r.tableDescription())
                .recover(cause -> CallFailed.is(cause, "ResourceInUseException")
                        ? describe(table) // somebody else was faster
                        : Future.failedFuture(cause));
    }

    private CreateTableRequest request(Table table) {
        List<KeySchemaElement> keys = new ArrayList<>();
        List<AttributeDefinition> attributes = new ArrayList<>();
        for (String name : table.range() == null ? List.of(table.hash()) : List.of(table.hash(), table.range())) {
            keys.add(KeySchemaElement.builder()
                    .attributeName(name)
                    .keyType(keys.isEmpty() ? KeyType.HASH : KeyType.RANGE)
                    .build());
            attributes.add(AttributeDefinition.builder()
                    .attributeName(name)
                    .attributeType(ScalarAttributeType.S)
                    .build());
        }
        CreateTableRequest.Builder request = CreateTableRequest.builder()
                .tableName(link.name(table))
                .keySchema(keys)
                .attributeDefinitions(attributes);
        DynamoDbConfig.Capacity capacity = config.capacity();
        if (capacity == null) {
            return request.billingMode(BillingMode.PAY_PER_REQUEST).build();
        }
        return request.provisionedThroughput(p -> p.readCapacityUnits((long) capacity.readUnits())
                        .writeCapacityUnits((long) capacity.writeUnits()))
                .build();
    }

    /** Waits until the table can be used. */
    private Future<TableDescription> active(Table table, TableDescription found, int looks) {
        TableStatus status = found.tableStatus();
        if (status == TableStatus.ACTIVE || status == TableStatus.UPDATING) {
            return Future.succeededFuture(found);
        }
        if (looks == LOOKS || status != TableStatus.CREATING) {
            return Future.failedFuture("table " + link.name(table) + " is " + found.tableStatusAsString()
                    + ", not ACTIVE; wait until it is, and start again");
        }
        return link.pause(looks).compose(v -> describe(table)).compose(again -> active(table, again, looks + 1));
    }

    private Future<Void> checkKeys(Table table, TableDescription found) {
        StringBuilder has = new StringBuilder();
        for (KeySchemaElement key : found.keySchema()) {
            has.append(key.attributeName()).append(' ').append(key.keyTypeAsString());
            for (AttributeDefinition attribute : found.attributeDefinitions()) {
                if (attribute.attributeName().equals(key.attributeName())) {
                    has.append(' ').append(attribute.attributeTypeAsString()).append(' ');
                }
            }
        }
        String range = table.range();
        String wanted = table.hash() + " HASH S " + (range == null ? "" : range + " RANGE S ");
        return has.toString().equals(wanted)
                ? Future.succeededFuture()
                : Future.failedFuture("table " + link.name(table) + " has the key "
                        + has.toString().trim() + ", not " + wanted.trim()
                        + ": it is another program's; give the pool a table_prefix, or delete it");
    }

    /** Without TTL nothing goes wrong but the table's size: so it is said and no more when it can't be enabled. */
    private Future<Void> enableTtl(Table table) {
        String name = link.name(table);
        return link.call(table, "DescribeTimeToLive", c -> c.describeTimeToLive(b -> b.tableName(name)))
                .compose(found -> {
                    TimeToLiveStatus status = found.timeToLiveDescription().timeToLiveStatus();
                    if (status == TimeToLiveStatus.ENABLED || status == TimeToLiveStatus.ENABLING) {
                        return checkTtl(name, found.timeToLiveDescription().attributeName());
                    }
                    return link.call(
                                    table,
                                    "UpdateTimeToLive",
                                    c -> c.updateTimeToLive(b -> b.tableName(name)
                                            .timeToLiveSpecification(
                                                    t -> t.enabled(true).attributeName(Table.TTL))))
                            .<Void>mapEmpty();
                })
                .recover(cause -> {
                    LOG.warn(
                            "items of table {} will not be removed when they have ended: {}", name, cause.getMessage());
                    return Future.succeededFuture();
                });
    }

    private static Future<Void> checkTtl(String name, String attribute) {
        return Table.TTL.equals(attribute)
                ? Future.succeededFuture()
                : Future.failedFuture("its TTL attribute is " + attribute + ", not " + Table.TTL);
    }
}
