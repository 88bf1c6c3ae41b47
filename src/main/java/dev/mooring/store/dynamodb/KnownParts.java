package dev.mooring.store.dynamodb;

import dev.mooring.message.MessageId;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Knows of queue entries that were written or read lately whether their body stands elsewhere ({@link SharedBodies}),
 * so that most that are forgotten need not be read first. An entry that is newer than all forgotten ones, and is not
 * among those whose body does, has its body with it.
 */
final class KnownParts {
    /** The body is in the entry. */
    static final int NONE = 0;
    /** It is not known where the body is. */
    static final int UNKNOWN = -1;

    private static final int POSITIONS_MAX = 65_536;

    private final LinkedHashMap<MessageId, Integer> parts = new LinkedHashMap<>();
    private MessageId floor;
    /** Node and process in the ids of this broker's messages: what others write nobody tells it. */
    private long node = -1;

    /** @param floor greatest position that an earlier life may have written */
    KnownParts(MessageId floor) {
        this.floor = floor;
    }

    /** @return rows of holders, {@link #NONE} or {@link #UNKNOWN} */
    int of(MessageId position) {
        Integer known = parts.get(position);
        if (known != null) {
            return known;
        }
        return position.compareTo(floor) > 0 && nodeOf(position) == node ? NONE : UNKNOWN;
    }

    /** The message is one of this broker's own. */
    void own(MessageId id) {
        node = nodeOf(id);
    }

    private static long nodeOf(MessageId id) {
        return id.nodeSequence() >>> 16;
    }

    /** @param of rows of holders of an entry at the position, or {@link #NONE} */
    void note(MessageId position, int of) {
        if (of == of(position)) {
            return;
        }
        parts.merge(position, of, (a, b) -> a.equals(b) ? a : UNKNOWN);
        if (parts.size() > POSITIONS_MAX) {
            Map.Entry<MessageId, Integer> oldest = parts.entrySet().iterator().next();
            if (oldest.getKey().compareTo(floor) > 0) {
                floor = oldest.getKey();
            }
            parts.remove(oldest.getKey());
        }
    }
}
