package dev.mooring.cluster;

import dev.mooring.metrics.ReplicaMetrics;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The entries of this node, and a copy of those of every other node.
 *
 * <p>A node numbers the changes of its entries, without a gap, for all of its life, and sends them to all others as
 * {@link Delta}s. One that has just come, or sees a gap in the numbers, asks for a copy, which comes in {@link Page}s:
 * each says what its range of keys holds at the moment of a number, so that pages and deltas may alternate, and what is
 * there already is only corrected. From time to time a {@link Digest} says what the copy must be like; if it is not,
 * another one is asked for, and the difference counted. Nothing here trusts the link to bring everything, in order, or
 * once.
 *
 * <p>Confined to its owner. No thread, clock, socket or chance: the simulation runs it as it is.
 */
public final class Replica {
    /** Bytes of entries in a page, and of changes in a delta; a single entry may be larger. */
    static final int PAGE_BYTES = 32 * 1024;

    /**
     * Pages wait when this much waits for a peer: messages must not stand behind them for long, and a peer that gets
     * all of it at once must not be busy with it for more than some milliseconds.
     */
    static final long QUEUED_BYTES_MAX = 128 * 1024;

    /** A request is repeated when nothing has come for so long. */
    static final long PATIENCE_MS = 5_000;

    private static final long UNKNOWN = -1;

    /** The way to peers. */
    public interface Port {
        /** @return whether it is on its way; if not, it is lost, and the peer will notice */
        boolean send(NodeId peer, LinkBody body);

        /** What waits for the peer. */
        long queuedBytes(NodeId peer);
    }

    private final ReplicaListener listener;
    private final Port port;
    private final ReplicaMetrics metrics;
    private final long digestIntervalMs;

    private final EntrySet own = new EntrySet();
    private final List<Delta.Change> pending = new ArrayList<>();
    private int pendingBytes;
    private long sequence;
    private long digestAtMs = Long.MIN_VALUE;

    private final Map<NodeId, Peer> peers = new LinkedHashMap<>();
    private long requests;

    /** What is known of another node, and what it wants to know. */
    private static final class Peer {
        final Copy copy;
        /** Of the last change that the copy has. */
        long sequence = UNKNOWN;
        /** Of the page request that is under way; 0 for none. */
        long request;

        boolean begun; // the first page of the request has come

        @Nullable
        Entry cursor; // end of the last page

        long progressAtMs;
        boolean complete;

        boolean behind; // a delta did not get to it

        @Nullable
        PageRequest wants;

        Peer(Copy copy) {
            this.copy = copy;
        }
    }

    /**
     * @param requests any number; another one for each life of the node, or an answer to an older one may be taken for
     *     an answer to this one
     */
    public Replica(ReplicaListener listener, Port port, ReplicaMetrics metrics, long digestIntervalMs, long requests) {
        this.listener = listener;
        this.port = port;
        this.metrics = metrics;
        this.digestIntervalMs = digestIntervalMs;
        this.requests = requests;
    }

    // ---- own entries

    /** Others will know it with the next {@link #tick}, or before. Nothing happens if it is there as it is. */
    public void put(Entry entry) {
        Entry before = own.put(entry);
        if (!entry.equals(before)) {
            change(new Delta.Change(true, entry));
        }
    }

    /** Nothing happens if there is no entry with this kind and key. */
    public void remove(int kind, byte[] key) {
        Entry removed = own.remove(new Entry(kind, key, Entry.NO_VALUE));
        if (removed != null) {
            change(new Delta.Change(false, new Entry(kind, key, Entry.NO_VALUE)));
        }
    }

    private void change(Delta.Change change) {
        sequence++;
        metrics.ownEntries.set(own.size());
        if (peers.isEmpty()) {
            return; // who comes asks for a copy
        }
        pending.add(change);
        pendingBytes += change.sizeBytes();
        if (pendingBytes >= PAGE_BYTES) {
            flush();
        }
    }

    /** Sends changes now, before what is sent after it. */
    public void flush() {
        if (pending.isEmpty()) {
            return;
        }
        Delta delta = new Delta(sequence - pending.size() + 1, pending);
        pending.clear();
        pendingBytes = 0;
        peers.forEach((id, peer) -> {
            if (!peer.behind) {
                peer.behind = !port.send(id, delta);
                (peer.behind ? metrics.deltasDropped : metrics.deltasSent).increment();
            }
        });
    }

    // ---- who is there

    /** From now on its entries are wanted here, and ours there. */
    public void joined(NodeId id, long nowMs) {
        flush(); // what came before is in the copy that it will ask for
        Peer peer = new Peer(new Copy(id, listener, metrics));
        peers.put(id, peer);
        ask(id, peer, null, nowMs);
        peer.behind = !port.send(id, digest()); // for one that has had this node before, and was given up by it
    }

    /** Its entries are forgotten. */
    public void left(NodeId id) {
        Peer peer = peers.remove(id);
        if (peer != null) {
            metrics.copiedEntries.add(-peer.copy.entries().size());
            listener.originLeft(id, peer.copy.entries());
        }
    }

    /** What went to and fro may have got lost: both sides compare at once, instead of with the next digest. */
    public void interrupted(NodeId id, long nowMs) {
        Peer peer = peers.get(id);
        if (peer == null) {
            return;
        }
        flush();
        peer.behind = !port.send(id, digest());
        if (peer.request != 0) {
            resume(id, peer, nowMs);
        }
    }

    public Collection<NodeId> peers() {
        return peers.keySet();
    }

    /** Whether all that the node had when it was first seen is here. */
    public boolean isComplete(NodeId id) {
        Peer peer = peers.get(id);
        return peer != null && peer.complete;
    }

    /** Entries of another node in the order of their keys; none of one that is not there. Not after a change. */
    public Iterable<Entry> entries(NodeId id) {
        Peer peer = peers.get(id);
        return peer == null ? List.of() : peer.copy.entries();
    }

    /** Own entries. Not after a change. */
    public Iterable<Entry> entries() {
        return own;
    }

    public long size() {
        return own.size();
    }

    // ---- time

    /** Several times a second: sends what changed, and looks after what should have come. */
    public void tick(long nowMs) {
        flush();
        boolean due = nowMs >= digestAtMs;
        if (due) {
            digestAtMs = nowMs + digestIntervalMs;
        }
        Digest digest = digest();
        peers.forEach((id, peer) -> {
            if ((due || peer.behind) && port.send(id, digest)) {
                peer.behind = false;
            }
            if (peer.request != 0 && nowMs - peer.progressAtMs >= PATIENCE_MS) {
                metrics.requestsRepeated.increment();
                resume(id, peer, nowMs);
            }
        });
    }

    private Digest digest() {
        return new Digest(sequence, own.size(), own.hash());
    }

    /**
     * Sends a page to each peer that waits for one and can take it.
     *
     * @return whether to call it again soon; if not, a later {@link #tick} is soon enough
     */
    public boolean proceed() {
        boolean more = false;
        for (Map.Entry<NodeId, Peer> entry : peers.entrySet()) {
            Peer peer = entry.getValue();
            if (peer.wants != null && port.queuedBytes(entry.getKey()) < QUEUED_BYTES_MAX) {
                flush(); // the page has these changes too
                more |= page(entry.getKey(), peer, peer.wants);
            }
        }
        return more;
    }

    private boolean page(NodeId id, Peer peer, PageRequest wanted) {
        List<Entry> entries = new ArrayList<>();
        boolean last = own.collect(wanted.after(), PAGE_BYTES, entries);
        if (!port.send(id, new Page(wanted.request(), sequence, wanted.after(), last, entries))) {
            return false;
        }
        metrics.pagesSent.increment();
        peer.wants = last ? null : new PageRequest(wanted.request(), entries.get(entries.size() - 1));
        return !last;
    }

    // ---- what comes

    /** @return whether it was for the replica at all */
    public boolean receive(NodeId from, LinkBody body, long nowMs) {
        boolean ours = true;
        Peer peer = peers.get(from);
        if (body instanceof Delta delta) {
            if (peer != null) {
                delta(from, peer, delta, nowMs);
            }
        } else if (body instanceof Page page) {
            if (peer != null) {
                page(from, peer, page, nowMs);
            }
        } else if (body instanceof Digest digest) {
            if (peer != null) {
                digest(from, peer, digest, nowMs);
            }
        } else if (body instanceof PageRequest request) {
            if (peer != null) {
                peer.wants = request;
            }
        } else {
            ours = false;
        }
        return ours;
    }

    private void delta(NodeId id, Peer peer, Delta delta, long nowMs) {
        if (peer.sequence == UNKNOWN || delta.last() <= peer.sequence) {
            return; // a copy is on its way that has it, or it came twice
        }
        if (delta.first() > peer.sequence + 1) {
            metrics.gaps.increment();
            restart(id, peer, nowMs);
            return;
        }
        metrics.deltasReceived.increment();
        for (int i = (int) (peer.sequence + 1 - delta.first());
                i < delta.changes().size();
                i++) {
            Delta.Change change = delta.changes().get(i);
            if (change.put()) {
                peer.copy.put(change.entry());
            } else {
                peer.copy.remove(change.entry());
            }
        }
        peer.sequence = delta.last();
    }

    private void page(NodeId id, Peer peer, Page page, long nowMs) {
        if (page.request() != peer.request || peer.begun && isBefore(page.after(), peer.cursor)) {
            return; // an answer to an older request, or a page that came twice
        }
        if (!peer.begun) {
            if (page.after() != null) {
                return; // the first ones are lost; the request will be repeated
            }
            peer.begun = true;
            peer.sequence = page.sequence();
        } else if (page.sequence() > peer.sequence || isBefore(peer.cursor, page.after())) {
            metrics.gaps.increment();
            restart(id, peer, nowMs);
            return;
        } else if (page.sequence() < peer.sequence) {
            resume(id, peer, nowMs); // a delta has overtaken it
            return;
        }
        metrics.pagesReceived.increment();
        peer.progressAtMs = nowMs;
        Entry end = page.last() ? null : page.entries().get(page.entries().size() - 1);
        peer.copy.correct(peer.cursor, end, page.entries());
        peer.cursor = end;
        if (page.last()) {
            peer.request = 0;
            peer.complete = true;
            listener.complete(id);
        }
    }

    private void digest(NodeId id, Peer peer, Digest digest, long nowMs) {
        if (peer.request != 0 || digest.sequence() < peer.sequence) {
            return;
        }
        if (digest.sequence() > peer.sequence) {
            metrics.gaps.increment();
            restart(id, peer, nowMs);
        } else if (digest.count() != peer.copy.entries().size()
                || digest.hash() != peer.copy.entries().hash()) {
            metrics.repairs.increment();
            restart(id, peer, nowMs);
        }
    }

    // ---- requests

    /** From the beginning: what is here may be wrong anywhere. */
    private void restart(NodeId id, Peer peer, long nowMs) {
        peer.sequence = UNKNOWN;
        listener.stale(id);
        ask(id, peer, null, nowMs);
    }

    /** Goes on where the last page ended, if the numbers allow it. */
    private void resume(NodeId id, Peer peer, long nowMs) {
        ask(id, peer, peer.begun ? peer.cursor : null, nowMs);
    }

    private void ask(NodeId id, Peer peer, @Nullable Entry after, long nowMs) {
        peer.request = ++requests;
        peer.begun = after != null;
        peer.cursor = after;
        peer.progressAtMs = nowMs;
        metrics.requestsSent.increment();
        port.send(id, new PageRequest(peer.request, after)); // if it is lost, it is repeated
    }

    /** In the order of keys; null is the beginning. */
    private static boolean isBefore(@Nullable Entry a, @Nullable Entry b) {
        return b != null && (a == null || a.compareTo(b) < 0);
    }
}
