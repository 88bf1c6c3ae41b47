package dev.mooring.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What became of each line of an imported file, for people. */
final class ImportReport {
    /** @param number of the line in the file, from 1; 0 for the file as a whole */
    record Line(int number, String key, String value) {
        static final Line WHOLE = new Line(0, "", "");
    }

    private record Entry(Line line, String text) {}

    private final List<Entry> entries = new ArrayList<>();
    private int imported;
    private int refused;

    void imported(Line line, String pointer) {
        imported++;
        entries.add(new Entry(line, line.key() + " -> " + pointer));
    }

    /** Something to know about a line that was imported. */
    void note(Line line, String text) {
        entries.add(new Entry(line, "note: " + text));
    }

    void refused(Line line, String why) {
        refused++;
        String key = line.key().isEmpty() ? "" : line.key() + ": ";
        entries.add(new Entry(line, "NOT imported: " + key + why));
    }

    boolean isComplete() {
        return refused == 0;
    }

    /** In the file's order; at the end how many. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        entries.stream()
                .sorted(Comparator.comparingInt(e -> e.line().number()))
                .forEach(e ->
                        lines.add((e.line().number() > 0 ? "line " + e.line().number() + ": " : "") + e.text()));
        lines.add(imported + " imported, " + refused + " not imported");
        return lines;
    }
}
