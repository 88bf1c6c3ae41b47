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
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What peers say of their sessions and filters: sessions go to the shards of their client ids, filters into the index.
 * Confined to the context of the links.
 */
final class RemoteState implements ReplicaListener {
    private static final Logger LOG = LoggerFactory.getLogger(RemoteState.class);
    private static final int FORGOTTEN_PER_TURN = 1_000;

    private final Vertx vertx;
    private final Sessions sessions;
    private final Neighbours neighbours;
    private final Map<NodeId, Peer> peers;
    private final List<List<RemoteChanges.Change>> changes = new ArrayList<>();
    private final Map<NodeId, Integer> numbers = new HashMap<>();
    private final Figures figures;
    private final Runnable completed;
    private final Runnable stale;
    private final Runnable renumbered;
    private NodeId self;
    private boolean changed;

    /**
     * @param peers those that are there
     * @param figures is told what peers say of themselves
     * @param completed is run when all of another peer is known
     * @param stale is run when not all of one is any more
     * @param renumbered is run when this node has another number
     */
    @SuppressWarnings("NullAway.Init") // by self()
    RemoteState(
            Vertx vertx,
            Sessions sessions,
            Neighbours neighbours,
            Map<NodeId, Peer> peers,
            int shards,
            Figures figures,
            Runnable completed,
            Runnable stale,
            Runnable renumbered) {
        this.vertx = vertx;
        this.sessions = sessions;
        this.neighbours = neighbours;
        this.peers = peers;
        this.figures = figures;
        this.completed = completed;
        this.stale = stale;
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
                case Entries.FIGURE -> {
                    Figure figure = Entries.figure(entry);
                    figures.figure(origin.name(), figure.name(), figure.value());
                }
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
        if (peer != null) {
            removed(origin, peer, entry);
        }
    }

    private void removed(NodeId origin, Peer peer, Entry entry) {
        if (entry.kind() == Entries.SESSION) {
            change(peer, new Announce(Entries.text(entry), 0, 0, Announce.Place.GONE, List.of()));
        } else if (entry.kind() == Entries.FILTER) {
            TopicFilter filter = TopicFilter.parse(Entries.text(entry));
            if (filter != null) {
                sessions.index().unsubscribe(peer.filters, filter);
            }
        } else if (entry.kind() == Entries.FIGURE && !isBack(origin)) {
            figures.figure(origin.name(), Entries.text(entry), "");
        }
    }

    /** Another life of the node is there, and has figures of its own. */
    private boolean isBack(NodeId origin) {
        for (NodeId id : peers.keySet()) {
            if (!id.equals(origin) && id.isSameNode(origin)) {
                return true;
            }
        }
        return false;
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
    public void stale(NodeId origin) {
        Peer peer = peers.get(origin);
        if (peer != null) {
            peer.isComplete = false;
            stale.run();
        }
    }

    @Override
    public void originLeft(NodeId origin, Iterable<Entry> entries) {
        numbers.remove(origin);
        Peer peer = peers.get(origin);
        if (peer != null) {
            peer.lostAtMs = sessions.nowMs() - peer.link.silentMs();
            forget(origin, peer, entries.iterator());
        }
    }

    /** In many turns: there may be a million, and clients of the same loop wait meanwhile. */
    private void forget(NodeId origin, Peer peer, Iterator<Entry> left) {
        for (int i = 0; i < FORGOTTEN_PER_TURN && left.hasNext(); i++) {
            removed(origin, peer, left.next());
        }
        if (left.hasNext()) {
            vertx.runOnContext(v -> forget(origin, peer, left));
        }
    }

    /** Who is there now. @param names of all nodes, this one included */
    void present(List<String> names) {
        figures.nodes(names.stream().sorted().toList());
    }

    /** Of two with the same number the younger one gives way: it has hardly used it. */
    private void number(NodeId origin, int number) {
        numbers.put(origin, number);
        if (number == neighbours.number() && self.epoch() >= origin.epoch()) {
            int another = ThreadLocalRandom.current().nextInt(Neighbours.NUMBERS);
            while (numbers.containsValue(another)) { // a cluster has far fewer nodes than there are numbers
                another = (another + 1) % Neighbours.NUMBERS;
            }
            LOG.info("{} has the number {} of this node, which takes {}", origin, number, another);
            neighbours.number(another);
            renumbered.run();
        }
    }

    private void change(Peer peer, Announce announce) {
        changes.get(sessions.shard(announce.clientId()))
                .add(new RemoteChanges.Change(peer.number, announce, peer.lostAtMs));
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
