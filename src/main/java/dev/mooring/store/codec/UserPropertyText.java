package dev.mooring.store.codec;

import dev.mooring.message.UserProperty;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** MQTT 5 user properties as a text that other programs can read: {@code [["name","value"],...]}. */
public final class UserPropertyText {
    private UserPropertyText() {}

    public static String of(List<UserProperty> properties) {
        JsonArray pairs = new JsonArray();
        properties.forEach(p -> pairs.add(new JsonArray().add(p.name()).add(p.value())));
        return pairs.encode();
    }

    /** Takes whatever is in it that has the right form. */
    public static List<UserProperty> parse(@Nullable String json) {
        List<UserProperty> all = new ArrayList<>();
        if (json == null) {
            return all;
        }
        try {
            for (Object pair : new JsonArray(json)) {
                if (pair instanceof JsonArray p && p.size() == 2) {
                    all.add(new UserProperty(String.valueOf(p.getValue(0)), String.valueOf(p.getValue(1))));
                }
            }
        } catch (DecodeException e) {
            return List.of(); // somebody else's idea of user properties
        }
        return all;
    }
}
