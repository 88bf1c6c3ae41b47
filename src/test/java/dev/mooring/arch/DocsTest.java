package dev.mooring.arch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.config.ConfigReader;
import dev.mooring.config.ConfigResult;
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

/**
 * What the documents say can be checked by a machine, so it is: configurations, links, names of classes and methods.
 */
class DocsTest {
    private static final Pattern JSON = Pattern.compile("```json\n(.*?)```", Pattern.DOTALL);
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:]+)(#[^)]*)?\\)");
    /** A row with our figure, whose the next one is, and that one. */
    private static final Pattern FIGURES = Pattern.compile("\\| [^|]+ \\| ([0-9.]+) \\| ([A-Z][^|]*?) ([0-9.]+) \\|");

    private static final Pattern CODE_NAME = Pattern.compile("`([A-Z][A-Za-z]+)\\.([a-z][A-Za-z]+)`");

    @Test
    @DisplayName("every configuration shown is accepted by the reader")
    void configurationsAreValid() throws IOException {
        int shown = 0;
        for (Path page : pages()) {
            Matcher block = JSON.matcher(Files.readString(page));
            while (block.find()) {
                String here = block.group(1).replace("/etc/mooring/", "src/test/resources/dev/mooring/tls/");
                ConfigResult result = new ConfigReader().parse(here);
                assertThat(result).as(page + ": " + result).isInstanceOf(ConfigResult.Valid.class);
                shown++;
            }
        }
        assertThat(shown).isPositive();
    }

    @Test
    @DisplayName("every relative link leads somewhere")
    void linksWork() throws IOException {
        List<String> dead = new ArrayList<>();
        for (Path page : pages()) {
            Matcher link = LINK.matcher(Files.readString(page));
            while (link.find()) {
                Path target = page.toAbsolutePath().getParent().resolve(link.group(1));
                if (!Files.exists(target)) {
                    dead.add(page + ": " + link.group(1));
                }
            }
        }
        assertThat(dead).isEmpty();
    }

    @Test
    @DisplayName("every Class.method that the architecture names exists")
    void methodsExist() throws IOException {
        List<String> unknown = new ArrayList<>();
        for (Path page : List.of(Path.of("docs/architecture.md"), Path.of("docs/design-decisions.md"))) {
            Matcher name = CODE_NAME.matcher(Files.readString(page));
            while (name.find()) {
                if (!isDeclared("src/main/java", name.group(1), name.group(2))) {
                    unknown.add(page + ": " + name.group());
                }
            }
        }
        assertThat(unknown).isEmpty();
    }

    @Test
    @DisplayName("every test that the table of traps names exists")
    void testsExist() throws IOException {
        String page = Files.readString(Path.of("docs/storage.md"));
        Matcher name = CODE_NAME.matcher(page.substring(page.indexOf("### Known traps")));
        List<String> unknown = new ArrayList<>();
        int named = 0;
        for (; name.find(); named++) {
            if (!isDeclared("src/test/java", name.group(1), "void " + name.group(2))) {
                unknown.add(name.group());
            }
        }
        assertThat(unknown).isEmpty();
        assertThat(named).isGreaterThan(30);
    }

    @Test
    @DisplayName("the README has the two commands, and CI runs the second")
    void readmeCommands() throws IOException {
        String readme = Files.readString(Path.of("README.md"));
        assertThat(readme).contains("./mvnw -q -DskipTests package && java -jar target/mooring.jar", "./mvnw verify");
        assertThat(Files.readString(Path.of(".ci/run"))).containsPattern("\\./mvnw .*verify");
    }

    @Test
    @DisplayName("what the README says of speed stands on the benchmarks' page, and what that says in its results")
    void figuresWereMeasured() throws IOException {
        String readme = Files.readString(Path.of("README.md"));
        String benchmarks = Files.readString(Path.of("benchmarks", "README.md"));
        String results = Files.readString(Path.of("benchmarks", "results", "2026-11-28-peers", "README.md"));
        String table = readme.substring(readme.indexOf("## How fast"), readme.indexOf("## On Kubernetes"));
        List<String> rows = FIGURES.matcher(table).results().map(m -> m.group()).toList();
        assertThat(rows).hasSizeGreaterThan(3);
        assertThat(benchmarks).contains(rows);
        FIGURES.matcher(table)
                .results()
                .forEach(row -> assertThat(results)
                        .contains("| Mooring | " + row.group(1) + " |", "| " + row.group(2) + " | " + row.group(3)));
    }

    private static boolean isDeclared(String root, String type, String member) throws IOException {
        try (Stream<Path> sources = Files.walk(Path.of(root))) {
            for (Path source : sources.filter(p -> p.endsWith(type + ".java")).toList()) {
                if (Pattern.compile("\\b" + member + "\\(")
                        .matcher(Files.readString(source))
                        .find()) {
                    return true;
                }
            }
        }
        return false;
    }

    private static List<Path> pages() throws IOException {
        List<Path> pages = new ArrayList<>(List.of(
                Path.of("README.md"), Path.of("CONTRIBUTING.md"), Path.of("SECURITY.md"), Path.of("CHANGELOG.md")));
        try (Stream<Path> docs = Files.walk(Path.of("docs"))) {
            docs.filter(p -> p.toString().endsWith(".md")).forEach(pages::add);
        }
        return pages;
    }
}
