package dev.mooring.store.dynamodb;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Topics and client ids as sort keys of the broker's own tables, which have at most 1,024 bytes. A longer one is cut,
 * and its digest stands behind a character that no topic or client id has; the whole is in the attribute {@code name}.
 */
final class LongKey {
    /** Bytes of a longer text that stay; so many of a prefix can be asked for. */
    static final int PREFIX_MAX = 900;

    private LongKey() {}

    static String of(String text) {
        return of(text, Item.RANGE_MAX);
    }

    /** @param max bytes, at least those of a cut text */
    static String of(String text, int max) {
        return Item.utf8Length(text) <= max ? text : prefix(text) + '\u0000' + digest(text);
    }

    /** What the keys of all texts begin with that begin so. */
    static String prefix(String text) {
        if (Item.utf8Length(text) <= PREFIX_MAX) {
            return text;
        }
        int end = 0;
        for (int bytes = 0; bytes <= PREFIX_MAX; ) {
            int next = Character.charCount(text.codePointAt(end));
            bytes += Item.utf8Length(text.substring(end, end + next));
            if (bytes <= PREFIX_MAX) {
                end += next;
            }
        }
        return text.substring(0, end);
    }

    private static String digest(String text) {
        return digest(text.getBytes(StandardCharsets.UTF_8));
    }

    /** SHA-256, 64 hex digits. */
    static String digest(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }
}
