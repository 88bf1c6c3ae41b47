package dev.mooring.store.embedded;

import dev.mooring.message.MessageId;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What an operation on a queue did, so that it can say so again when it comes again.
 *
 * @param by what tells it from others
 * @param count entries
 * @param until the last of them, or {@link MessageId#ZERO}
 */
record Answered(MessageId by, int count, long bytes, MessageId until) {
    private static final int SIZE = 1 + MessageId.BYTES + 4 + 8;

    static @Nullable Answered read(byte @Nullable [] row) {
        if (row == null || row.length < SIZE) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(row, 1 + MessageId.BYTES, 4 + 8);
        MessageId until = row.length < SIZE + MessageId.BYTES ? MessageId.ZERO : MessageId.ofBytes(row, SIZE);
        return new Answered(MessageId.ofBytes(row, 1), in.getInt(), in.getLong(), until);
    }

    byte[] row() {
        return ByteBuffer.allocate(SIZE + MessageId.BYTES)
                .put(Table.VERSION)
                .put(by.toBytes())
                .putInt(count)
                .putLong(bytes)
                .put(until.toBytes())
                .array();
    }
}
