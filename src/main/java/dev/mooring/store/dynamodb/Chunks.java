package dev.mooring.store.dynamodb;

import dev.mooring.store.codec.Damaged;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * Bytes that one item has no room for, in items of their own: rows of one partition, numbered in the order of their
 * keys.
 *
 * <p><b>No torn read.</b> A group of rows has a name that nothing else has. All of it is written before the one item
 * that refers to it, and deleted after that item refers to another or is gone. So whoever reads such an item finds the
 * whole; and a broker that ends in between leaves rows that nothing refers to, for {@link #delete}.
 */
final class Chunks {
    /** So that an item has room for more than this. */
    static final int SIZE = 350 * 1024;

    private final DynamoDbLink link;
    private final Table table;
    private final Ranges ranges;

    Chunks(DynamoDbLink link, Table table) {
        this.link = link;
        this.table = table;
        this.ranges = new Ranges(link);
    }

    /**
     * The rows of some bytes.
     *
     * @param name what their sort keys begin with, and those of no other row
     */
    record Group(String hash, String name) {
        String key(int number) {
            return name + String.format("%04d", number);
        }
    }

    static List<byte[]> split(byte[] bytes) {
        List<byte[]> parts = new ArrayList<>();
        for (int from = 0; from == 0 || from < bytes.length; from += SIZE) {
            parts.add(
                    from == 0 && bytes.length <= SIZE
                            ? bytes
                            : Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + SIZE)));
        }
        return parts;
    }

    static int count(int bytes) {
        return Math.max(1, (bytes + SIZE - 1) / SIZE);
    }

    /** @param more what each row has besides */
    Future<Void> write(Group group, byte[] bytes, Map<String, AttributeValue> more) {
        List<byte[]> parts = split(bytes);
        return Writes.now(link, (writes, who) -> {
            for (int i = 0; i < parts.size(); i++) {
                Map<String, AttributeValue> row = new HashMap<>(Item.key(table, group.hash, group.key(i)));
                row.putAll(more);
                row.put("bytes", Item.bytes(parts.get(i)));
                writes.put(table, row, who);
            }
        });
    }

    /** Fails with {@link Damaged} when a row is missing. */
    Future<byte[]> read(Group group, int count) {
        List<byte[]> parts = new ArrayList<>(count);
        return ranges.each(range(group, "bytes"), count, row -> {
                    byte[] bytes = Item.bytes(row, "bytes");
                    parts.add(bytes == null ? new byte[0] : bytes);
                    return true;
                })
                .compose(v -> parts.size() == count
                        ? Future.succeededFuture(join(parts))
                        : Future.failedFuture(
                                new Damaged(parts.size() + " of the " + count + " parts of its bytes are there")));
    }

    static byte[] join(List<byte[]> parts) {
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        byte[] whole = new byte[length];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, whole, at, part.length);
            at += part.length;
        }
        return whole;
    }

    /** Of a group that nothing refers to. May come again. */
    Future<Void> delete(Group group) {
        String range = String.valueOf(table.range());
        List<String> keys = new ArrayList<>();
        return ranges.each(range(group, range), 1_000, row -> keys.add(Item.text(row, range)))
                .compose(v -> Writes.now(
                        link, (writes, who) -> keys.forEach(key -> writes.delete(table, group.hash, key, who))));
    }

    private Ranges.Range range(Group group, String attribute) {
        return new Ranges.Range(table, group.hash, group.name + "0", group.name + StateKeys.END, attribute);
    }
}
