package dev.mooring.cluster;

import org.jspecify.annotations.Nullable;

/**
 * Asks a node for a copy of its entries, in pages. A newer request ends an older one of the same peer.
 *
 * @param request number of the request, that its pages have
 * @param after to begin behind this one; null for the beginning
 */
record PageRequest(long request, @Nullable Entry after) implements LinkBody {
    static final int TYPE = 3;

    @Override
    public int type() {
        return TYPE;
    }

    @Override
    public void write(BodyWriter out, int version) {
        out.i64(request);
        writeAfter(after, out);
    }

    static PageRequest read(BodyReader in, int version) throws Malformed {
        return new PageRequest(in.i64(), readAfter(in));
    }

    /** Kind and key alone. */
    static void writeAfter(@Nullable Entry after, BodyWriter out) {
        out.bool(after != null);
        if (after != null) {
            out.u8(after.kind()).bytes(after.key());
        }
    }

    static @Nullable Entry readAfter(BodyReader in) throws Malformed {
        return in.bool() ? new Entry(in.u8(), in.bytes(), Entry.NO_VALUE) : null;
    }
}
