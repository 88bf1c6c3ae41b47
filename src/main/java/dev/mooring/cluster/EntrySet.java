package dev.mooring.cluster;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * Entries of one node in the order of their keys, with the sum of their hashes. Confined to its owner.
 *
 * <p>A list of short sorted arrays: one reference an entry and a little, where a tree would have an object of 40 bytes;
 * a node may hold ten million of these.
 */
final class EntrySet implements Iterable<Entry> {
    private static final int BLOCK = 256;
    private static final int ROOM = BLOCK * 3 / 4; // of both halves of a block that was full

    /** At least one; none is empty unless it is the only one. */
    private final List<Block> blocks = new ArrayList<>(List.of(new Block()));

    private long size;
    private long hash;

    long size() {
        return size;
    }

    /** Sum of the entries' hashes. */
    long hash() {
        return hash;
    }

    /** Instead of one with the same key, which is returned. */
    @Nullable
    Entry put(Entry entry) {
        int at = blockOf(entry);
        Block block = blocks.get(at);
        int index = block.find(entry);
        hash += entry.hash();
        if (index >= 0) {
            Entry before = block.entries[index];
            block.entries[index] = entry;
            hash -= before.hash();
            return before;
        }
        if (block.size == BLOCK && index == -BLOCK - 1 && at == blocks.size() - 1) {
            Block next = new Block(); // a copy that comes in order leaves full blocks behind it
            next.insert(0, entry);
            blocks.add(next);
        } else if (block.size == BLOCK) {
            blocks.add(at + 1, block.split());
            put(entry, blocks.get(at).last().compareTo(entry) > 0 ? block : blocks.get(at + 1));
        } else {
            block.insert(-index - 1, entry);
        }
        size++;
        return null;
    }

    private static void put(Entry entry, Block block) {
        block.insert(-block.find(entry) - 1, entry);
    }

    /** The entry with this key, that is no more; null when there is none. */
    @Nullable
    Entry remove(Entry key) {
        int at = blockOf(key);
        Block block = blocks.get(at);
        int index = block.find(key);
        if (index < 0) {
            return null;
        }
        Entry removed = block.entries[index];
        block.delete(index);
        if (block.size == 0 && blocks.size() > 1) {
            blocks.remove(at);
        }
        hash -= removed.hash();
        size--;
        return removed;
    }

    /** The entry with this key; null when there is none. */
    @Nullable
    Entry get(Entry key) {
        Block block = blocks.get(blockOf(key));
        int index = block.find(key);
        return index < 0 ? null : block.entries[index];
    }

    /**
     * Adds entries to {@code into}, in order, until the bytes suffice: at least one if there is any.
     *
     * @param after to begin behind this one; null for the beginning
     * @return whether the last one was reached
     */
    boolean collect(@Nullable Entry after, int bytes, List<Entry> into) {
        int at = after == null ? 0 : blockOf(after);
        int index = after == null ? 0 : blocks.get(at).behind(after);
        int collected = 0;
        for (; at < blocks.size(); at++, index = 0) {
            Block block = blocks.get(at);
            for (; index < block.size; index++) {
                if (collected >= bytes) {
                    return false;
                }
                into.add(block.entries[index]);
                collected += block.entries[index].sizeBytes();
            }
        }
        return true;
    }

    /**
     * The entries of a range, in order.
     *
     * @param after the range begins behind this one; null for the beginning
     * @param to it ends with this one; null for the end
     */
    List<Entry> range(@Nullable Entry after, @Nullable Entry to) {
        List<Entry> range = new ArrayList<>();
        int at = after == null ? 0 : blockOf(after);
        int index = after == null ? 0 : blocks.get(at).behind(after);
        for (; at < blocks.size(); at++, index = 0) {
            Block block = blocks.get(at);
            for (; index < block.size; index++) {
                if (to != null && block.entries[index].compareTo(to) > 0) {
                    return range;
                }
                range.add(block.entries[index]);
            }
        }
        return range;
    }

    /** In order; not to be used after a change. */
    @Override
    public Iterator<Entry> iterator() {
        return new Iterator<>() {
            private int at;
            private int index;

            @Override
            public boolean hasNext() {
                if (index == blocks.get(at).size && at + 1 < blocks.size()) {
                    at++;
                    index = 0;
                }
                return index < blocks.get(at).size;
            }

            @Override
            public Entry next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                return blocks.get(at).entries[index++];
            }
        };
    }

    /** The first block that ends with this key or behind it, or the last block. */
    private int blockOf(Entry key) {
        int low = 0;
        int high = blocks.size() - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (blocks.get(middle).last().compareTo(key) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** Grows to {@link #BLOCK} entries. */
    private static final class Block {
        private static final int SMALLEST = 4;
        private static final Entry GONE = new Entry(0, Entry.NO_VALUE, Entry.NO_VALUE);

        Entry[] entries = new Entry[SMALLEST];
        int size;

        Entry last() {
            return entries[size - 1];
        }

        /** Its index; if it is not there, -1 minus the index where it belongs. */
        int find(Entry key) {
            return Arrays.binarySearch(entries, 0, size, key);
        }

        /** The index of the first entry behind this key. */
        int behind(Entry key) {
            int index = find(key);
            return index < 0 ? -index - 1 : index + 1;
        }

        void insert(int index, Entry entry) {
            if (size == entries.length) {
                entries = Arrays.copyOf(entries, Math.min(BLOCK, size + size / 2));
            }
            System.arraycopy(entries, index, entries, index + 1, size - index);
            entries[index] = entry;
            size++;
        }

        void delete(int index) {
            System.arraycopy(entries, index + 1, entries, index, size - index - 1);
            size--;
            if (size >= SMALLEST && size < entries.length / 4) {
                entries = Arrays.copyOf(entries, size);
            } else {
                entries[size] = GONE; // so that nothing is kept alive
            }
        }

        /** Keeps the lower half, and returns the upper one. */
        Block split() {
            Block upper = new Block();
            int half = size / 2;
            upper.size = size - half;
            upper.entries = Arrays.copyOfRange(entries, half, half + ROOM);
            entries = Arrays.copyOf(Arrays.copyOf(entries, half), ROOM);
            size = half;
            return upper;
        }
    }
}
