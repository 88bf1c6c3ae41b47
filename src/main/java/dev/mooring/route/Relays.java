package dev.mooring.route;

import dev.mooring.bus.LocalBody;
import dev.mooring.message.Message;
import dev.mooring.message.TopicFilter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a loop has for other nodes in one tick, for {@code peers}; and what has come from another node, for the loop
 * that serves it. Filled by the sender, then owned by the receiver.
 */
public final class Relays implements LocalBody {
    /** In place of node numbers: whoever is there. */
    public static final int[] ALL = {};

    private final int loop;
    private final boolean isLate;
    private final List<Item> items = new ArrayList<>();
    private long bytes;

    /**
     * @param nodes numbers of the nodes that get it, or {@link #ALL}; not to be changed
     * @param shared the shared subscription of which a member of those nodes was chosen, or null for all who have
     *     subscribed to the topic otherwise
     * @param sessionId the member's durable session, or 0 for any member without one
     * @param retained nobody gets it; it is what the topic retains now, or by an empty payload no longer
     */
    public record Item(
            Message message, int[] nodes, @Nullable TopicFilter shared, long sessionId, boolean retained) {
        public static Item toAll(Message retained) {
            return new Item(retained, ALL, null, 0, true);
        }
    }

    /** @param loop of the publishers; what one loop relays stays in order */
    public Relays(int loop) {
        this(loop, false);
    }

    /**
     * @param isLate what came before some of it may be in the store only: durable sessions don't take it, but look
     *     there later
     */
    public Relays(int loop, boolean isLate) {
        this.loop = loop;
        this.isLate = isLate;
    }

    public int loop() {
        return loop;
    }

    public boolean isLate() {
        return isLate;
    }

    public void add(Item item) {
        items.add(item);
        bytes += item.message.sizeBytes();
    }

    public List<Item> items() {
        return items;
    }

    /** Of the messages. */
    public long bytes() {
        return bytes;
    }
}
