package dev.mooring.data;

/** A file or a store that nothing can be done with; the message says to a person what is wrong and what to do. */
public final class Unusable extends Exception {
    private static final long serialVersionUID = 1L;

    public Unusable(String message) {
        super(message);
    }
}
