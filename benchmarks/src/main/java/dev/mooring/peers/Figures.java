package dev.mooring.peers;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** What was measured in one run, by the heads of the report's columns. The first is the one that matters most. */
final class Figures {
    static final String CPU = "CPU µs/msg";
    static final String RATE = "msg/s";

    private final Map<String, Double> values = new LinkedHashMap<>();

    Figures add(String column, double value) {
        values.put(column, value);
        return this;
    }

    Set<String> columns() {
        return values.keySet();
    }

    /** NaN: it has none. */
    double get(String column) {
        return values.getOrDefault(column, Double.NaN);
    }
}
