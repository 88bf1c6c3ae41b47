package dev.mooring.store.redis;

import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Fields of a Redis hash, whichever form the protocol gave the answer: RESP2 a flat list, RESP3 a map. */
final class Hash {
    private final List<String> names = new ArrayList<>(8);
    private final List<byte[]> values = new ArrayList<>(8);

    static Hash of(@Nullable Response response) {
        Hash hash = new Hash();
        if (response == null) {
            return hash;
        }
        if (response.isMap()) {
            for (String name : response.getKeys()) {
                hash.add(name, response.get(name));
            }
        } else {
            for (int i = 0; i + 1 < response.size(); i += 2) {
                hash.add(response.get(i).toString(), response.get(i + 1));
            }
        }
        return hash;
    }

    private void add(String name, @Nullable Response value) {
        names.add(name);
        values.add(value == null ? new byte[0] : value.toBytes());
    }

    int size() {
        return names.size();
    }

    String name(int i) {
        return names.get(i);
    }

    byte[] value(int i) {
        return values.get(i);
    }

    String text(int i) {
        return new String(values.get(i), StandardCharsets.UTF_8);
    }

    byte @Nullable [] get(String name) {
        int at = names.indexOf(name);
        return at < 0 ? null : values.get(at);
    }

    @Nullable
    String text(String name) {
        int at = names.indexOf(name);
        return at < 0 ? null : text(at);
    }
}
