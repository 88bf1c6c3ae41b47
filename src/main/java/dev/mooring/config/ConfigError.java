package dev.mooring.config;

/**
 * One thing that is wrong with a configuration.
 *
 * @param pointer JSON pointer (RFC 6901) of the value; "" for the whole file
 * @param origin where the value comes from; of a key that is missing, what should have it
 * @param message what is wrong and what is allowed; never a secret
 */
public record ConfigError(String pointer, Origin origin, String message) {
    /** Without the file's name, since the errors of one file stand below it. */
    @Override
    public String toString() {
        String place = origin.place();
        String what = pointer.isEmpty() ? origin.layer() == Origin.Layer.FILE ? "the file" : "" : pointer;
        String both = place.isEmpty() || what.isEmpty() ? place + what : place + ", " + what;
        return both + ": " + message;
    }

    /** {@code key} as part of a JSON pointer. */
    static String escaped(String key) {
        return key.replace("~", "~0").replace("/", "~1");
    }
}
