package dev.mooring.store.dynamodb;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Attributes of items, made and read. What is read may be another program's, so any type may be missing or another. */
final class Item {
    /** Limits of DynamoDB, in bytes. */
    static final int SIZE_MAX = 400 * 1024;

    static final int HASH_MAX = 2_048;
    static final int RANGE_MAX = 1_024;

    private Item() {}

    static AttributeValue text(String text) {
        return AttributeValue.builder().s(text).build();
    }

    static AttributeValue number(long number) {
        return AttributeValue.builder().n(Long.toString(number)).build();
    }

    static AttributeValue bytes(byte[] bytes) {
        return AttributeValue.builder().b(SdkBytes.fromByteArrayUnsafe(bytes)).build();
    }

    static Map<String, AttributeValue> key(Table table, String hash, String range) {
        String rangeName = table.range();
        return rangeName == null
                ? Map.of(table.hash(), text(hash))
                : Map.of(table.hash(), text(hash), rangeName, text(range));
    }

    // ---- reading

    /** Empty when there is no such text. */
    static String text(Map<String, AttributeValue> item, String name) {
        String text = textOrNull(item, name);
        return text == null ? "" : text;
    }

    static @Nullable String textOrNull(Map<String, AttributeValue> item, String name) {
        AttributeValue value = item.get(name);
        return value == null ? null : value.s();
    }

    /** Also of a number that is written as a text. */
    static long number(Map<String, AttributeValue> item, String name, long otherwise) {
        AttributeValue value = item.get(name);
        String text = value == null ? null : value.n() != null ? value.n() : value.s();
        try {
            return text == null ? otherwise : Long.parseLong(text.trim());
        } catch (NumberFormatException e) {
            return otherwise;
        }
    }

    /** Of a text or of bytes. */
    static byte @Nullable [] bytes(Map<String, AttributeValue> item, String name) {
        AttributeValue value = item.get(name);
        if (value == null) {
            return null;
        }
        if (value.b() != null) {
            return value.b().asByteArrayUnsafe();
        }
        return value.s() == null ? null : value.s().getBytes(StandardCharsets.UTF_8);
    }

    // ---- sizes

    /** As DynamoDB counts: names and values in UTF-8; numbers never more than this. */
    static int sizeBytes(Map<String, AttributeValue> item) {
        int size = 0;
        for (Map.Entry<String, AttributeValue> e : item.entrySet()) {
            AttributeValue value = e.getValue();
            size += e.getKey().length();
            size += value.s() != null
                    ? utf8Length(value.s())
                    : value.b() != null ? value.b().asByteArrayUnsafe().length : 21;
        }
        return size;
    }

    static int utf8Length(String text) {
        int length = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            length += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
        }
        return length;
    }
}
