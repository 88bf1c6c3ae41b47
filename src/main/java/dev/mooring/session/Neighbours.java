package dev.mooring.session;

import dev.mooring.bus.Address;
import dev.mooring.bus.LocalBody;
import dev.mooring.bus.LocalCodec;
import dev.mooring.store.SessionRecord;
import io.vertx.core.eventbus.EventBus;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What the shards and loops of a node of a cluster have to know of the others. Safe for all threads.
 *
 * <p><b>Numbers.</b> Nodes that share a store must never give out the same session id, nor take a session over under
 * the same epoch. Both have bits of their own for the node: a number that the nodes agree on, and the time or the count
 * above it.
 */
public final class Neighbours {
    /** Of a node's number. */
    static final int NUMBER_BITS = SessionRecord.NODE_BITS;

    /** How many numbers there are. */
    public static final int NUMBERS = 1 << NUMBER_BITS;

    private final String self;
    private final Filters filters;
    private volatile int number;
    private volatile List<String> names;
    private volatile boolean complete;
    private volatile boolean leaving;

    /**
     * @param self name of this node
     * @param number 0 up to {@link #NUMBERS}, not the number of any other node
     */
    public Neighbours(EventBus bus, String self, int number) {
        this.self = self;
        this.number = number;
        this.names = List.of(self);
        this.filters = new Filters(bus);
    }

    /** Filters of the node's sessions that end with their connection: other nodes know these, and not the sessions. */
    public Filters filters() {
        return filters;
    }

    public int number() {
        return number;
    }

    /** Another one: some node had the same. */
    public void number(int another) {
        number = another;
    }

    /**
     * @param present names of all nodes that are there, this one included
     * @param nowComplete whether all has been heard that they have
     */
    public void present(List<String> present, boolean nowComplete) {
        names = List.copyOf(present);
        complete = nowComplete;
    }

    /** This node is about to stop: what its sessions without a connection come to is for the others to see to. */
    public void leave() {
        leaving = true;
    }

    boolean isLeaving() {
        return leaving;
    }

    /** Whether it is known what the others have: a session that none of them has is left behind only then. */
    boolean isComplete() {
        return complete;
    }

    /**
     * Whether it falls to this node to see to what has no node any more: every key to one of those present, by
     * rendezvous hashing, so that it is nobody else's, and few change when a node comes or goes.
     */
    public boolean isMine(String key) {
        return self.equals(keeper(key));
    }

    /** The name of the node that a key falls to. */
    public String keeper(String key) {
        String best = self;
        long most = Long.MIN_VALUE;
        for (String name : names) {
            long weight = hash(key, name);
            if (weight > most || (weight == most && name.compareTo(best) > 0)) {
                most = weight;
                best = name;
            }
        }
        return best;
    }

    private static long hash(String key, String name) {
        long hash = key.hashCode() * 0x9E37_79B9_7F4A_7C15L ^ name.hashCode() * 0xC2B2_AE3D_27D4_EB4FL;
        hash ^= hash >>> 32;
        hash *= 0xFF51_AFD7_ED55_8CCDL;
        return hash ^ hash >>> 29;
    }

    /** Greater than {@code epoch}, and of this node. Two nodes that take over at once have different ones. */
    long nextEpoch(long epoch) {
        return (epoch >>> NUMBER_BITS) + 1 << NUMBER_BITS | number;
    }

    /** A session id for the queue of a shared group that all nodes come to by themselves. */
    static long queueId(String filter) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(filter.getBytes(StandardCharsets.UTF_8));
            return ByteBuffer.wrap(digest).getLong() >>> 2 | 1L << 62;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * How many sessions of this node that end with their connection have which filter. The first and the last one are
     * told to {@code peers}, in that order for each filter, since that happens under the lock of its count.
     */
    public static final class Filters {
        private final EventBus bus;
        private final ConcurrentHashMap<String, Integer> counts = new ConcurrentHashMap<>();

        Filters(EventBus bus) {
            this.bus = bus;
        }

        void add(String filter) {
            counts.compute(filter, (f, count) -> {
                if (count == null) {
                    bus.send(Address.PEERS, new Changed(f, true), LocalCodec.OPTIONS);
                }
                return count == null ? 1 : count + 1;
            });
        }

        void remove(String filter) {
            counts.computeIfPresent(filter, (f, count) -> {
                if (count == 1) {
                    bus.send(Address.PEERS, new Changed(f, false), LocalCodec.OPTIONS);
                }
                return count == 1 ? null : count - 1;
            });
        }

        /** @param isThere whether there is somebody now */
        public record Changed(String filter, boolean isThere) implements LocalBody {}
    }
}
