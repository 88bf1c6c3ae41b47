package dev.mooring.store.dynamodb;

import dev.mooring.message.MessageId;
import dev.mooring.message.Subscription;
import dev.mooring.store.SessionRecord;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import dev.mooring.store.StoreReply.StoredSession;
import dev.mooring.store.codec.Damaged;
import dev.mooring.store.codec.SessionCodec;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;
import software.amazon.awssdk.services.dynamodb.model.ScanRequest;

/**
 * {@code SESSION_SCAN}, at the start, and of one session when another node takes it over. How long the queues are is
 * counted in one pass over {@link Table#STATE}, which is cheaper than to ask for each session; then the partitions of
 * {@link Table#SESSION} are merged by session id. What was counted and read ahead is kept from page to page, until the
 * last. Of a page of one session only its queue is counted.
 */
final class SessionScan {
    /** Sessions of a page. */
    private static final int PAGE_MAX = 1_000;
    /** Parts of the table that are counted side by side. */
    private static final int SEGMENTS = 4;

    private final DynamoDbLink link;
    private final LargeWills wills;
    private final Ranges ranges;
    private @Nullable Run run;

    SessionScan(DynamoDbLink link) {
        this.link = link;
        this.wills = new LargeWills(link);
        this.ranges = new Ranges(link);
    }

    /** After all that stands before it in the batch. */
    void scan(StoreOp.SessionScan op, Answer who, Stages stages) {
        stages.all().ask(who, () -> page(op.afterSessionId(), Math.max(1, Math.min(op.limit(), PAGE_MAX))));
    }

    private Future<StoreReply> page(long after, int limit) {
        if (limit == 1) {
            Run one = new Run(after);
            return one.page(new ArrayList<>(), 1).compose(found -> one.counted((StoreReply.Sessions) found));
        }
        Run last = run;
        Run now = last != null && after != 0 && last.last == after ? last : new Run(after);
        run = now;
        return now.count().compose(v -> now.page(new ArrayList<>(), limit)).onComplete(reply -> {
            if (reply.failed() || !((StoreReply.Sessions) reply.result()).more()) {
                run = null;
            }
        });
    }

    /** Of one session. */
    private static final class Queue {
        int count;
        long bytes;
        String last = "";
    }

    /** From the first page to the last. */
    private final class Run {
        private final Map<String, Queue> queues = new HashMap<>();
        private final List<Shard> shards = new ArrayList<>();
        private boolean isCounted;
        private long last;
        private @Nullable Map<String, AttributeValue> head;
        private List<Subscription> subscriptions = new ArrayList<>();
        private Map<String, byte[]> willRows = new LinkedHashMap<>();
        private Future<Void> sweeping = Future.succeededFuture();

        Run(long after) {
            last = after;
            String sid = StateKeys.sid(after);
            for (int i = 0; i < StateKeys.SHARDS; i++) {
                shards.add(new Shard(StateKeys.shard(i), sid + StateKeys.END));
            }
        }

        Future<Void> count() {
            if (isCounted) {
                return Future.succeededFuture();
            }
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < SEGMENTS; i++) {
                all.add(count(i, null));
            }
            return Future.join(all).onSuccess(v -> isCounted = true).mapEmpty();
        }

        private Future<Void> count(int segment, @Nullable Map<String, AttributeValue> after) {
            ScanRequest.Builder request = ScanRequest.builder()
                    .tableName(link.name(Table.STATE))
                    .consistentRead(true)
                    .segment(segment)
                    .totalSegments(SEGMENTS)
                    .projectionExpression("sid, #key, #size")
                    .filterExpression("begins_with(#key, :entry)")
                    .expressionAttributeNames(Map.of("#key", "key", "#size", "size"))
                    .expressionAttributeValues(Map.of(":entry", Item.text(StateKeys.ENTRY)));
            ScanRequest scan = after == null
                    ? request.build()
                    : request.exclusiveStartKey(after).build();
            return link.call(Table.STATE, "Scan", c -> c.scan(scan)).compose(page -> {
                page.items().forEach(this::count);
                return page.hasLastEvaluatedKey() ? count(segment, page.lastEvaluatedKey()) : Future.succeededFuture();
            });
        }

        private void count(Map<String, AttributeValue> entry) {
            Queue queue = queues.computeIfAbsent(Item.text(entry, "sid"), sid -> new Queue());
            String position = QueueRows.positionText(Item.text(entry, "key"));
            queue.count++;
            queue.bytes += Item.number(entry, "size", 0);
            queue.last = position.compareTo(queue.last) > 0 ? position : queue.last;
        }

        /** The same page of one session, with the length of its queue. */
        Future<StoreReply> counted(StoreReply.Sessions found) {
            if (found.sessions().isEmpty()) {
                return Future.succeededFuture(found);
            }
            StoredSession one = found.sessions().get(0);
            String sid = StateKeys.sid(one.session().sessionId());
            Ranges.Range entries = new Ranges.Range(
                    Table.STATE, sid, StateKeys.ENTRY, StateKeys.ENTRY + StateKeys.END, "sid", "key", "size");
            return ranges.each(entries, PAGE_MAX, entry -> {
                        count(entry);
                        return true;
                    })
                    .map(v ->
                            new StoreReply.Sessions(List.of(stored(one.session(), one.subscriptions())), found.more()));
        }

        private StoredSession stored(SessionRecord session, List<Subscription> of) {
            Queue queue = queues.getOrDefault(StateKeys.sid(session.sessionId()), new Queue());
            MessageId position = queue.last.isEmpty() ? MessageId.ZERO : MessageId.parse(queue.last);
            return new StoredSession(session, of, queue.count, queue.bytes, position);
        }

        /** Goes on as far as what is read ahead reaches, reads on, and so again. */
        Future<StoreReply> page(List<StoredSession> page, int limit) {
            List<Future<?>> all = new ArrayList<>();
            for (Shard shard : shards) {
                if (shard.rows.isEmpty() && !shard.isRead) {
                    all.add(shard.read());
                }
            }
            if (!all.isEmpty()) {
                return Future.join(all).compose(v -> page(page, limit));
            }
            Shard next = shards.get(0);
            while (next.isRead || !next.rows.isEmpty()) {
                next = first();
                Map<String, AttributeValue> row = next.rows.peek();
                if (row == null || Item.text(row, "key").length() == StateKeys.SID_LENGTH) {
                    finish(page);
                    if (row == null || page.size() >= limit) {
                        return sweeping.otherwiseEmpty() // what is left is met again
                                .map(new StoreReply.Sessions(page, row != null));
                    }
                    head = row;
                } else if (LargeWills.isRow(Item.text(row, "key"))) {
                    addWill(row);
                } else {
                    add(row);
                }
                next.rows.remove();
            }
            return page(page, limit);
        }

        /** The shard whose next row is the first of all; any when there is none. */
        private Shard first() {
            Shard first = shards.get(0);
            for (Shard shard : shards) {
                if (shard.key().compareTo(first.key()) < 0) {
                    first = shard;
                }
            }
            return first;
        }

        private void add(Map<String, AttributeValue> row) {
            byte[] value = Item.bytes(row, "subscription");
            try {
                if (value == null) {
                    throw new Damaged("it has no value");
                }
                subscriptions.add(SessionCodec.subscription(Item.text(row, "filter"), value));
            } catch (Damaged e) {
                State.damaged("the subscription " + Item.text(row, "key"), e);
            }
        }

        private void addWill(Map<String, AttributeValue> row) {
            String key = Item.text(row, "key");
            byte[] bytes = Item.bytes(row, "bytes");
            if (head != null && key.startsWith(Item.text(head, "key"))) {
                willRows.put(key, bytes == null ? new byte[0] : bytes);
            } else {
                sweeping = sweeping.compose(v -> wills.sweepAlone(Item.text(row, "shard"), key));
            }
        }

        /** What belongs to the session whose rows have been passed. */
        private void finish(List<StoredSession> page) {
            Map<String, AttributeValue> row = head;
            List<Subscription> of = subscriptions;
            Map<String, byte[]> rows = willRows;
            head = null;
            subscriptions = new ArrayList<>();
            willRows = new LinkedHashMap<>();
            byte[] record = row == null ? null : Item.bytes(row, "record");
            if (row == null || record == null) {
                return; // only what a Will left that was published after its session had ended
            }
            String sid = Item.text(row, "key");
            if (!rows.isEmpty()) {
                sweeping = sweeping.compose(v -> wills.sweep(row, rows.keySet()));
            }
            try {
                SessionRecord session = SessionCodec.session(Long.parseUnsignedLong(sid, 16), record, will(row, rows));
                page.add(stored(session, of));
                last = session.sessionId();
            } catch (Damaged | IllegalArgumentException e) {
                State.damaged("session " + sid, e);
            }
        }
    }

    private static byte @Nullable [] will(Map<String, AttributeValue> record, Map<String, byte[]> rows) {
        if (!LargeWills.isApart(record)) {
            return Item.bytes(record, "will");
        }
        byte[] will = LargeWills.bytes(record, rows);
        return will.length == 0 ? null : will;
    }

    /** One partition, as far as it is read ahead. */
    private final class Shard {
        final ArrayDeque<Map<String, AttributeValue>> rows = new ArrayDeque<>();
        boolean isRead;
        private final String name;
        private Map<String, AttributeValue> after;

        Shard(String name, String after) {
            this.name = name;
            this.after = Item.key(Table.SESSION, name, after);
        }

        /** Sorts behind all others when there is nothing more. */
        String key() {
            Map<String, AttributeValue> row = rows.peek();
            return row == null ? StateKeys.END : Item.text(row, "key");
        }

        Future<Void> read() {
            QueryRequest request = QueryRequest.builder()
                    .tableName(link.name(Table.SESSION))
                    .consistentRead(true)
                    .keyConditionExpression("#shard = :shard")
                    .expressionAttributeNames(Map.of("#shard", "shard"))
                    .expressionAttributeValues(Map.of(":shard", Item.text(name)))
                    .exclusiveStartKey(after)
                    .build();
            return link.call(Table.SESSION, "Query", c -> c.query(request))
                    .onSuccess(page -> {
                        rows.addAll(page.items());
                        isRead = !page.hasLastEvaluatedKey();
                        after = isRead ? after : page.lastEvaluatedKey();
                    })
                    .mapEmpty();
        }
    }
}
