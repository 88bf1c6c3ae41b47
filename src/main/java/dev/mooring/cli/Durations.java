package dev.mooring.cli;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Times as EMQX's files have them: {@code 500ms}, {@code 5s}, {@code 2h}, {@code 1d}. */
final class Durations {
    private static final Pattern FORM = Pattern.compile("([0-9]{1,12})(ms|s|m|h|d)");

    private Durations() {}

    /** 0 for what is none. */
    static long ms(String text) {
        Matcher m = FORM.matcher(text);
        if (!m.matches()) {
            return 0;
        }
        long unitMs = switch (m.group(2)) {
            case "ms" -> 1;
            case "s" -> 1_000;
            case "m" -> 60_000;
            case "h" -> 3_600_000;
            default -> 86_400_000;
        };
        return Long.parseLong(m.group(1)) * unitMs;
    }
}
