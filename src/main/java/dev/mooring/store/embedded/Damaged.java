package dev.mooring.store.embedded;

/** A value that cannot be decoded. Its row is left as it is, counted and logged; everything else goes on. */
final class Damaged extends Exception {
    private static final long serialVersionUID = 1L;

    Damaged(String what) {
        super(what);
    }
}
