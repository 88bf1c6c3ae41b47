package dev.mooring.cluster;

/** A numbered body of any size, for tests. */
record Note(int number, int size) implements LinkBody {
    static final int TYPE = 40;
    static final BodyType BODY_TYPE = new BodyType(TYPE, "note", 1, Note::read);

    @Override
    public int type() {
        return TYPE;
    }

    @Override
    public void write(BodyWriter out, int version) {
        out.i32(number).bytes(new byte[size]);
    }

    static Note read(BodyReader in, int version) throws Malformed {
        return new Note(in.i32(), in.bytes().length);
    }
}
