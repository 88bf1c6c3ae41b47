package dev.mooring.store.embedded;

/** The store will not be opened as it is. The message says which folder, what is wrong and what to do. */
final class Refused extends Exception {
    private static final long serialVersionUID = 1L;

    Refused(String message) {
        super(message);
    }

    Refused(String message, Throwable cause) {
        super(message, cause);
    }
}
