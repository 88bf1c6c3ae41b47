package dev.mooring.peer;

import dev.mooring.cluster.BodyReader;
import dev.mooring.cluster.BodyType;
import dev.mooring.cluster.BodyWriter;
import dev.mooring.cluster.LinkBody;
import dev.mooring.cluster.Malformed;
import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.TopicFilter;
import dev.mooring.route.Relays;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What brokers say to each other, besides entries of the replica. */
public final class Bodies {
    private static final int RELAYED = 32;
    private static final int CLAIM = 33;
    private static final int CLAIM_ANSWER = 34;
    private static final int FENCE = 35;
    private static final int FENCE_ANSWER = 36;
    private static final int RETAINED = 37;
    private static final int MISSED = 38;
    private static final int GROUP_READY = 39;
    private static final int LOOK_UP = 40;

    private static final int MESSAGE_BYTES_MIN = 45;

    private Bodies() {}

    /** For {@link dev.mooring.cluster.Wire#of}. */
    public static List<BodyType> all() {
        return List.of(
                new BodyType(RELAYED, "messages", 1, Relayed::read),
                new BodyType(CLAIM, "claim", 1, Claimed::read),
                new BodyType(CLAIM_ANSWER, "answer to a claim", 1, ClaimAnswer::read),
                new BodyType(FENCE, "fence", 1, Fence::read),
                new BodyType(FENCE_ANSWER, "answer to a fence", 1, FenceAnswer::read),
                new BodyType(RETAINED, "retained messages", 1, Retained::read),
                new BodyType(MISSED, "missed messages", 1, Missed::read),
                new BodyType(GROUP_READY, "shared group", 1, Group::read),
                new BodyType(LOOK_UP, "look into the store", 2, LookUp::read));
    }

    /**
     * Messages for sessions that are live at the peer, in the order of their routing.
     *
     * @param loop of their publishers; what one loop sends stays in order
     */
    record Relayed(int loop, List<Relays.Item> items) implements LinkBody {
        @Override
        public int type() {
            return RELAYED;
        }

        @Override
        public void write(BodyWriter out, int version) {
            out.u16(loop).i32(items.size());
            for (Relays.Item item : items) {
                TopicFilter shared = item.shared();
                out.message(item.message()).bool(shared != null);
                if (shared != null) {
                    out.text(shared.text()).i64(item.sessionId());
                }
            }
        }

        static Relayed read(BodyReader in, int version) throws Malformed {
            int loop = in.u16();
            int count = in.count(MESSAGE_BYTES_MIN);
            List<Relays.Item> items = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                Message message = in.message();
                TopicFilter shared = in.bool() ? filter(in.text()) : null;
                items.add(new Relays.Item(message, Relays.ALL, shared, shared == null ? 0 : in.i64(), false));
            }
            return new Relayed(loop, items);
        }
    }

    /** A client has connected to the node that asks: what the peer has of it is to be given up. */
    record Claimed(String clientId, MessageId id) implements LinkBody {
        @Override
        public int type() {
            return CLAIM;
        }

        @Override
        public void write(BodyWriter out, int version) {
            out.text(clientId).id(id);
        }

        static Claimed read(BodyReader in, int version) throws Malformed {
            return new Claimed(in.text(), in.id());
        }
    }

    /** @param clockUs no later message of the peer has an id of an earlier time */
    record ClaimAnswer(String clientId, MessageId id, boolean granted, long sessionId, long epoch, long clockUs)
            implements LinkBody {
        @Override
        public int type() {
            return CLAIM_ANSWER;
        }

        @Override
        public void write(BodyWriter out, int version) {
            out.text(clientId).id(id).bool(granted).i64(sessionId).i64(epoch).i64(clockUs);
        }

        static ClaimAnswer read(BodyReader in, int version) throws Malformed {
            return new ClaimAnswer(in.text(), in.id(), in.bool(), in.i64(), in.i64(), in.i64());
        }
    }

    /** Asks for a {@link FenceAnswer} when all that was routed by what was known before is stored and sent. */
    record Fence(long token) implements LinkBody {
        @Override
        public int type() {
            return FENCE;
        }

        @Override
        public void write(BodyWriter out, int version) {
            out.i64(token);
        }

        static Fence read(BodyReader in, int version) throws Malformed {
            return new Fence(in.i64());
        }
    }

    record FenceAnswer(long token, long clockUs) implements LinkBody {
        @Override
        public int type() {
            return FENCE_ANSWER;
        }

        @Override
        public void write(BodyWriter out, int version) {
            out.i64(token).i64(clockUs);
        }

        static FenceAnswer read(BodyReader in, int version) throws Malformed {
            return new FenceAnswer(in.i64(), in.i64());
        }
    }

    /** What topics retain now; an empty payload: nothing any more. All of it is stored. */
    record Retained(List<Message> messages) implements LinkBody {
        @Override
        public int type() {
            return RETAINED;
        }

        @Override
        public void write(BodyWriter out, int version) {
            out.i32(messages.size());
            messages.forEach(out::message);
        }

        static Retained read(BodyReader in, int version) throws Malformed {
            int count = in.count(MESSAGE_BYTES_MIN);
            List<Message> messages = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                messages.add(in.message());
            }
            return new Retained(messages);
        }
    }

    /** The peer was sent less than it should have been, since too much waited for it. */
    record Missed() implements LinkBody {
        @Override
        public int type() {
            return MISSED;
        }

        @Override
        public void write(BodyWriter out, int version) {}

        static Missed read(BodyReader in, int version) {
            return new Missed();
        }
    }

    /** A client has come to a node whose former node may have stored its messages, and told nobody of them. */
    record LookUp() implements LinkBody {
        @Override
        public int type() {
            return LOOK_UP;
        }

        @Override
        public void write(BodyWriter out, int version) {}

        static LookUp read(BodyReader in, int version) {
            return new LookUp();
        }
    }

    /** A shared group, of which the peer hands out the queue, has a member on line. */
    record Group(TopicFilter filter) implements LinkBody {
        @Override
        public int type() {
            return GROUP_READY;
        }

        @Override
        public void write(BodyWriter out, int version) {
            out.text(filter.text());
        }

        static Group read(BodyReader in, int version) throws Malformed {
            return new Group(Bodies.filter(in.text()));
        }
    }

    static TopicFilter filter(String text) throws Malformed {
        @Nullable TopicFilter filter = TopicFilter.parse(text);
        if (filter == null) {
            throw new Malformed("no topic filter");
        }
        return filter;
    }
}
