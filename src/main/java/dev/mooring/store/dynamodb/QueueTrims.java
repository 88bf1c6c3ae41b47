package dev.mooring.store.dynamodb;

import dev.mooring.message.MessageId;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * {@code QUEUE_TRIM}: what is to go is chosen and remembered, then deleted, then remembered as done. So one that comes
 * again deletes what is left of the first time, and answers the same.
 */
final class QueueTrims {
    private final DynamoDbLink link;
    private final QueueRows rows;
    private final Ranges ranges;

    QueueTrims(DynamoDbLink link, QueueRows rows) {
        this.link = link;
        this.rows = rows;
        this.ranges = new Ranges(link);
    }

    void trim(StoreOp.QueueTrim op, Answer who, Stages stages) {
        stages.stage(List.of(State.HOLDERS), List.of(new State.Session(op.sessionId())))
                .ask(who, () -> trim(op));
    }

    /** @param until the last position that goes */
    private record Choice(MessageId by, int count, long bytes, MessageId until) {}

    private record Chosen(MessageId position, int parts) {}

    private Future<StoreReply> trim(StoreOp.QueueTrim op) {
        String sid = StateKeys.sid(op.sessionId());
        return new Reads(link).get(Table.STATE, sid, StateKeys.TRIM).compose(item -> {
            Choice last = item == null ? null : choice(item);
            int newer = last == null ? -1 : last.by.compareTo(op.by());
            if (last == null || newer < 0) {
                return choose(op, sid);
            }
            StoreReply answer = newer > 0 ? new StoreReply.Trimmed(0, 0, MessageId.ZERO) : answer(last);
            return newer > 0 || Item.number(item, "done", 0) == 1
                    ? Future.succeededFuture(answer)
                    : rest(sid, last).map(answer);
        });
    }

    private static StoreReply answer(Choice choice) {
        return new StoreReply.Trimmed(choice.count, choice.bytes, choice.until);
    }

    private Future<StoreReply> choose(StoreOp.QueueTrim op, String sid) {
        List<Chosen> chosen = new ArrayList<>();
        long[] bytes = new long[1];
        return rows.inFlight(sid, MessageId.ZERO)
                .compose(marked -> ranges.each(queue(sid, MessageId.MAX), op.count() + marked.size(), row -> {
                    boolean isTooNew = StateKeys.position(Item.text(row, "key")).compareTo(op.before()) >= 0;
                    if (isTooNew || (chosen.size() >= op.count() && bytes[0] >= op.bytes())) {
                        return false;
                    }
                    if (!marked.contains(QueueRows.positionText(Item.text(row, "key")))) {
                        chosen.add(chosen(row));
                        bytes[0] += Item.number(row, "size", 0);
                    }
                    return true;
                }))
                .compose(v -> {
                    MessageId until = chosen.isEmpty() ? MessageId.ZERO : chosen.get(chosen.size() - 1).position;
                    Choice choice = new Choice(op.by(), chosen.size(), bytes[0], until);
                    return drop(sid, choice, chosen).map(answer(choice));
                });
    }

    /** What a trim has chosen before and not deleted. */
    private Future<Void> rest(String sid, Choice choice) {
        List<Chosen> chosen = new ArrayList<>();
        return rows.inFlight(sid, MessageId.ZERO)
                .compose(marked -> ranges.each(queue(sid, choice.until), 1_000, row -> {
                    if (!marked.contains(QueueRows.positionText(Item.text(row, "key")))) {
                        chosen.add(chosen(row));
                    }
                    return true;
                }))
                .compose(v -> drop(sid, choice, chosen));
    }

    private Future<Void> drop(String sid, Choice choice, List<Chosen> chosen) {
        if (chosen.isEmpty()) {
            return remember(sid, choice, true);
        }
        return remember(sid, choice, false).compose(v -> delete(sid, chosen)).compose(v -> remember(sid, choice, true));
    }

    private Future<Void> delete(String sid, List<Chosen> chosen) {
        Map<SharedBodies.Part, List<String>> shared = new HashMap<>();
        for (Chosen c : chosen) {
            if (c.parts != KnownParts.NONE) {
                shared.put(SharedBodies.Part.of(c.position, sid, c.parts), List.of(sid));
            }
        }
        return new SharedBodies(link)
                .release(shared)
                .compose(v -> Writes.now(
                        link, (writes, who) -> chosen.forEach(c -> QueueRows.delete(writes, sid, c.position, who))));
    }

    private Future<Void> remember(String sid, Choice choice, boolean done) {
        Map<String, AttributeValue> item = new HashMap<>(Item.key(Table.STATE, sid, StateKeys.TRIM));
        item.put("by", Item.text(choice.by.toString()));
        item.put("count", Item.number(choice.count));
        item.put("bytes", Item.number(choice.bytes));
        item.put("until", Item.text(choice.until.toString()));
        if (done) {
            item.put("done", Item.number(1));
        }
        return Writes.now(link, (writes, who) -> writes.put(Table.STATE, item, who));
    }

    /** Null when it cannot be read: then there is nothing to finish. */
    private static @Nullable Choice choice(Map<String, AttributeValue> item) {
        try {
            return new Choice(
                    MessageId.parse(Item.text(item, "by")),
                    (int) Item.number(item, "count", 0),
                    Item.number(item, "bytes", 0),
                    MessageId.parse(Item.text(item, "until")));
        } catch (IllegalArgumentException e) {
            State.damaged("a trim of session " + Item.text(item, "sid"), e);
            return null;
        }
    }

    private static Chosen chosen(Map<String, AttributeValue> row) {
        return new Chosen(StateKeys.position(Item.text(row, "key")), QueueRows.parts(row));
    }

    private static Ranges.Range queue(String sid, MessageId until) {
        String to = until.equals(MessageId.MAX) ? StateKeys.ENTRY + StateKeys.END : StateKeys.entry(until);
        return new Ranges.Range(Table.STATE, sid, StateKeys.ENTRY, to, "key", "size", "parts");
    }
}
