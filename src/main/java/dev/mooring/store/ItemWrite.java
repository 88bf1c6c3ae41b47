package dev.mooring.store;

import java.util.List;

/**
 * An item that a rule writes to a table of DynamoDB.
 *
 * @param table without the pool's prefix
 * @param key attributes of the key; of a PUT they are among the others
 */
public record ItemWrite(Action action, String table, List<Attribute> key, List<Attribute> attributes) {
    /** What is done with the item. */
    public enum Action {
        PUT,
        DELETE,
        UPDATE
    }

    /** What is done with an attribute; of a PUT it is set. */
    public enum Change {
        SET,
        ADD,
        REMOVE
    }

    /** DynamoDB's names: text, number, bytes, truth value, set of texts, set of numbers. */
    public enum Type {
        S,
        N,
        B,
        BOOL,
        SS,
        NS
    }

    /**
     * @param values one, of a set one or more, for REMOVE none; as text but for B, and not checked yet. Not to be
     *     changed
     */
    public record Attribute(String name, Change change, Type type, List<byte[]> values) {
        int sizeBytes() {
            int size = name.length();
            for (byte[] value : values) {
                size += value.length;
            }
            return size;
        }
    }

    static int sizeBytes(List<ItemWrite> writes) {
        int size = 64;
        for (ItemWrite write : writes) {
            for (Attribute attribute : write.key) {
                size += attribute.sizeBytes();
            }
            for (Attribute attribute : write.attributes) {
                size += attribute.sizeBytes();
            }
        }
        return size;
    }
}
