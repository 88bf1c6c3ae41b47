package dev.mooring.route;

import dev.mooring.bus.LocalBody;
import dev.mooring.message.Message;
import dev.mooring.message.TopicFilter;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What one loop has for the sessions of another in one tick, for {@code loop.<n>}: each message with its targets.
 * Filled by the sender, then owned by the receiver. The target arrays are shared and not to be changed.
 */
public final class Deliveries implements LocalBody {
    private Message[] messages = new Message[16];
    private Target[][] targets = new Target[16][];
    private @Nullable TopicFilter[] shared = new TopicFilter[16];
    private int size;
    private long bytes;

    /** @param sharedFilter the shared subscription that chose the only target, or null */
    public void add(Message message, Target[] to, @Nullable TopicFilter sharedFilter) {
        if (size == messages.length) {
            messages = Arrays.copyOf(messages, 2 * size);
            targets = Arrays.copyOf(targets, 2 * size);
            shared = Arrays.copyOf(shared, 2 * size);
        }
        bytes += message.sizeBytes();
        messages[size] = message;
        targets[size] = to;
        shared[size++] = sharedFilter;
    }

    /** Of the messages, each counted once. */
    public long bytes() {
        return bytes;
    }

    public int size() {
        return size;
    }

    public Message message(int i) {
        return messages[i];
    }

    public Target[] targets(int i) {
        return targets[i];
    }

    public @Nullable TopicFilter shared(int i) {
        return shared[i];
    }
}
