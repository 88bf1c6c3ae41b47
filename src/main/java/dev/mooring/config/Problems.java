package dev.mooring.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Collects what is wrong. Where two checks speak of the same value, the one that knows more speaks last and wins. */
final class Problems {
    private static final Comparator<ConfigError> ORDER = Comparator.<ConfigError, Origin.Layer>comparing(
                    e -> e.origin().layer())
            .thenComparing(e -> e.origin().line());

    private final JsonSource source;
    private final List<ConfigError> errors = new ArrayList<>();

    Problems(JsonSource source) {
        this.source = source;
        errors.addAll(source.errors());
    }

    void add(String pointer, String message) {
        errors.add(new ConfigError(pointer, origin(pointer), message));
    }

    /** In place of what was said about this value. */
    void replace(String pointer, String message) {
        errors.removeIf(e -> e.pointer().equals(pointer));
        add(pointer, message);
    }

    /** In place of what was said about anything in this value. */
    void replaceAllIn(String parent, String pointer, String message) {
        errors.removeIf(e -> isIn(e.pointer(), parent));
        add(pointer, message);
    }

    boolean anyIn(String pointer) {
        return errors.stream().anyMatch(e -> isIn(e.pointer(), pointer));
    }

    /** Whether somebody gave this value, so that it is no default. */
    boolean isWritten(String pointer) {
        return source.origins().containsKey(pointer);
    }

    boolean isEmpty() {
        return errors.isEmpty();
    }

    /** In the file's order; then what comes from elsewhere. */
    List<ConfigError> sorted() {
        return errors.stream().sorted(ORDER).distinct().toList();
    }

    /** A value that is not there stands where the next larger one that is there begins. */
    private Origin origin(String pointer) {
        String at = pointer;
        while (!isWritten(at) && !at.isEmpty()) {
            at = at.substring(0, at.lastIndexOf('/'));
        }
        return source.origins().getOrDefault(at, new Origin(Origin.Layer.FILE, source.name(), 0));
    }

    private static boolean isIn(String pointer, String parent) {
        return pointer.equals(parent) || pointer.startsWith(parent + "/");
    }
}
