package dev.mooring.rule;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** {@code docs/storage.md} names what there is, and nothing else. */
class HooksPageTest {
    private static final Pattern FUNCTION = Pattern.compile("(?m)^\\| `([a-z.]+)` \\| `(on_[a-z_]+)` \\|");
    private static final Pattern TABLE = Pattern.compile("(?m)^\\| `([a-z_]+)` \\|");
    private static final Pattern DECLARED = Pattern.compile("(?m)^    [A-Z_]+\\(\"([a-z_]+)\"\\)[,;]");

    @Test
    @DisplayName("the table of functions has every function on every hook that it may stand on")
    void functions() throws IOException {
        List<String> expected = new ArrayList<>();
        for (Function function : Function.values()) {
            for (Hook hook : function.hooks()) {
                expected.add(hook.text() + " " + function.text());
            }
        }
        List<String> found = new ArrayList<>();
        Matcher row = FUNCTION.matcher(page());
        while (row.find()) {
            found.add(row.group(1) + " " + row.group(2));
        }
        assertThat(found).containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    @DisplayName("every other name of a function or hook is said")
    void otherNames() throws IOException {
        String page = page();
        for (Function function : Function.values()) {
            assertThat(function.names()).allMatch(name -> page.contains("`" + name + "`"));
        }
        for (Hook hook : Hook.values()) {
            assertThat(hook.names()).allMatch(name -> page.contains("`" + name + "`"));
        }
    }

    @Test
    @DisplayName("the list of tables has every table of the embedded store")
    void tables() throws IOException {
        String page = page();
        String section = page.substring(page.indexOf("## Tables"), page.indexOf("## Redis, step by step"));
        String source = Files.readString(Path.of("src/main/java/dev/mooring/store/embedded/Table.java"));
        assertThat(all(TABLE, section).distinct())
                .containsExactlyInAnyOrderElementsOf(all(DECLARED, source).toList());
    }

    private static Stream<String> all(Pattern pattern, String text) {
        return pattern.matcher(text).results().map(match -> match.group(1));
    }

    private static String page() throws IOException {
        return Files.readString(Path.of("docs/storage.md"));
    }
}
