package dev.mooring.store.redis;

import dev.mooring.message.IdFormat;
import dev.mooring.message.MessageId;
import dev.mooring.store.index.Lru;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * Message ids and their texts. Written in one form; whatever another program has written is read. An id whose text is
 * not what we would write keeps it for as long as it is remembered here, so that an acknowledgement finds its key.
 */
final class Ids {
    private static final byte[] ONE = {'1'};
    private static final int TEXTS_MAX = 100_000;
    /** Ids from this time on have more than 20 characters. */
    private static final long BASE62_END_US = 38_186_870_000_000_000L;

    private final IdFormat format;
    private final Lru<MessageId, String> otherTexts = Lru.bySmallKey(TEXTS_MAX);

    Ids(IdFormat format) {
        this.format = format;
    }

    byte[] text(MessageId id) {
        String other = otherTexts.isEmpty() ? null : otherTexts.get(id);
        return other != null
                ? Keys.utf8(other)
                : format.text(id).getBytes(StandardCharsets.US_ASCII); // never another character
    }

    /** What is not an id gets one that depends on nothing but the text, older than any that a clock gives. */
    MessageId of(String text) {
        MessageId id;
        try {
            id = MessageId.parse(text);
        } catch (IllegalArgumentException notOurs) {
            UUID hash = UUID.nameUUIDFromBytes(Keys.utf8(text));
            id = new MessageId((hash.getMostSignificantBits() >>> 16) + 1, hash.getLeastSignificantBits());
        }
        boolean isOurForm = (text.length() == 20) == (format == IdFormat.BASE62);
        if (!isOurForm || !Keys.looksLikeId(Keys.utf8(text))) {
            otherTexts.put(id, text);
        }
        return id;
    }

    /** Of an index entry: equal for all where byte order is that of time, else the time. */
    byte[] score(MessageId id) {
        return format == IdFormat.BASE62 ? ONE : Keys.number(id.timeUs() / 1000);
    }

    /** A border for ZRANGEBYLEX. @param bracket {@code (} or {@code [} */
    static String border(char bracket, MessageId id) {
        if (id.equals(MessageId.ZERO)) {
            return "-";
        }
        return id.timeUs() >= BASE62_END_US ? "+" : bracket + id.toString();
    }
}
