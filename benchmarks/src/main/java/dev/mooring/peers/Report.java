package dev.mooring.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Writes results as Markdown, charts, and each round as CSV. */
final class Report {
    private static final String OURS = "Mooring";

    private final Path folder;
    private StringBuilder page = new StringBuilder();
    private StringBuilder csv = new StringBuilder();

    Report(Path folder) throws IOException {
        this.folder = folder;
        Files.createDirectories(folder);
    }

    /** Also in between, so that a run that is ended leaves what it has. */
    void write(String head, List<Results> all) throws IOException {
        page = new StringBuilder(head);
        csv = new StringBuilder("scenario,broker,round,figure,value\n");
        for (Results results : all) {
            section(results);
        }
        Files.writeString(folder.resolve("README.md"), page);
        Files.writeString(folder.resolve("rounds.csv"), csv);
    }

    private void section(Results results) throws IOException {
        String name = results.scenario.name();
        page.append("\n## ").append(results.scenario.title()).append("\n\n");
        if (!results.brokers().isEmpty()) {
            Files.writeString(folder.resolve(name + ".svg"), Chart.of(results, OURS));
            page.append("![](").append(name).append(".svg)\n\n");
            table(results);
        }
        for (Map.Entry<String, String> failure : results.failures().entrySet()) {
            page.append("- ")
                    .append(failure.getKey())
                    .append(": ")
                    .append(failure.getValue())
                    .append(".\n");
        }
        for (String broker : results.brokers()) {
            rounds(name, broker, results.rounds(broker));
        }
    }

    private void table(Results results) {
        List<String> columns = results.columns();
        String first = columns.get(0);
        page.append("| | ").append(first).append(" | range | × Mooring's |");
        columns.stream()
                .skip(1)
                .forEach(column -> page.append(' ').append(column).append(" |"));
        page.append("\n|---|---|---|---|")
                .append("---|".repeat(columns.size() - 1))
                .append('\n');
        String ours = results.brokers().get(0);
        for (String broker : results.brokers()) {
            page.append("| ").append(broker).append(" | ").append(text(results.value(broker, first)));
            page.append(" | ").append(text(results.least(broker, first))).append(" to ");
            page.append(text(results.most(broker, first))).append(" | ");
            page.append(ours.startsWith(OURS) ? text(results.ratio(broker, ours, first)) : "")
                    .append(" |");
            for (String column : columns.subList(1, columns.size())) {
                page.append(' ').append(text(results.value(broker, column))).append(" |");
            }
            page.append('\n');
        }
        page.append('\n');
    }

    private void rounds(String name, String broker, List<Figures> rounds) {
        for (int i = 0; i < rounds.size(); i++) {
            for (String column : rounds.get(i).columns()) {
                csv.append(String.format(
                        Locale.ROOT,
                        "%s,%s,%d,%s,%s%n",
                        name,
                        broker,
                        i + 1,
                        column.replace(',', ';'),
                        rounds.get(i).get(column)));
            }
        }
    }

    static String text(double value) {
        double size = Math.abs(value);
        if (Double.isNaN(value)) {
            return "";
        }
        String format = value == Math.rint(value) || size >= 100 ? "%,.0f" : size >= 10 ? "%.1f" : "%.2f";
        return String.format(Locale.ROOT, format, value);
    }
}
