package dev.mooring.peer;

import dev.mooring.cluster.BodyReader;
import dev.mooring.cluster.BodyWriter;
import dev.mooring.cluster.Entry;
import dev.mooring.cluster.Malformed;
import dev.mooring.cluster.Replica;
import dev.mooring.message.Subscription;
import dev.mooring.message.TopicFilter;
import dev.mooring.session.Announce;
import dev.mooring.session.Neighbours;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What every node knows of every other, as entries of the replica. */
final class Entries {
    /** A durable session: by client id, with where it is and all its subscriptions. */
    static final int SESSION = 1;
    /** A filter that sessions of the node have which end with their connection. */
    static final int FILTER = 2;
    /** The node's own number. */
    static final int NUMBER = 3;
    /** What clients of all nodes may read about the node, by its name. */
    static final int FIGURE = 4;

    private static final byte[] NO_KEY = {};
    private static final Announce.Place[] PLACES = Announce.Place.values();
    private static final int NO_LOCAL = 4;
    private static final int RETAIN_AS_PUBLISHED = 8;
    private static final int RETAIN_HANDLING = 4; // bits to the left

    private Entries() {}

    /** What becomes of a session of this node. */
    static void tell(Replica replica, Announce announce) {
        if (announce.place() == Announce.Place.GONE) {
            replica.remove(SESSION, key(announce.clientId()));
        } else {
            replica.put(session(announce));
        }
    }

    static void tell(Replica replica, Neighbours.Filters.Changed filter) {
        if (filter.isThere()) {
            replica.put(filter(filter.filter()));
        } else {
            replica.remove(FILTER, key(filter.filter()));
        }
    }

    static byte[] key(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String text(Entry entry) {
        return new String(entry.key(), StandardCharsets.UTF_8);
    }

    static Entry number(int number) {
        return new Entry(NUMBER, NO_KEY, new BodyWriter(2).u16(number).toBytes());
    }

    static int number(Entry entry) throws Malformed {
        return new BodyReader(entry.value(), 0, entry.value().length).u16();
    }

    static Entry figure(Figure figure) {
        return new Entry(
                FIGURE,
                key(figure.name()),
                new BodyWriter(64).text(figure.value()).toBytes());
    }

    static Figure figure(Entry entry) throws Malformed {
        return new Figure(text(entry), new BodyReader(entry.value(), 0, entry.value().length).text());
    }

    static Entry filter(String filter) {
        return new Entry(FILTER, key(filter), Entry.NO_VALUE);
    }

    static Entry session(Announce a) {
        BodyWriter out = new BodyWriter(32 + 32 * a.subscriptions().size());
        out.i64(a.sessionId()).i64(a.epoch()).u8(a.place().ordinal());
        out.i32(a.subscriptions().size());
        for (Subscription s : a.subscriptions()) {
            int options = s.qos()
                    | (s.noLocal() ? NO_LOCAL : 0)
                    | (s.retainAsPublished() ? RETAIN_AS_PUBLISHED : 0)
                    | s.retainHandling() << RETAIN_HANDLING;
            out.text(s.filter().text()).u8(options).i32(s.identifier());
        }
        return new Entry(SESSION, key(a.clientId()), out.toBytes());
    }

    static Announce session(Entry entry) throws Malformed {
        BodyReader in = new BodyReader(entry.value(), 0, entry.value().length);
        long sessionId = in.i64();
        long epoch = in.i64();
        int place = in.u8();
        if (place >= PLACES.length) {
            throw new Malformed("place " + place);
        }
        int count = in.count(7);
        List<Subscription> subscriptions = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            TopicFilter filter = Bodies.filter(in.text());
            int options = in.u8();
            try {
                subscriptions.add(new Subscription(
                        filter,
                        options & 3,
                        (options & NO_LOCAL) != 0,
                        (options & RETAIN_AS_PUBLISHED) != 0,
                        options >>> RETAIN_HANDLING & 3,
                        in.i32()));
            } catch (IllegalArgumentException e) {
                throw new Malformed("options of a subscription: " + e.getMessage());
            }
        }
        return new Announce(text(entry), sessionId, epoch, PLACES[place], subscriptions);
    }
}
