package dev.mooring.store.dynamodb;

import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.WriteRequest;

/**
 * Items to put and to delete, whatever they were before: the last word on an item is sent, in batches of 25 side by
 * side. What DynamoDB leaves undone it is asked for again. Confined to the store's context.
 */
final class Writes {
    /** Of BatchWriteItem. 25 items of 400 KB stay below its 16 MB. */
    private static final int BATCH = 25;
    /** How often what was left undone is asked for, with growing pauses: about two seconds. */
    private static final int ATTEMPTS = 8;

    private final DynamoDbLink link;
    private final Map<Key, Write> writes = new LinkedHashMap<>();

    private record Key(Table table, String hash, String range) {}

    /** @param who is told when it fails; all operations that had a word on the item */
    private record Write(Key key, @Nullable Map<String, AttributeValue> item, List<Answer> who) {}

    Writes(DynamoDbLink link) {
        this.link = link;
    }

    boolean isEmpty() {
        return writes.isEmpty();
    }

    /** @param item with its key */
    void put(Table table, Map<String, AttributeValue> item, Answer who) {
        String range = table.range();
        add(new Key(table, Item.text(item, table.hash()), range == null ? "" : Item.text(item, range)), item, who);
    }

    void delete(Table table, String hash, Answer who) {
        add(new Key(table, hash, ""), null, who);
    }

    void delete(Table table, String hash, String range, Answer who) {
        add(new Key(table, hash, range), null, who);
    }

    private void add(Key key, @Nullable Map<String, AttributeValue> item, Answer who) {
        Write before = writes.get(key);
        List<Answer> all = before == null ? new ArrayList<>(1) : before.who;
        if (all.isEmpty() || all.get(all.size() - 1) != who) {
            all.add(who);
        }
        writes.put(key, new Write(key, item, all));
    }

    /** Completes when all is written or has failed, and who it concerns is told; fails never. */
    Future<Void> run() {
        List<Future<?>> all = new ArrayList<>();
        List<Write> batch = new ArrayList<>(BATCH);
        for (Write write : writes.values()) {
            batch.add(write);
            if (batch.size() == BATCH) {
                all.add(send(batch, 0));
                batch = new ArrayList<>(BATCH);
            }
        }
        if (!batch.isEmpty()) {
            all.add(send(batch, 0));
        }
        return Future.join(all).mapEmpty();
    }

    private Future<Void> send(List<Write> batch, int attempt) {
        Map<String, List<WriteRequest>> requests = new LinkedHashMap<>();
        for (Write write : batch) {
            requests.computeIfAbsent(link.name(write.key.table), t -> new ArrayList<>())
                    .add(request(write));
        }
        return link.call(
                        String.join(", ", requests.keySet()),
                        "BatchWriteItem",
                        client -> client.batchWriteItem(b -> b.requestItems(requests)))
                .transform((response, failure) -> {
                    if (failure != null) {
                        return failed(batch, failure);
                    }
                    return response.unprocessedItems().isEmpty()
                            ? Future.succeededFuture()
                            : again(batch, response.unprocessedItems(), attempt);
                });
    }

    private static WriteRequest request(Write write) {
        Map<String, AttributeValue> item = write.item;
        return item != null
                ? WriteRequest.builder().putRequest(p -> p.item(item)).build()
                : WriteRequest.builder()
                        .deleteRequest(d -> d.key(Item.key(write.key.table, write.key.hash, write.key.range)))
                        .build();
    }

    private Future<Void> again(List<Write> batch, Map<String, List<WriteRequest>> unprocessed, int attempt) {
        Map<Key, Write> byKey = new HashMap<>();
        batch.forEach(write -> byKey.put(write.key, write));
        List<Write> left = new ArrayList<>();
        unprocessed.forEach((name, requests) -> {
            Table table = link.table(name);
            for (WriteRequest request : requests) {
                Write write = byKey.get(key(table, request));
                if (write != null) {
                    left.add(write);
                }
            }
        });
        if (attempt + 1 >= ATTEMPTS) {
            String text = link.config().where() + ": BatchWriteItem on " + String.join(", ", unprocessed.keySet())
                    + " left " + left.size() + " items undone " + ATTEMPTS
                    + " times; the table is asked for more than it may do: it is tried again, raise its capacity";
            left.forEach(write -> write.who.forEach(who -> who.failed(text)));
            return Future.succeededFuture();
        }
        return link.pause(attempt).compose(v -> send(left, attempt + 1));
    }

    private static Key key(Table table, WriteRequest request) {
        Map<String, AttributeValue> of = request.putRequest() != null
                ? request.putRequest().item()
                : request.deleteRequest().key();
        String range = table.range();
        return new Key(table, Item.text(of, table.hash()), range == null ? "" : Item.text(of, range));
    }

    /** One item that is refused has its whole batch refused: then each is sent by itself, so that the others live. */
    private Future<Void> failed(List<Write> batch, Throwable cause) {
        if (batch.size() > 1 && CallFailed.is(cause, "ValidationException")) {
            List<Future<?>> each = new ArrayList<>(batch.size());
            batch.forEach(write -> each.add(send(List.of(write), 0)));
            return Future.join(each).mapEmpty();
        }
        batch.forEach(write -> write.who.forEach(who -> who.failed(cause)));
        return Future.succeededFuture();
    }
}
