package dev.mooring.store;

import dev.mooring.message.MessageId;
import dev.mooring.store.index.Lru;

/**
 * Tells without a read whether a write to a topic's one message is outdated: loops that write to the same topic at the
 * same time may hand their messages in in another order than that of the ids, which is the one that memory goes by.
 * They do so within moments, so the topics written last are enough.
 */
public final class NewestIds {
    private static final int TOPICS_MAX = 4_096;

    private final Lru<String, MessageId> newest = Lru.byText(TOPICS_MAX);

    /** Notes the write. @return false when a newer one has been noted for the topic */
    public boolean isNewest(String topic, MessageId id) {
        MessageId known = newest.get(topic);
        if (known != null && known.compareTo(id) > 0) {
            return false;
        }
        newest.put(topic, id);
        return true;
    }
}
