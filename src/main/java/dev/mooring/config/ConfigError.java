package dev.mooring.config;

/**
 * One thing that is wrong with a configuration.
 *
 * @param pointer JSON pointer (RFC 6901) of the value; "" for the whole file
 * @param line where it is in the file, from 1; 0 when it is not there (a key that is missing)
 * @param message what is wrong and what is allowed; never a secret
 */
public record ConfigError(String pointer, int line, String message) {
    @Override
    public String toString() {
        String where = line > 0 ? "line " + line + ", " : "";
        return where + (pointer.isEmpty() ? "the file" : pointer) + ": " + message;
    }

    /** {@code key} as part of a JSON pointer. */
    static String escaped(String key) {
        return key.replace("~", "~0").replace("/", "~1");
    }
}
