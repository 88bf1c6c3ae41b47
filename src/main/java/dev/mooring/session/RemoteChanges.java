package dev.mooring.session;

import dev.mooring.bus.LocalBody;
import java.util.List;

/** What another node has announced, for the shard of the client ids in it; in order. */
public record RemoteChanges(List<Change> changes) implements LocalBody {
    public RemoteChanges {
        changes = List.copyOf(changes);
    }

    /**
     * @param node number of the node that announces
     * @param lostAtMs when the node was last heard of, if it has left without a word; else 0
     */
    public record Change(int node, Announce session, long lostAtMs) {}
}
