package dev.mooring.data;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/** How many lines of each type there are. */
public final class Counts {
    private final long[] counts = new long[LineType.values().length];

    void add(LineType type) {
        counts[type.ordinal()]++;
    }

    public long of(LineType type) {
        return counts[type.ordinal()];
    }

    /** Whether there is any of the broker's own state. */
    public boolean hasState() {
        for (LineType type : LineType.values()) {
            if (type.isState() && of(type) > 0) {
                return true;
            }
        }
        return false;
    }

    public ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        for (LineType type : LineType.values()) {
            json.put(type.word(), of(type));
        }
        return json;
    }

    /** As "3 sessions, 1 retained messages"; "nothing" when there is none. */
    @Override
    public String toString() {
        List<String> words = new ArrayList<>();
        for (LineType type : LineType.values()) {
            if (of(type) > 0) {
                words.add(of(type) + " " + type.plural());
            }
        }
        return words.isEmpty() ? "nothing" : String.join(", ", words);
    }
}
