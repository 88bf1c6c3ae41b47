package dev.mooring.message;

import java.nio.charset.StandardCharsets;

/**
 * The topic of a message: no wildcards, MQTT 5.0 §4.7. Immutable; its UTF-8 bytes are kept because every delivery
 * writes them. Compared by characters; nothing is normalised or trimmed ([MQTT-4.7.3-4]).
 */
public final class TopicName {
    private final String text;
    private final byte[] utf8;

    private TopicName(String text, byte[] utf8) {
        this.text = text;
        this.utf8 = utf8;
    }

    /** @throws IllegalArgumentException when {@link #isValid} says no */
    public static TopicName of(String text) {
        if (!isValid(text)) {
            throw new IllegalArgumentException("not a topic name: " + text);
        }
        return new TopicName(text, text.getBytes(StandardCharsets.UTF_8));
    }

    /** For a decoder that has checked {@code utf8} already; takes ownership of the array. */
    public static TopicName ofChecked(String text, byte[] utf8) {
        return new TopicName(text, utf8);
    }

    /**
     * At least one character, no U+0000 and no wildcard ([MQTT-3.3.2-2], [MQTT-4.7.1-1], [MQTT-4.7.3-1],
     * [MQTT-4.7.3-2]).
     */
    public static boolean isValid(String text) {
        return !text.isEmpty() && text.indexOf('+') < 0 && text.indexOf('#') < 0 && text.indexOf('\0') < 0;
    }

    public String text() {
        return text;
    }

    /** Not to be changed by the caller. */
    public byte[] utf8() {
        return utf8;
    }

    /** Number of levels, at least 1. */
    public int levels() {
        int levels = 1;
        for (byte b : utf8) {
            if (b == '/') {
                levels++;
            }
        }
        return levels;
    }

    /** What the broker says of itself. */
    public boolean isSys() {
        return text.startsWith("$SYS/");
    }

    /** Server topics are not matched by a filter that begins with a wildcard ([MQTT-4.7.2-1]). */
    public boolean isReserved() {
        return utf8[0] == '$';
    }

    @Override
    public boolean equals(Object o) {
        return this == o || (o instanceof TopicName other && text.equals(other.text));
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }
}
