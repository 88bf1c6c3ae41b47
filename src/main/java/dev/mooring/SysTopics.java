package dev.mooring;

import dev.mooring.bus.Address;
import dev.mooring.bus.LocalCodec;
import dev.mooring.message.Message;
import dev.mooring.message.MessageIds;
import dev.mooring.message.PublishProperties;
import dev.mooring.message.TopicName;
import dev.mooring.peer.Figures;
import dev.mooring.session.PublishMessage;
import io.vertx.core.eventbus.EventBus;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Publishes under {@code $SYS}, retained, at QoS 0; a value that has not changed is not repeated. Retained in the
 * memory of this node only: it means nothing after a restart, and other nodes have it by themselves.
 *
 * <p>For all threads, but each topic belongs to one of them.
 */
final class SysTopics implements Figures {
    /** Names of all nodes of the cluster, in order, with commas between them. */
    static final String BROKERS = "$SYS/brokers";

    private final EventBus bus;
    private final MessageIds ids;
    private final ConcurrentHashMap<String, String> last = new ConcurrentHashMap<>();

    SysTopics(EventBus bus, MessageIds ids) {
        this.bus = bus;
        this.ids = ids;
    }

    /** The topic of a figure of a node. The name of a node may have characters that a topic can't. */
    static String of(String node, String figure) {
        return BROKERS + "/" + node.replace('+', '_').replace('#', '_') + "/" + figure;
    }

    @Override
    public void nodes(Iterable<String> names) {
        retain(BROKERS, String.join(",", names));
    }

    @Override
    public void figure(String node, String name, String value) {
        retain(of(node, name), value);
    }

    /** @param value empty for nothing any more */
    void retain(String topic, String value) {
        String before = value.isEmpty() ? last.remove(topic) : last.put(topic, value);
        if (value.equals(before == null ? "" : before) || !TopicName.isValid(topic)) {
            return;
        }
        long now = System.currentTimeMillis();
        Message message = new Message(
                ids.next(now),
                "",
                TopicName.of(topic),
                0,
                true,
                value.getBytes(StandardCharsets.UTF_8),
                PublishProperties.EMPTY,
                now,
                Message.NEVER);
        bus.send(Address.loop(0), new PublishMessage(message, 0, 0, ""), LocalCodec.OPTIONS);
    }
}
