package dev.mooring.cluster;

/** Bytes of a peer that are not what the protocol says. They cost the link that they came by, and nothing else. */
public final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;

    public Malformed(String what) {
        super(what);
    }
}
