package dev.mooring.session;

import dev.mooring.bus.LocalBody;
import dev.mooring.message.TopicFilter;

/**
 * A shared group with a stored queue may have a member on line again: its shard hands the queue out, in a cluster the
 * one of the node to which the group falls.
 *
 * @param isHere whether another node has found that it falls to this one
 */
public record GroupReady(TopicFilter filter, boolean isHere) implements LocalBody {
    public GroupReady(TopicFilter filter) {
        this(filter, false);
    }
}
