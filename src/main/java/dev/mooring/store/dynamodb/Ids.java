package dev.mooring.store.dynamodb;

import dev.mooring.message.IdFormat;
import dev.mooring.message.MessageId;
import dev.mooring.store.index.Lru;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * Message ids and their texts in the documented tables. Written in one form; whatever another program has written is
 * read. An id whose text is not what we would write keeps it for as long as it is remembered here, so that an
 * acknowledgement finds its item.
 */
final class Ids {
    private static final int TEXTS_MAX = 100_000;

    private final IdFormat format;
    private final Lru<MessageId, String> otherTexts = Lru.bySmallKey(TEXTS_MAX);

    Ids(IdFormat format) {
        this.format = format;
    }

    String text(MessageId id) {
        String other = otherTexts.isEmpty() ? null : otherTexts.get(id);
        return other != null ? other : format.text(id);
    }

    /** What is not an id gets one that depends on nothing but the text, older than any that a clock gives. */
    MessageId of(String text) {
        MessageId id;
        try {
            id = MessageId.parse(text);
        } catch (IllegalArgumentException notOurs) {
            UUID hash = UUID.nameUUIDFromBytes(text.getBytes(StandardCharsets.UTF_8));
            id = new MessageId((hash.getMostSignificantBits() >>> 16) + 1, hash.getLeastSignificantBits());
        }
        if (!format.text(id).equals(text)) {
            otherTexts.put(id, text);
        }
        return id;
    }

    /** As a sort key of our own tables: in the order of time. */
    static String key(MessageId id) {
        return id.toString();
    }

    boolean isOrdered() {
        return format == IdFormat.BASE62;
    }
}
