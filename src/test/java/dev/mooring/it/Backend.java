package dev.mooring.it;

import dev.mooring.dynamodb.Dynalite;
import dev.mooring.redis.RedisProcess;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where the broker under test keeps its own state. Only the broker is killed: what a Redis or DynamoDB has it keeps.
 */
enum Backend {
    EMBEDDED,
    REDIS,
    DYNAMODB;

    private static @Nullable RedisProcess redis;

    /** As {@link MooringProcess#in(Path, String)}, with an empty store. */
    MooringProcess in(Path folder, String more) {
        String session = "\"session\": {\"pool\": \"state\"}" + (more.isEmpty() ? "" : ",\n " + more);
        return MooringProcess.in(folder, "\"state\": " + pool(folder.resolve("data")), session);
    }

    /** A pool of the configuration, empty. @param folder of an embedded store */
    String pool(Path folder) {
        return switch (this) {
            case EMBEDDED -> "{\"backend\": \"embedded\", \"path\": \"" + folder + "\"}";
            case REDIS -> "{\"backend\": \"redis\", \"server\": \"" + emptyRedis() + "\"}";
            case DYNAMODB -> "{" + dynamoDb() + "}";
        };
    }

    /** Patient: it is in this JVM, on a machine that may be busy. */
    private static String dynamoDb() {
        return """
                "backend": "dynamodb", "region": "us-west-2", "server": "%s", "table_prefix": "%s",
                "aws_access_key_id": "test", "aws_secret_access_key": "test",
                "attempt_timeout_ms": 10000, "call_timeout_ms": 20000
                """.formatted(Dynalite.server(), Dynalite.newPrefix());
    }

    /** One server for all tests; it ends with the JVM. */
    private static synchronized String emptyRedis() {
        RedisProcess server = redis == null ? RedisProcess.start() : redis;
        redis = server;
        server.call("FLUSHALL");
        return server.server();
    }
}
