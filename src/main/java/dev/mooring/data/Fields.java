package dev.mooring.data;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Reads an object of a line; what is missing or of another type is told by its name. */
record Fields(JsonNode node) {
    String text(String name) throws Unusable {
        String text = textOrNull(name);
        if (text == null) {
            throw new Unusable("\"" + name + "\" is missing");
        }
        return text;
    }

    @Nullable
    String textOrNull(String name) throws Unusable {
        JsonNode value = node.get(name);
        if (value != null && !value.isTextual()) {
            throw new Unusable("\"" + name + "\" is no text");
        }
        return value == null ? null : value.textValue();
    }

    long number(String name) throws Unusable {
        if (!node.has(name)) {
            throw new Unusable("\"" + name + "\" is missing");
        }
        return number(name, 0);
    }

    long number(String name, long otherwise) throws Unusable {
        JsonNode value = node.get(name);
        if (value != null && !value.canConvertToLong()) {
            throw new Unusable("\"" + name + "\" is no whole number");
        }
        return value == null ? otherwise : value.longValue();
    }

    /** From 0 to {@code max}. */
    int small(String name, int max) throws Unusable {
        long value = number(name, 0);
        if (value < 0 || value > max) {
            throw new Unusable("\"" + name + "\" is not from 0 to " + max);
        }
        return (int) value;
    }

    boolean flag(String name) {
        return node.path(name).asBoolean();
    }

    byte @Nullable [] bytesOrNull(String name) throws Unusable {
        JsonNode value = node.get(name);
        try {
            return value == null ? null : value.binaryValue();
        } catch (IOException e) {
            throw new Unusable("\"" + name + "\" is no base64");
        }
    }

    /** Null when there is none. */
    @Nullable
    Fields object(String name) {
        JsonNode value = node.get(name);
        return value == null || !value.isObject() ? null : new Fields(value);
    }
}
