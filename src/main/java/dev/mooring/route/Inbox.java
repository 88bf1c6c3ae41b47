package dev.mooring.route;

import dev.mooring.message.Message;
import dev.mooring.message.TopicFilter;
import org.jspecify.annotations.Nullable;

/** Where deliveries for a live session arrive. Called on the loop that owns the session. */
public interface Inbox {
    /** @param shared the shared subscription that chose this session, or null */
    void deliver(Message message, Target target, @Nullable TopicFilter shared);

    /** {@link #deliver} threw, which is a bug: it costs this connection, and nothing else. */
    void failed(RuntimeException bug);
}
