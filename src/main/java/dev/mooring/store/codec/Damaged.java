package dev.mooring.store.codec;

/** A value that cannot be decoded. Its row is left as it is, counted and logged; everything else goes on. */
public final class Damaged extends Exception {
    private static final long serialVersionUID = 1L;

    public Damaged(String what) {
        super(what);
    }
}
