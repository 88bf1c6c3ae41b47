package dev.mooring.store.dynamodb;

import dev.mooring.store.SessionRecord;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * Wills that a session's record has no room for: {@link Chunks} beside the record, named by its epoch and a digest, so
 * that the same Will saved again by the same owner is the same rows, and no two owners have rows in common.
 *
 * <p>The record has the name and the number of the rows, and an attribute {@code will} that holds nothing: a Will that
 * has been published is removed by that attribute alone, and the rows go with the next record, or with the session.
 */
final class LargeWills {
    /** Attributes of a record: what the rows are called, and how many there are. */
    private static final String NAME = "will_name";

    private static final String CHUNKS = "will_chunks";
    /** Behind the session id, in the keys of the rows. */
    private static final String KEY = "w#";

    private static final int DIGEST = 32;
    /** Rows of a session without a record go when it is so old: before, its record may be on its way. */
    private static final long ORPHAN_AFTER_US = 600_000_000L;

    private final Chunks chunks;

    LargeWills(DynamoDbLink link) {
        this.chunks = new Chunks(link, Table.SESSION);
    }

    /** Writes the rows. @return attributes of the record that refers to them */
    Future<Map<String, AttributeValue>> write(SessionRecord s, byte[] will) {
        String name = StateKeys.sid(s.epoch()) + LongKey.digest(will).substring(0, DIGEST);
        Map<String, AttributeValue> refers = Map.of(
                "will", Item.bytes(new byte[0]), NAME, Item.text(name), CHUNKS, Item.number(Chunks.count(will.length)));
        return chunks.write(group(s.sessionId(), name), will, Map.of()).map(refers);
    }

    /** Deletes the rows that a record refers to, unless the one that stands now does. */
    Future<Void> replaced(long sessionId, Map<String, AttributeValue> record, Map<String, AttributeValue> now) {
        String name = Item.text(record, NAME);
        return name.isEmpty() || name.equals(Item.text(now, NAME))
                ? Future.succeededFuture()
                : chunks.delete(group(sessionId, name));
    }

    private static Chunks.Group group(long sessionId, String name) {
        return new Chunks.Group(StateKeys.shard(sessionId), StateKeys.sid(sessionId) + KEY + name + '#');
    }

    // ---- the scan

    /** Whether a row is one of those, by its key. */
    static boolean isRow(String key) {
        return key.startsWith(KEY, StateKeys.SID_LENGTH);
    }

    /** Whether the rows of a record's Will stand apart. */
    static boolean isApart(Map<String, AttributeValue> record) {
        return record.containsKey("will") && record.containsKey(NAME);
    }

    /**
     * The bytes of a Will that stands apart, from the rows behind the record; empty when some are missing: the session
     * was being deleted.
     */
    static byte[] bytes(Map<String, AttributeValue> record, Map<String, byte[]> rows) {
        String prefix = Item.text(record, "key") + KEY + Item.text(record, NAME) + '#';
        List<byte[]> parts = rows.entrySet().stream()
                .filter(row -> row.getKey().startsWith(prefix))
                .map(Map.Entry::getValue)
                .toList();
        return parts.size() == Item.number(record, CHUNKS, -1) ? Chunks.join(parts) : new byte[0];
    }

    /** Deletes a row's whole group when its session, which has no record, is so old that it gets none any more. */
    Future<Void> sweepAlone(String shard, String key) {
        String sid = key.substring(0, StateKeys.SID_LENGTH);
        long oldUs = System.currentTimeMillis() * 1_000 - ORPHAN_AFTER_US;
        return SessionRecord.beganUs(Long.parseUnsignedLong(sid, 16)) < oldUs
                ? chunks.delete(new Chunks.Group(shard, key.substring(0, key.lastIndexOf('#') + 1)))
                : Future.succeededFuture();
    }

    /**
     * Deletes rows that the record does not refer to and that no owner is about to refer to: those of owners before
     * that of the record. What a broker left that ended between the parts goes so.
     */
    Future<Void> sweep(Map<String, AttributeValue> record, Iterable<String> keys) {
        String sid = Item.text(record, "key");
        String epoch = StateKeys.sid(Item.number(record, "epoch", 0));
        String own = Item.text(record, NAME);
        Future<Void> all = Future.succeededFuture();
        String last = own;
        for (String key : keys) {
            String name = key.substring(sid.length() + KEY.length(), key.lastIndexOf('#'));
            if (!name.equals(own) && !name.equals(last) && name.compareTo(epoch) < 0) {
                last = name;
                Chunks.Group group = new Chunks.Group(Item.text(record, "shard"), sid + KEY + name + '#');
                all = all.compose(v -> chunks.delete(group));
            }
        }
        return all;
    }
}
