package dev.mooring.peers;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Bars of the first column of a scenario's results, the least on top, with the range of the rounds, as SVG. */
final class Chart {
    private static final int LEFT = 170;
    private static final int BARS = 430;
    private static final int ROW = 26;
    private static final int TOP = 34;

    private Chart() {}

    static String of(Results results, String highlighted) {
        String column = results.columns().get(0);
        List<String> brokers = results.brokers().stream()
                .sorted(Comparator.comparingDouble(broker -> results.value(broker, column)))
                .toList();
        double scale = BARS
                / Math.max(
                        1e-9,
                        brokers.stream()
                                .mapToDouble(broker -> results.most(broker, column))
                                .max()
                                .orElse(1));
        StringBuilder svg = new StringBuilder();
        add(
                svg,
                "<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' font-family='sans-serif'"
                        + " font-size='12'>%n<rect width='100%%' height='100%%' fill='white'/>%n",
                LEFT + BARS + 90,
                TOP + brokers.size() * ROW + 8);
        add(
                svg,
                "<text x='8' y='20' font-weight='bold'>%s: %s</text>%n",
                escaped(results.scenario.title()),
                escaped(column));
        for (int i = 0; i < brokers.size(); i++) {
            bar(
                    svg,
                    results,
                    brokers.get(i),
                    column,
                    TOP + i * ROW,
                    scale,
                    brokers.get(i).startsWith(highlighted));
        }
        return svg.append("</svg>\n").toString();
    }

    private static void bar(
            StringBuilder svg,
            Results results,
            String broker,
            String column,
            int y,
            double scale,
            boolean highlighted) {
        double value = Math.max(0, results.value(broker, column));
        double end = LEFT + value * scale;
        add(svg, "<text x='%d' y='%d' text-anchor='end'>%s</text>%n", LEFT - 8, y + 15, escaped(broker));
        add(
                svg,
                "<rect x='%d' y='%d' width='%.1f' height='18' fill='%s'/>%n",
                LEFT,
                y + 2,
                value * scale,
                highlighted ? "#1f6f8b" : "#b8c4cc");
        double from = LEFT + Math.max(0, results.least(broker, column)) * scale;
        double to = LEFT + Math.max(0, results.most(broker, column)) * scale;
        add(svg, "<path d='M%.1f %dH%.1f' stroke='#333'/>%n", from, y + 11, to);
        add(svg, "<text x='%.1f' y='%d'>%s</text>%n", Math.max(end, to) + 6, y + 15, Report.text(value));
    }

    private static void add(StringBuilder svg, String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values));
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;");
    }
}
