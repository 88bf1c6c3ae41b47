package dev.mooring.rule;

import dev.mooring.redis.RedisCli;
import dev.mooring.redis.RedisProcess;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** By the documented keys of a redis-server, as docs/storage.md lays them out. */
final class RedisTestStore implements HooksTestStore {
    private final RedisProcess server = RedisProcess.start();

    @Override
    public String pool() {
        return "{\"backend\": \"redis\", \"server\": \"" + server.server() + "\"}";
    }

    @Override
    public Map<String, String> positions(String clientId) {
        try (RedisCli redis = server.cli()) {
            String prefix = "mqtt:acked:" + clientId + ":";
            Map<String, String> found = new TreeMap<>();
            for (String key : redis.list("KEYS", prefix + "*")) {
                found.put(key.substring(prefix.length()), redis.text("GET", key));
            }
            return found;
        }
    }

    @Override
    public String presence(String clientId) {
        try (RedisCli redis = server.cli()) {
            Map<String, String> client = redis.map("HGETALL", "mqtt:client:" + clientId);
            return client.isEmpty()
                    ? ""
                    : client.get("state") + " " + client.get("node") + " " + isTime(client.get("online_at")) + " "
                            + isTime(client.get("offline_at"));
        }
    }

    private static boolean isTime(String text) {
        return !text.equals("undefined") && Long.parseLong(text) > 0;
    }

    @Override
    public List<String> node(String node) {
        try (RedisCli redis = server.cli()) {
            return redis.list("HKEYS", "mqtt:node:" + node);
        }
    }

    @Override
    public int bodies() {
        try (RedisCli redis = server.cli()) {
            return (int) redis.list("KEYS", "mqtt:msg:*").stream()
                    .filter(key -> redis.text("TYPE", key).equals("hash"))
                    .count();
        }
    }

    @Override
    public boolean isIndexed(String topic) {
        return server.call("EXISTS", "mqtt:msg:" + topic).equals(1L);
    }

    @Override
    public void close() {
        server.close();
    }
}
