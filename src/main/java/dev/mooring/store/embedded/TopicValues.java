package dev.mooring.store.embedded;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.TopicFilter;
import dev.mooring.store.StoreReply;
import dev.mooring.store.codec.Damaged;
import dev.mooring.store.codec.MessageCodec;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/**
 * Tables with one message a topic: {@code retained}, {@code retain} and {@code latest}; and the value form that they
 * share with {@code msg}: version, expires at ms, message. What has expired is not there for a reader.
 */
final class TopicValues {
    /** A page ends early here, whatever its limit. */
    static final long PAGE_BYTES_MAX = 1L << 20;
    /** Version and expiry: what a sweep needs. */
    static final int HEAD = 1 + 8;

    private final Rows rows;
    private final Figures figures;
    private final LongSupplier clock;

    TopicValues(Rows rows, Figures figures, LongSupplier clock) {
        this.rows = rows;
        this.figures = figures;
        this.clock = clock;
    }

    StoreReply put(Table table, byte[] key, Message m, long expiresAtMs) throws RocksDBException {
        ByteBuffer value = rows.value(HEAD + MessageCodec.sizeMax(m));
        value.put(Table.VERSION).putLong(Math.min(expiresAtMs, m.expiresAtMs()));
        MessageCodec.write(m, value);
        rows.put(table, key, value);
        return StoreReply.DONE;
    }

    StoreReply delete(Table table, byte[] topic) throws RocksDBException {
        rows.delete(table, topic);
        return StoreReply.DONE;
    }

    /** Deletes the topic's message if it is this one. */
    StoreReply deleteIf(Table table, String topic, MessageId id) throws RocksDBException {
        byte[] key = Keys.utf8(topic);
        byte[] value = rows.get(table, key);
        Message stored = value == null ? null : decode(table, value);
        if (stored != null && stored.id().equals(id)) {
            rows.delete(table, key);
        }
        return StoreReply.DONE;
    }

    /** An exact filter costs one read; a page of a wildcard one pass over the topics that begin as it does. */
    StoreReply find(Table table, TopicFilter filter, String afterTopic, int limit) throws RocksDBException {
        List<Message> found = new ArrayList<>();
        if (!filter.wildcard()) {
            Message m = afterTopic.isEmpty() ? get(table, Keys.utf8(filter.filter())) : null;
            if (m != null) {
                found.add(m);
            }
            return new StoreReply.Messages(found, null);
        }
        byte[] prefix = Keys.utf8(filter.literalPrefix());
        byte[] after = Keys.utf8(afterTopic);
        long now = clock.getAsLong();
        long bytes = 0;
        try (RocksIterator it = rows.scan(table)) {
            for (it.seek(afterTopic.isEmpty() ? prefix : after); it.isValid(); it.next()) {
                byte[] key = it.key();
                if (!Keys.startsWith(key, prefix)) {
                    break;
                }
                if (Arrays.equals(key, after) || !filter.matches(new String(key, StandardCharsets.UTF_8))) {
                    continue;
                }
                if (!found.isEmpty() && (found.size() >= limit || bytes > PAGE_BYTES_MAX)) {
                    return new StoreReply.Messages(
                            found, found.get(found.size() - 1).id());
                }
                addLive(found, table, it.value(), now);
                bytes += found.isEmpty() ? 0 : it.value().length;
            }
            it.status();
        }
        return new StoreReply.Messages(found, null);
    }

    /** A page by topic; the caller goes on after the topic of the last message. */
    StoreReply page(Table table, String afterTopic, int limit) throws RocksDBException {
        List<Message> found = new ArrayList<>();
        byte[] after = Keys.utf8(afterTopic);
        long now = clock.getAsLong();
        boolean more = false;
        try (RocksIterator it = rows.scan(table)) {
            for (it.seek(after); it.isValid() && !more; it.next()) {
                if (Arrays.equals(it.key(), after)) {
                    continue;
                }
                int before = found.size();
                addLive(found, table, it.value(), now);
                more = before >= Math.max(1, limit) && found.size() > before;
            }
            it.status();
        }
        if (more) {
            found.remove(found.size() - 1);
        }
        return new StoreReply.Messages(found, more ? found.get(found.size() - 1).id() : null);
    }

    private void addLive(List<Message> found, Table table, byte[] value, long now) {
        if (expiresAtMs(value) > now) {
            Message m = decode(table, value);
            if (m != null) {
                found.add(m);
            }
        }
    }

    @Nullable
    Message get(Table table, byte[] key) throws RocksDBException {
        byte[] value = rows.get(table, key);
        return value == null || expiresAtMs(value) <= clock.getAsLong() ? null : decode(table, value);
    }

    /** Null when the value cannot be used; that has been counted and logged then. */
    @Nullable
    Message decode(Table table, byte[] value) {
        try {
            if (value.length < HEAD) {
                throw new Damaged("a value of " + value.length + " bytes");
            }
            ByteBuffer in = ByteBuffer.wrap(value);
            MessageCodec.version(in);
            in.getLong();
            return MessageCodec.read(in);
        } catch (Damaged e) {
            figures.damaged(new String(table.tableName, StandardCharsets.UTF_8), e);
            return null;
        }
    }

    /** Of a value in this form; a damaged one never expires, so that its bytes are kept. */
    static long expiresAtMs(byte[] value) {
        return value.length < HEAD || value[0] != Table.VERSION
                ? Message.NEVER
                : ByteBuffer.wrap(value).getLong(1);
    }
}
