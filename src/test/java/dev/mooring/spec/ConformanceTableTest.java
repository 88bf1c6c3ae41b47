package dev.mooring.spec;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;

/**
 * Holds {@code docs/mqtt.md} and the tests of this package against each other. The ids in the display names of the
 * tests are the truth; run with {@code -Dconformance.write=true} to write the last column of the tables from them.
 */
class ConformanceTableTest {
    private static final Path TABLE = Path.of("docs", "mqtt.md");
    private static final int STATEMENTS_OF_5 = 251;
    private static final int STATEMENTS_OF_3_1_1 = 141;

    private static final Pattern ID = Pattern.compile("\\[(MQTT(?:311)?-[0-9.]+-[0-9]+)]");
    private static final Pattern ID_LIKE = Pattern.compile("\\[MQTT[^]]*]|MQTT(?:311)?-[0-9.]+-[0-9]+");
    private static final Pattern ROW = Pattern.compile(
            "\\| (MQTT(?:311)?-[0-9.]+-[0-9]+) \\| ([^|]+) \\| (client|server|both) \\| ?([^|]*?) ?\\|");
    private static final Pattern REASON = Pattern.compile("not (applicable|observable): .{10,}");

    /** One row: what the standard says of it, and the last column as it stands. */
    private record Row(String id, String statement, String binds, String shownBy) {
        /** The last column as it should be. */
        String shouldBe(Set<String> tests) {
            if (!tests.isEmpty()) {
                return tests.stream().map(t -> "`" + t + "`").collect(Collectors.joining(", "));
            }
            return binds.equals("client") ? "client" : REASON.matcher(shownBy).matches() ? shownBy : "";
        }

        @Override
        public String toString() {
            return "| " + id + " | " + statement + " | " + binds + " | " + shownBy + " |";
        }
    }

    @Test
    @DisplayName("every statement that binds a server has a test or says why there can be none")
    void everyServerStatementHasATest() throws Exception {
        Map<String, Set<String>> tests = testsById();
        List<Row> rows = rows();
        assertThat(rows.stream()
                        .filter(r -> !r.binds.equals("client")
                                && r.shouldBe(tests(tests, r)).isEmpty()))
                .as("statements without a test; see docs/mqtt.md")
                .isEmpty();
    }

    @Test
    @DisplayName("every id in a display name is a statement of the standard")
    void everyIdIsKnown() throws Exception {
        Set<String> known = rows().stream().map(Row::id).collect(Collectors.toSet());
        Map<String, Set<String>> unknown = testsById();
        unknown.keySet().removeAll(known);
        assertThat(unknown).as("ids that docs/mqtt.md does not list").isEmpty();
    }

    @Test
    @DisplayName("the last column names exactly the tests that carry the id")
    void lastColumnIsUpToDate() throws Exception {
        Map<String, Set<String>> tests = testsById();
        if (Boolean.getBoolean("conformance.write")) {
            write(tests);
        }
        assertThat(rows().stream().filter(r -> !r.shownBy.equals(r.shouldBe(tests(tests, r)))))
                .as("rows that are out of date; run with -Dconformance.write=true")
                .isEmpty();
    }

    @Test
    @DisplayName("the tables are complete: no row is missing, doubled or unreadable")
    void tablesAreComplete() throws IOException {
        List<String> ids = rows().stream().map(Row::id).toList();
        assertThat(ids).doesNotHaveDuplicates();
        assertThat(ids.stream().filter(id -> id.startsWith("MQTT-"))).hasSize(STATEMENTS_OF_5);
        assertThat(ids.stream().filter(id -> id.startsWith("MQTT311-"))).hasSize(STATEMENTS_OF_3_1_1);
        assertThat(Files.readAllLines(TABLE).stream().filter(l -> l.startsWith("| MQTT")))
                .allMatch(l -> ROW.matcher(l).matches());
    }

    @Test
    @DisplayName("every test of this package says what it shows, and its ids can be read")
    void everyTestHasAReadableName() throws Exception {
        List<String> problems = new ArrayList<>();
        for (Method test : tests()) {
            DisplayName name = test.getAnnotation(DisplayName.class);
            if (name == null) {
                problems.add(nameOf(test) + " has no display name");
                continue;
            }
            Matcher like = ID_LIKE.matcher(name.value());
            while (like.find()) {
                if (!ID.matcher(like.group()).matches()) {
                    problems.add(nameOf(test) + " has an unreadable id: " + like.group());
                }
            }
        }
        assertThat(problems).isEmpty();
    }

    private static Set<String> tests(Map<String, Set<String>> testsById, Row row) {
        return testsById.getOrDefault(row.id, Set.of());
    }

    private static void write(Map<String, Set<String>> tests) throws IOException {
        List<String> lines = new ArrayList<>();
        for (String line : Files.readAllLines(TABLE)) {
            Row row = row(line);
            String shownBy = row == null ? "" : row.shouldBe(tests(tests, row));
            lines.add(row == null ? line : new Row(row.id, row.statement, row.binds, shownBy).toString());
        }
        Files.write(TABLE, lines);
    }

    private static List<Row> rows() throws IOException {
        return Files.readAllLines(TABLE).stream()
                .map(ConformanceTableTest::row)
                .filter(r -> r != null)
                .toList();
    }

    private static Row row(String line) {
        Matcher m = ROW.matcher(line);
        return m.matches() ? new Row(m.group(1), m.group(2), m.group(3), m.group(4)) : null;
    }

    /** {@code Class.method} of every test, by the ids in its display name. */
    private static Map<String, Set<String>> testsById() throws Exception {
        Map<String, Set<String>> byId = new TreeMap<>();
        for (Method test : tests()) {
            DisplayName name = test.getAnnotation(DisplayName.class);
            Matcher id = ID.matcher(name == null ? "" : name.value());
            while (id.find()) {
                byId.computeIfAbsent(id.group(1), k -> new TreeSet<>()).add(nameOf(test));
            }
        }
        return new LinkedHashMap<>(byId);
    }

    /** All test methods of this package, read from the compiled classes. */
    private static List<Method> tests() throws IOException, URISyntaxException, ClassNotFoundException {
        Class<?> here = ConformanceTableTest.class;
        Path classes =
                Path.of(here.getProtectionDomain().getCodeSource().getLocation().toURI());
        List<String> names;
        try (Stream<Path> files =
                Files.list(classes.resolve(here.getPackageName().replace('.', '/')))) {
            names = files.map(f -> f.getFileName().toString())
                    .filter(f -> f.endsWith("Test.class"))
                    .sorted()
                    .toList();
        }
        List<Method> tests = new ArrayList<>();
        for (String file : names) {
            String name = here.getPackageName() + "." + file.substring(0, file.length() - ".class".length());
            for (Method m : Class.forName(name, false, here.getClassLoader()).getDeclaredMethods()) {
                if (Arrays.stream(m.getAnnotations()).anyMatch(ConformanceTableTest::isTest)) {
                    tests.add(m);
                }
            }
        }
        return tests;
    }

    private static boolean isTest(Annotation annotation) {
        return annotation instanceof Test
                || annotation instanceof ParameterizedTest
                || annotation instanceof RepeatedTest;
    }

    private static String nameOf(Method test) {
        return test.getDeclaringClass().getSimpleName() + "." + test.getName();
    }
}
