package dev.mooring.hazard;

import dev.mooring.dynamodb.Dynalite;
import dev.mooring.redis.RedisProcess;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;

/** Where somebody else keeps what users may do. */
interface RuleTable extends AutoCloseable {
    /** Parts of a configuration: pools, and the member of {@code auth.acl.sources}. */
    String pools();

    String source();

    /** What a user may do from now on: actions by topic filter. */
    void put(String username, Map<String, String> actions);

    @Override
    void close();

    /** A server that is asked, and what it was asked last. */
    final class Http implements RuleTable {
        final AtomicInteger status = new AtomicInteger(200);
        final AtomicReference<JsonObject> question = new AtomicReference<>();
        private final Map<String, Map<String, String>> rules = new ConcurrentHashMap<>();
        private final Vertx vertx = Vertx.vertx();
        private final HttpServer server = vertx.createHttpServer()
                .requestHandler(r -> r.body().onSuccess(body -> {
                    question.set(body.toJsonObject());
                    JsonArray acl = new JsonArray();
                    rules.getOrDefault(String.valueOf(question.get().getString("username")), Map.of())
                            .forEach((topic, action) -> acl.add(new JsonObject()
                                    .put("permission", "allow")
                                    .put("action", action)
                                    .put("topic", topic)));
                    if (status.get() != 0) { // 0: no answer at all
                        r.response()
                                .setStatusCode(status.get())
                                .end(new JsonObject().put("acl", acl).encode());
                    }
                }))
                .listen(0, "127.0.0.1")
                .await();

        @Override
        public String pools() {
            return "{}";
        }

        @Override
        public String source() {
            return "{\"type\": \"http\", \"url\": \"http://127.0.0.1:" + server.actualPort() + "/\"}";
        }

        @Override
        public void put(String username, Map<String, String> actions) {
            rules.put(username, actions);
        }

        @Override
        public void close() {
            vertx.close().await();
        }
    }

    final class Redis implements RuleTable {
        final RedisProcess process = RedisProcess.start();

        @Override
        public String pools() {
            return "{\"other\": {\"backend\": \"redis\", \"server\": \"" + process.server() + "\"}}";
        }

        @Override
        public String source() {
            return "{\"type\": \"redis\", \"pool\": \"other\"}";
        }

        @Override
        public void put(String username, Map<String, String> actions) {
            process.call("DEL", "mqtt_acl:" + username);
            actions.forEach((topic, action) -> process.call("HSET", "mqtt_acl:" + username, topic, action));
        }

        @Override
        public void close() {
            process.close();
        }
    }

    final class DynamoDb implements RuleTable {
        private final String prefix = Dynalite.newPrefix();
        private final DynamoDbAsyncClient client = Dynalite.client();

        @Override
        public String pools() {
            return "{\"other\": {\"backend\": \"dynamodb\", \"region\": \"us-west-2\", \"server\": \""
                    + Dynalite.server() + "\", \"aws_access_key_id\": \"x\", \"aws_secret_access_key\": \"x\","
                    + " \"table_prefix\": \"" + prefix + "\"}}";
        }

        @Override
        public String source() {
            return "{\"type\": \"dynamodb\", \"pool\": \"other\"}";
        }

        @Override
        public void put(String username, Map<String, String> actions) {
            var query = client.query(b -> b.tableName(prefix + "mqtt_acl")
                            .consistentRead(true)
                            .keyConditionExpression("username = :u")
                            .expressionAttributeValues(Map.of(":u", text(username))))
                    .join();
            query.items()
                    .forEach(item -> client.deleteItem(b -> b.tableName(prefix + "mqtt_acl")
                                    .key(Map.of("username", text(username), "topic", item.get("topic"))))
                            .join());
            actions.forEach((topic, action) -> client.putItem(b -> b.tableName(prefix + "mqtt_acl")
                            .item(Map.of("username", text(username), "topic", text(topic), "action", text(action))))
                    .join());
        }

        void putUser(String username, Map<String, AttributeValue> attributes) {
            Map<String, AttributeValue> item = new HashMap<>(attributes);
            item.put("username", text(username));
            client.putItem(b -> b.tableName(prefix + "mqtt_user").item(item)).join();
        }

        void drop(String table) {
            client.deleteTable(b -> b.tableName(prefix + table)).join();
        }

        /** With the key of mqtt_user. */
        void create(String table) {
            client.createTable(b -> b.tableName(prefix + table)
                            .billingMode(BillingMode.PAY_PER_REQUEST)
                            .keySchema(k -> k.attributeName("username").keyType(KeyType.HASH))
                            .attributeDefinitions(
                                    a -> a.attributeName("username").attributeType(ScalarAttributeType.S)))
                    .join();
        }

        static AttributeValue text(String text) {
            return AttributeValue.builder().s(text).build();
        }

        @Override
        public void close() {
            client.close();
        }
    }
}
