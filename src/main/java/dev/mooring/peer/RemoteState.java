package dev.mooring.peer;

import dev.mooring.bus.Address;
import dev.mooring.bus.LocalCodec;
import dev.mooring.cluster.Entry;
import dev.mooring.cluster.Malformed;
import dev.mooring.cluster.NodeId;
import dev.mooring.cluster.ReplicaListener;
import dev.mooring.message.Subscription;
import dev.mooring.message.TopicFilter;
import dev.mooring.session.Announce;
import dev.mooring.session.Neighbours;
import dev.mooring.session.RemoteChanges;
import dev.mooring.session.Sessions;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What peers say of their sessions and filters: sessions go to the shards of their client ids, filters into the index.
 * Confined to the context of the links.
 */
final class RemoteState implements ReplicaListener {
    private static final Logger LOG = LoggerFactory.getLogger(RemoteState.class);

    private final Vertx vertx;
    private final Sessions sessions;
    private final Neighbours neighbours;
    private final Map<NodeId, Peer> peers;
    private final List<List<RemoteChanges.Change>> changes = new ArrayList<>();
    private final Runnable completed;
    private final Runnable renumbered;
    private NodeId self;
    private boolean changed;

    /**
     * @param peers those that are there
     * @param completed is run when all of another peer is known
     * @param renumbered is run when this node has another number
     */
    @SuppressWarnings("NullAway.Init") // by self()
    RemoteState(
            Vertx vertx,
            Sessions sessions,
            Neighbours neighbours,
            Map<NodeId, Peer> peers,
            int shards,
            Runnable completed,
            Runnable renumbered) {
        this.vertx = vertx;
        this.sessions = sessions;
        this.neighbours = neighbours;
        this.peers = peers;
        this.completed = completed;
        this.renumbered = renumbered;
        for (int i = 0; i < shards; i++) {
            changes.add(new ArrayList<>());
        }
    }

    void self(NodeId id) {
        self = id;
    }

    @Override
    public void added(NodeId origin, Entry entry) {
        Peer peer = peers.get(origin);
        if (peer == null) {
            return;
        }
        try {
            switch (entry.kind()) {
                case Entries.SESSION -> change(peer, Entries.session(entry));
                case Entries.FILTER ->
                    sessions.index()
                            .subscribe(
                                    peer.filters,
                                    new Subscription(Bodies.filter(Entries.text(entry)), 2, false, false, 0, 0));
                case Entries.NUMBER -> number(origin, Entries.number(entry));
                default -> LOG.debug("{} has an entry of an unknown kind: {}", origin, entry);
            }
        } catch (Malformed e) {
            LOG.error("{} has an entry that can't be read: {}, {}", origin, entry, e.getMessage());
        }
    }

    @Override
    public void changed(NodeId origin, Entry before, Entry now) {
        added(origin, now);
    }

    @Override
    public void removed(NodeId origin, Entry entry) {
        Peer peer = peers.get(origin);
        if (peer == null) {
            return;
        }
        if (entry.kind() == Entries.SESSION) {
            change(peer, new Announce(Entries.text(entry), 0, 0, Announce.Place.GONE, List.of()));
        } else if (entry.kind() == Entries.FILTER) {
            TopicFilter filter = TopicFilter.parse(Entries.text(entry));
            if (filter != null) {
                sessions.index().unsubscribe(peer.filters, filter);
            }
        }
    }

    @Override
    public void complete(NodeId origin) {
        Peer peer = peers.get(origin);
        if (peer != null) {
            peer.isComplete = true;
            completed.run();
        }
    }

    @Override
    public void originLeft(NodeId origin, Iterable<Entry> entries) {
        entries.forEach(entry -> removed(origin, entry));
    }

    /** The older one gives way: nothing bears its number any more that the younger one could meet. */
    private void number(NodeId origin, int number) {
        if (number == neighbours.number() && self.epoch() >= origin.epoch()) {
            int another = (number + 1 + (int) (System.nanoTime() & 0xFF)) % Neighbours.NUMBERS;
            LOG.info("{} has the number {} of this node, which takes {}", origin, number, another);
            neighbours.number(another);
            renumbered.run();
        }
    }

    private void change(Peer peer, Announce announce) {
        changes.get(sessions.shard(announce.clientId())).add(new RemoteChanges.Change(peer.number, announce));
        if (!changed) {
            changed = true;
            vertx.runOnContext(v -> flush());
        }
    }

    /** Gives what was heard to the shards. */
    void flush() {
        changed = false;
        for (int i = 0; i < changes.size(); i++) {
            if (!changes.get(i).isEmpty()) {
                RemoteChanges batch = new RemoteChanges(changes.get(i));
                changes.get(i).clear();
                vertx.eventBus().send(Address.session(i), batch, LocalCodec.OPTIONS);
            }
        }
    }
}
