package dev.mooring.store.dynamodb;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * The tables. All keys are texts. The documented ones are EMQX's to the letter; the others hold what those have no
 * place for.
 */
public enum Table {
    CLIENT("mqtt_client", "clientid", null, false),
    SUB("mqtt_sub", "clientid", "topic", false),
    MSG("mqtt_msg", "msgid", null, true),
    TOPIC_MSG_MAP("mqtt_topic_msg_map", "topic", null, false),
    RETAIN("mqtt_retain", "topic", null, true),
    ACKED("mqtt_acked", "topic", "clientid", false),
    /** Ids of a topic's messages in their order, as 20 characters whatever the id format. */
    TOPIC_MSG("mqtt_topic_msg", "topic", "msgid", true),
    /** The latest message of each topic. */
    LATEST("mqtt_latest_msg", "topic", null, true),
    /** Who is on line at a node. */
    NODE("mooring_node", "node", "clientid", false),
    /** Topics that have something, for wildcard filters. */
    TOPICS("mooring_topics", "kind", "topic", false),
    /** Topics and filters that a client has a position for. */
    POSITIONS("mooring_acked", "clientid", "topic", false),

    // Users, which other programs write and logins read: see DynamoDbRows.
    /** Users with their password hashes. */
    USER("mqtt_user", "username", null, false),
    /** What users may do, a topic filter an item. */
    ACL("mqtt_acl", "username", "topic", false),

    // The broker's own state, in the pool that keeps it: see State.
    /** Records and subscriptions of sessions. */
    SESSION("mooring_session", "shard", "key", false),
    /** Queues of sessions, and what is in flight. */
    STATE("mooring_state", "sid", "key", false),
    /** Messages that stand once for several queues, or that one item cannot hold. */
    BODY("mooring_body", "id", "part", false),
    /** Retained messages. */
    RETAINED("mooring_retained", "shard", "topic", true);

    /** Of the attribute by which DynamoDB removes items, in tables that have it. */
    public static final String TTL = "expire_at";

    private final String suffix;
    private final String hash;
    private final @Nullable String range;
    private final boolean ends;

    Table(String suffix, String hash, @Nullable String range, boolean ends) {
        this.suffix = suffix;
        this.hash = hash;
        this.range = range;
        this.ends = ends;
    }

    public String name(String prefix) {
        return prefix + suffix;
    }

    /** Attribute of the partition key. */
    public String hash() {
        return hash;
    }

    /** Attribute of the sort key, or null. */
    public @Nullable String range() {
        return range;
    }

    /** Whether only the pool has it that keeps the sessions. */
    public boolean isState() {
        return compareTo(SESSION) >= 0;
    }

    /** Whether only pools have it that logins or rights are looked up in. */
    public boolean isOfLogins() {
        return this == USER || this == ACL;
    }

    /** Whether items end by {@link #TTL}. */
    public boolean ends() {
        return ends;
    }

    /**
     * As {@code aws dynamodb create-table --cli-input-json} takes it.
     *
     * @param capacity null: paid by request
     */
    public JsonObject definition(String prefix, DynamoDbConfig.@Nullable Capacity capacity) {
        JsonArray keys = new JsonArray().add(key(hash, "HASH"));
        JsonArray attributes = new JsonArray().add(text(hash));
        if (range != null) {
            keys.add(key(range, "RANGE"));
            attributes.add(text(range));
        }
        JsonObject definition = new JsonObject()
                .put("TableName", name(prefix))
                .put("KeySchema", keys)
                .put("AttributeDefinitions", attributes);
        if (capacity == null) {
            return definition.put("BillingMode", "PAY_PER_REQUEST");
        }
        return definition.put(
                "ProvisionedThroughput",
                new JsonObject()
                        .put("ReadCapacityUnits", capacity.readUnits())
                        .put("WriteCapacityUnits", capacity.writeUnits()));
    }

    private static JsonObject key(String name, String type) {
        return new JsonObject().put("AttributeName", name).put("KeyType", type);
    }

    private static JsonObject text(String name) {
        return new JsonObject().put("AttributeName", name).put("AttributeType", "S");
    }
}
