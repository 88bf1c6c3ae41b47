package dev.mooring.it;

import dev.mooring.store.RedisServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where the broker under test keeps its own state. Only the broker is killed: what a Redis has it keeps. */
enum Backend {
    EMBEDDED,
    REDIS;

    private static @Nullable RedisServer redis;

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
        try {
            RedisServer server = redis == null ? new RedisServer() : redis;
            redis = server;
            server.flush();
            return server.address();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
