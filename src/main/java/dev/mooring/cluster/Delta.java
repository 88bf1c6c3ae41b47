package dev.mooring.cluster;

import java.util.ArrayList;
import java.util.List;

/**
 * What changed among the sender's entries, in order.
 *
 * @param first sequence of the first change; each has the next
 */
record Delta(long first, List<Change> changes) implements LinkBody {
    static final int TYPE = 1;
    private static final int CHANGE_BYTES_MIN = 10;

    /** @param put whether the entry is there now; if not, its value says nothing */
    record Change(boolean put, Entry entry) {
        int sizeBytes() {
            return 1 + entry.sizeBytes();
        }
    }

    Delta {
        changes = List.copyOf(changes);
    }

    /** Sequence of the last change. */
    long last() {
        return first + changes.size() - 1;
    }

    @Override
    public int type() {
        return TYPE;
    }

    @Override
    public void write(BodyWriter out, int version) {
        out.i64(first).i32(changes.size());
        for (Change change : changes) {
            out.bool(change.put());
            Page.write(change.entry(), out);
        }
    }

    static Delta read(BodyReader in, int version) throws Malformed {
        long first = in.i64();
        int count = in.count(CHANGE_BYTES_MIN);
        List<Change> changes = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            changes.add(new Change(in.bool(), Page.readEntry(in)));
        }
        return new Delta(first, changes);
    }
}
