package dev.mooring.it;

import dev.mooring.redis.RedisProcess;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where the broker under test keeps its own state. Only the broker is killed: what a Redis has it keeps. */
enum Backend {
    EMBEDDED,
    REDIS;

    private static @Nullable RedisProcess redis;

    /** As {@link MooringProcess#in(Path, String)}, with an empty store. */
    MooringProcess in(Path folder, String more) {
        return switch (this) {
            case EMBEDDED -> MooringProcess.in(folder, more);
            case REDIS -> {
                String pools = "\"state\": {\"backend\": \"redis\", \"server\": \"" + emptyRedis() + "\"}";
                String session = "\"session\": {\"pool\": \"state\"}" + (more.isEmpty() ? "" : ",\n " + more);
                yield MooringProcess.in(folder, pools, session);
            }
        };
    }

    /** One server for all tests; it ends with the JVM. */
    private static synchronized String emptyRedis() {
        RedisProcess server = redis == null ? RedisProcess.start() : redis;
        redis = server;
        server.call("FLUSHALL");
        return server.server();
    }
}
