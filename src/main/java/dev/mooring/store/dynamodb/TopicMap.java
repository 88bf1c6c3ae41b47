package dev.mooring.store.dynamodb;

import dev.mooring.message.MessageId;
import dev.mooring.store.index.Lru;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;

/**
 * {@code mqtt_topic_msg_map}: the ids of a topic's messages as one set in one item, as other programs read it. It is a
 * view and no more; what is fetched comes from {@code mqtt_topic_msg}. So it may be bounded: an item has at most 400
 * KB, and each write of it costs by its size.
 *
 * <p>All that one batch does to a topic is one ADD, and one DELETE where something was acknowledged. Nothing is read:
 * only when it may have too many ids is the set asked for with the ADD's answer, and the oldest quarter is removed.
 */
final class TopicMap {
    private static final int KNOWN_MAX = 65_536;
    private static final String ADD = "ADD MsgId :ids";
    private static final String DELETE = "DELETE MsgId :ids";

    private final DynamoDbLink link;
    private final Ids ids;
    private final Figures figures;
    /** No item has more; which topics are not in here is not known. */
    private final Lru<String, Integer> idsAtMost = Lru.byText(KNOWN_MAX);

    TopicMap(DynamoDbLink link, Ids ids, Figures figures) {
        this.link = link;
        this.ids = ids;
        this.figures = figures;
    }

    /** What a batch does to a topic: the last word on each id. */
    private static final class Change {
        final Map<String, Boolean> ids = new LinkedHashMap<>();
        final Set<Answer> who = new LinkedHashSet<>();

        List<String> ids(boolean added) {
            List<String> of = new ArrayList<>(ids.size());
            ids.forEach((id, isAdded) -> {
                if (isAdded == added) {
                    of.add(id);
                }
            });
            return of;
        }
    }

    /** The changes of one stage. */
    final class Changes {
        private final Map<String, Change> byTopic = new LinkedHashMap<>(0);

        void put(String topic, String id, boolean added, Answer who) {
            Change change = byTopic.computeIfAbsent(topic, t -> new Change());
            change.ids.put(id, added);
            change.who.add(who);
        }

        /** Fails never: who it concerns is told. */
        Future<Void> run() {
            List<Future<?>> all = new ArrayList<>(byTopic.size());
            byTopic.forEach((topic, change) -> {
                List<String> added = change.ids(true);
                List<String> removed = change.ids(false);
                if (!added.isEmpty()) {
                    all.add(add(topic, added).onFailure(cause -> change.who.forEach(who -> who.failed(cause))));
                }
                if (!removed.isEmpty()) {
                    all.add(remove(topic, removed).onFailure(cause -> change.who.forEach(who -> who.failed(cause))));
                }
            });
            return Future.join(all).transform(x -> Future.succeededFuture());
        }
    }

    Changes changes() {
        return new Changes();
    }

    private Future<Void> add(String topic, List<String> added) {
        int max = link.config().topicMapIdsMax();
        Integer known = idsAtMost.get(topic);
        boolean learn = known == null || known + added.size() > max;
        idsAtMost.put(topic, (known == null ? 0 : known) + added.size());
        List<String> newest = newest(added, max);
        figures.unlistedMessages.addAndGet(added.size() - newest.size());
        return link.call(
                        Table.TOPIC_MSG_MAP,
                        "UpdateItem",
                        c -> c.updateItem(b -> b.tableName(link.name(Table.TOPIC_MSG_MAP))
                                .key(Item.key(Table.TOPIC_MSG_MAP, topic, ""))
                                .updateExpression(ADD)
                                .expressionAttributeValues(Map.of(":ids", set(newest)))
                                .returnValues(learn ? ReturnValue.UPDATED_NEW : ReturnValue.NONE)))
                .compose(response -> {
                    AttributeValue all = learn ? response.attributes().get("MsgId") : null;
                    return all == null ? Future.succeededFuture() : trim(topic, all.ss(), max);
                })
                .recover(cause -> CallFailed.is(cause, "ValidationException")
                        ? full(topic, added.size(), cause)
                        : forget(topic, cause));
    }

    private Future<Void> trim(String topic, Collection<String> found, int max) {
        if (found.size() <= max) {
            idsAtMost.put(topic, found.size());
            return Future.succeededFuture();
        }
        int kept = Math.max(1, max - max / 4);
        List<String> oldest = sorted(found).subList(0, found.size() - kept);
        figures.unlistedMessages.addAndGet(oldest.size());
        idsAtMost.put(topic, kept);
        return remove(topic, oldest);
    }

    /** Another program has filled the item: the message is stored and found without it. */
    private Future<Void> full(String topic, int added, Throwable cause) {
        figures.unlistedMessages.addAndGet(added);
        idsAtMost.remove(topic);
        DynamoDbStore.LOG.warn("{} messages of {} are not in mqtt_topic_msg_map: {}", added, topic, cause.getMessage());
        return new Reads(link).get(Table.TOPIC_MSG_MAP, topic, "").compose(item -> {
            AttributeValue all = item == null ? null : item.get("MsgId");
            return all == null || !all.hasSs()
                    ? Future.succeededFuture()
                    : trim(topic, all.ss(), link.config().topicMapIdsMax());
        });
    }

    private Future<Void> forget(String topic, Throwable cause) {
        idsAtMost.remove(topic);
        return Future.failedFuture(cause);
    }

    /** Without making an item where there is none. */
    private Future<Void> remove(String topic, List<String> removed) {
        return link.ifMet(
                        Table.TOPIC_MSG_MAP,
                        "UpdateItem",
                        c -> c.updateItem(b -> b.tableName(link.name(Table.TOPIC_MSG_MAP))
                                .key(Item.key(Table.TOPIC_MSG_MAP, topic, ""))
                                .updateExpression(DELETE)
                                .conditionExpression("attribute_exists(MsgId)")
                                .expressionAttributeValues(Map.of(":ids", set(removed)))))
                .mapEmpty();
    }

    private List<String> newest(List<String> added, int max) {
        return added.size() <= max ? added : sorted(added).subList(added.size() - max, added.size());
    }

    private List<String> sorted(Collection<String> texts) {
        List<String> sorted = new ArrayList<>(texts);
        Comparator<String> byId = ids.isOrdered() && texts.stream().allMatch(t -> t.length() == 20)
                ? Comparator.naturalOrder()
                : Comparator.comparing((String text) -> idOf(text));
        sorted.sort(byId);
        return sorted;
    }

    private static MessageId idOf(String text) {
        try {
            return MessageId.parse(text);
        } catch (IllegalArgumentException another) {
            return MessageId.ZERO; // whatever it is, it is the first to leave
        }
    }

    private static AttributeValue set(Collection<String> texts) {
        return AttributeValue.builder().ss(texts).build();
    }
}
