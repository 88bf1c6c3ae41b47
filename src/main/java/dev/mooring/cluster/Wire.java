package dev.mooring.cluster;

import java.util.List;

/**
 * What one node understands: versions of the wire, and kinds of bodies. Immutable.
 *
 * <p>Two nodes speak the greatest version that both know. A node knows its own version and the one before, so that a
 * cluster can be upgraded node by node.
 */
public final class Wire {
    /** Of this code. It goes up by one when a body is added or grows. */
    public static final int VERSION = 2;

    /** The oldest that this code still speaks. */
    public static final int VERSION_MIN = 1;

    private final int versionMin;
    private final int version;
    private final BodyType[] types = new BodyType[BodyType.NUMBER_MAX + 1];

    private Wire(int versionMin, int version, List<BodyType> more) {
        this.versionMin = versionMin;
        this.version = version;
        own().forEach(this::add);
        more.forEach(this::add);
    }

    /**
     * @param more kinds of bodies besides those of this package
     * @throws IllegalArgumentException when a number is taken
     */
    public static Wire of(List<BodyType> more) {
        return new Wire(VERSION_MIN, VERSION, more);
    }

    /** For tests: what another version of this code would understand. */
    public static Wire of(int versionMin, int version, List<BodyType> more) {
        return new Wire(versionMin, version, more);
    }

    private static List<BodyType> own() {
        return List.of(
                new BodyType(Digest.TYPE, "digest", 1, Digest::read),
                new BodyType(PageRequest.TYPE, "page request", 1, PageRequest::read),
                new BodyType(Page.TYPE, "page", 1, Page::read),
                new BodyType(Delta.TYPE, "delta", 1, Delta::read));
    }

    private void add(BodyType type) {
        if (types[type.number()] != null) {
            throw new IllegalArgumentException(type.name() + " has the number of " + types[type.number()].name());
        }
        types[type.number()] = type;
    }

    public int versionMin() {
        return versionMin;
    }

    public int version() {
        return version;
    }

    /** The version to speak with a peer that knows these; 0 when there is none. */
    int common(int peerMin, int peerMax) {
        int common = Math.min(version, peerMax);
        return common >= Math.max(versionMin, peerMin) ? common : 0;
    }

    /**
     * Writes number, length and body.
     *
     * @return whether a peer of this version is to get it: not when it would not know it
     */
    boolean write(LinkBody body, int peerVersion, BodyWriter out) {
        BodyType type = types[body.type()];
        if (type == null) {
            throw new IllegalArgumentException("a body of type " + body.type() + ", which nobody could read");
        }
        if (type.since() > peerVersion) {
            return false;
        }
        out.u8(type.number());
        int begun = out.begin();
        body.write(out, peerVersion);
        out.end(begun);
        return true;
    }

    /** Whether a peer of this version knows bodies of this kind. */
    boolean isKnown(int number, int peerVersion) {
        BodyType type = types[number];
        return type != null && type.since() <= peerVersion;
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @param sink gets each body
     * @return how many bodies were skipped, since they are of a kind that only newer versions know
     */
    int read(BodyReader in, int peerVersion, BodySink sink) throws Malformed {
        int skipped = 0;
        while (in.remaining() > 0) {
            int number = in.u8();
            BodyReader part = in.part(in.i32());
            BodyType type = types[number];
            if (type != null) {
                sink.body(type.reader().read(part, peerVersion));
            } else if (number >= BodyType.OPTIONAL) {
                skipped++;
            } else {
                throw new Malformed("a body of the unknown type " + number);
            }
        }
        return skipped;
    }

    /** Takes bodies one by one. */
    @FunctionalInterface
    interface BodySink {
        void body(LinkBody body);
    }
}
