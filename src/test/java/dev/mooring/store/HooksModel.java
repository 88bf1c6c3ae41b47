package dev.mooring.store;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.Subscription;
import dev.mooring.message.TopicFilter;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the operations of hooks leave behind when each takes effect before the next one: maps in memory. What a store
 * has after them is compared as text, so it does not matter how it got there.
 */
final class HooksModel {
    private final Map<String, TreeMap<MessageId, Message>> topics = new TreeMap<>();
    private final Map<String, Message> retained = new TreeMap<>();
    private final Map<String, Message> latest = new TreeMap<>();
    private final Map<String, Map<String, MessageId>> positions = new TreeMap<>();
    private final Map<String, StoreOp> clients = new TreeMap<>();
    private final Map<String, TreeMap<String, Integer>> proxies = new TreeMap<>();

    void apply(StoreOp op) {
        switch (op.kind()) {
            case MESSAGE_PUBLISH ->
                topic(message(op).topic().text()).put(message(op).id(), message(op));
            case ACKED_FOR_QUEUE -> {
                StoreOp.AckedForQueue acked = (StoreOp.AckedForQueue) op;
                topic(acked.topic()).remove(acked.id());
            }
            case MESSAGE_RETAIN -> retained.put(message(op).topic().text(), message(op));
            case RETAIN_DELETE -> retained.remove(((StoreOp.RetainDelete) op).topic());
            case MESSAGE_STORE_KEEP_LATEST -> latest.put(message(op).topic().text(), message(op));
            case ACKED_FOR_KEEP_LATEST -> {
                StoreOp.AckedForKeepLatest acked = (StoreOp.AckedForKeepLatest) op;
                latest.computeIfPresent(acked.topic(), (t, m) -> m.id().equals(acked.id()) ? null : m);
            }
            case ACKED_FOR_PUBSUB -> {
                StoreOp.AckedForPubsub acked = (StoreOp.AckedForPubsub) op;
                of(acked.clientId()).merge(acked.topic(), acked.id(), (a, b) -> a.compareTo(b) > 0 ? a : b);
            }
            case FETCH_FOR_PUBSUB -> fetch((StoreOp.FetchForPubsub) op);
            case ACKED_DELETE -> {
                StoreOp.AckedDelete delete = (StoreOp.AckedDelete) op;
                of(delete.clientId())
                        .keySet()
                        .removeIf(topic -> topic.equals(delete.filter().filter())
                                || delete.filter().matches(topic));
            }
            case CLIENT_CONNECTED -> clients.put(((StoreOp.ClientConnected) op).clientId(), op);
            case CLIENT_DISCONNECTED -> disconnect((StoreOp.ClientDisconnected) op);
            case PROXY_SAVE -> {
                StoreOp.ProxySave save = (StoreOp.ProxySave) op;
                TreeMap<String, Integer> own = proxies.computeIfAbsent(save.clientId(), c -> new TreeMap<>());
                save.saved().forEach(s -> own.put(s.filter().text(), s.qos()));
                save.removed().forEach(own::remove);
            }
            default -> throw new IllegalArgumentException(op.kind() + " is not modelled");
        }
    }

    private static Message message(StoreOp op) {
        return ((StoreOp.OfMessage) op).message();
    }

    private TreeMap<MessageId, Message> topic(String name) {
        return topics.computeIfAbsent(name, t -> new TreeMap<>());
    }

    private Map<String, MessageId> of(String clientId) {
        return positions.computeIfAbsent(clientId, c -> new HashMap<>());
    }

    private void fetch(StoreOp.FetchForPubsub op) {
        Map<String, MessageId> own = of(op.clientId());
        if (!op.filter().wildcard()) {
            own.putIfAbsent(op.filter().filter(), newest(op.filter().filter(), op.until()));
        } else if (!own.containsKey(op.filter().filter())) {
            MessageId newestOfAll = MessageId.ZERO;
            for (String name : topics.keySet()) {
                if (op.filter().matches(name) && !own.containsKey(name)) {
                    MessageId newest = newest(name, op.until());
                    own.put(name, newest);
                    newestOfAll = newest.compareTo(newestOfAll) > 0 ? newest : newestOfAll;
                }
            }
            own.put(op.filter().filter(), newestOfAll);
        }
    }

    private MessageId newest(String topic, MessageId until) {
        MessageId newest = topic(topic).floorKey(until);
        return newest == null ? MessageId.ZERO : newest;
    }

    private void disconnect(StoreOp.ClientDisconnected op) {
        if (clients.get(op.clientId()) instanceof StoreOp.ClientConnected now
                && now.node().equals(op.node())
                && now.onlineAtS() == op.onlineAtS()) {
            clients.put(op.clientId(), op);
        }
    }

    /** One line for each thing that is there. A position is what it leaves to be fetched: others may be as good. */
    TreeSet<String> lines() {
        TreeSet<String> lines = new TreeSet<>();
        topics.values().forEach(m -> m.values().forEach(each -> lines.add("message " + StoreHarness.text(each))));
        retained.values().forEach(m -> lines.add("retained " + StoreHarness.text(m)));
        latest.values().forEach(m -> lines.add("latest " + StoreHarness.text(m)));
        positions.forEach((client, own) -> own.forEach(
                (topic, id) -> lines.add("position " + client + " " + topic + " before " + behind(topic, id))));
        clients.values().forEach(op -> lines.add(op.toString()));
        proxies.forEach((client, own) -> {
            if (!own.isEmpty()) {
                lines.add("proxies " + client + " " + own);
            }
        });
        return lines;
    }

    /**
     * Of a wildcard filter none is compared: a first position there depends on which messages others acknowledge at the
     * same time, and counts only for topics that have none of their own.
     */
    private TreeSet<MessageId> behind(String topic, MessageId position) {
        return TopicFilter.of(topic).wildcard()
                ? new TreeSet<>()
                : new TreeSet<>(topic(topic).tailMap(position, false).keySet());
    }

    /** Takes what a store lists ({@link StoreOp.RuleDataScan}) as it is, in any order. */
    static HooksModel of(Iterable<StoreOp> listed) {
        HooksModel model = new HooksModel();
        for (StoreOp op : listed) {
            if (op instanceof StoreOp.MessageStore store) { // nobody asked for one
                throw new AssertionError("a message of no topic is left: " + StoreHarness.text(store.message()));
            } else if (op instanceof StoreOp.ClientDisconnected gone) {
                model.clients.put(gone.clientId(), gone);
            } else if (op instanceof StoreOp.ProxySave save) {
                TreeMap<String, Integer> own = new TreeMap<>();
                for (Subscription s : save.saved()) {
                    own.put(s.filter().text(), s.qos());
                }
                model.proxies.put(save.clientId(), own);
            } else {
                model.apply(op);
            }
        }
        return model;
    }
}
