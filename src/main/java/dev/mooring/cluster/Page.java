package dev.mooring.cluster;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All entries that the sender has in a range of keys, at a moment of its sequence.
 *
 * @param request which {@link PageRequest} it answers
 * @param sequence of the last change that it has
 * @param after the range begins behind this one; null for the beginning
 * @param last whether the range goes to the end of all; if not, it ends with the last of {@code entries}
 * @param entries in order
 */
record Page(long request, long sequence, @Nullable Entry after, boolean last, List<Entry> entries) implements LinkBody {
    static final int TYPE = 2;
    private static final int ENTRY_BYTES_MIN = 9;

    Page {
        entries = List.copyOf(entries);
    }

    @Override
    public int type() {
        return TYPE;
    }

    @Override
    public void write(BodyWriter out, int version) {
        out.i64(request).i64(sequence);
        PageRequest.writeAfter(after, out);
        out.bool(last).i32(entries.size());
        for (Entry entry : entries) {
            write(entry, out);
        }
    }

    static Page read(BodyReader in, int version) throws Malformed {
        long request = in.i64();
        long sequence = in.i64();
        Entry after = PageRequest.readAfter(in);
        boolean last = in.bool();
        int count = in.count(ENTRY_BYTES_MIN);
        List<Entry> entries = new ArrayList<>(count);
        Entry before = after;
        for (int i = 0; i < count; i++) {
            Entry entry = readEntry(in);
            if (before != null && entry.compareTo(before) <= 0) {
                throw new Malformed("a page that is out of order");
            }
            entries.add(entry);
            before = entry;
        }
        if (!last && entries.isEmpty()) {
            throw new Malformed("a page that ends nowhere");
        }
        return new Page(request, sequence, after, last, entries);
    }

    static void write(Entry entry, BodyWriter out) {
        out.u8(entry.kind()).bytes(entry.key()).bytes(entry.value());
    }

    static Entry readEntry(BodyReader in) throws Malformed {
        int kind = in.u8();
        byte[] key = in.bytes();
        byte[] value = in.bytes();
        return new Entry(kind, key, value.length == 0 ? Entry.NO_VALUE : value);
    }
}
