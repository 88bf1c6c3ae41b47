package dev.mooring.cluster;

import dev.mooring.message.Message;
import java.util.ArrayList;
import java.util.List;

/** Messages for a peer, as brokers send them, without what belongs to shared subscriptions. */
record Forward(List<Message> messages) implements LinkBody {
    static final int TYPE = 16;
    private static final int MESSAGE_BYTES_MIN = 45;

    Forward {
        messages = List.copyOf(messages);
    }

    @Override
    public int type() {
        return TYPE;
    }

    @Override
    public void write(BodyWriter out, int version) {
        out.i32(messages.size());
        for (Message message : messages) {
            out.message(message);
        }
    }

    static Forward read(BodyReader in, int version) throws Malformed {
        int count = in.count(MESSAGE_BYTES_MIN);
        List<Message> messages = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            messages.add(in.message());
        }
        return new Forward(messages);
    }
}
