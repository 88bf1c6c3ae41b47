package dev.mooring.cluster;

/**
 * What a copy of the sender's entries has to be like.
 *
 * @param sequence of the last change
 * @param count of entries
 * @param hash sum of the hashes of all entries
 */
record Digest(long sequence, long count, long hash) implements LinkBody {
    static final int TYPE = 4;

    @Override
    public int type() {
        return TYPE;
    }

    @Override
    public void write(BodyWriter out, int version) {
        out.i64(sequence).i64(count).i64(hash);
    }

    static Digest read(BodyReader in, int version) throws Malformed {
        return new Digest(in.i64(), in.i64(), in.i64());
    }
}
