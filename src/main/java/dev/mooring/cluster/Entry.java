package dev.mooring.cluster;

import java.util.Arrays;

/**
 * Something that a node has and all nodes know. The arrays are never changed.
 *
 * @param kind 0..255, what it is; with the key it is unique within its node
 * @param value what may change
 */
public record Entry(int kind, byte[] key, byte[] value) implements Comparable<Entry> {
    /** For entries of which the key says all. */
    public static final byte[] NO_VALUE = {};

    private static final long PRIME = 0x100000001B3L;
    private static final long OFFSET = 0xCBF29CE484222325L;

    /** In the order of kind and key; the value does not count. */
    @Override
    public int compareTo(Entry other) {
        int byKind = Integer.compare(kind, other.kind);
        return byKind == 0 ? Arrays.compareUnsigned(key, other.key) : byKind;
    }

    /** Of all of it, the value included, well mixed: sums of such hashes tell sets apart. */
    long hash() {
        long hash = step(OFFSET, kind);
        for (byte b : key) {
            hash = step(hash, b);
        }
        hash = step(hash, key.length);
        for (byte b : value) {
            hash = step(hash, b);
        }
        hash ^= hash >>> 32; // MurmurHash3's last step: bits of the last bytes reach all others
        hash *= 0xFF51AFD7ED558CCDL;
        hash ^= hash >>> 33;
        hash *= 0xC4CEB9FE1A85EC53L;
        return hash ^ hash >>> 33;
    }

    private static long step(long hash, int b) {
        return (hash ^ b & 0xFF) * PRIME;
    }

    /** Bytes on the wire. */
    int sizeBytes() {
        return 1 + 4 + key.length + 4 + value.length;
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof Entry e && kind == e.kind && Arrays.equals(key, e.key) && Arrays.equals(value, e.value);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(hash());
    }

    @Override
    public String toString() {
        return kind + " " + new String(key, java.nio.charset.StandardCharsets.UTF_8) + ", " + value.length + " bytes";
    }
}
