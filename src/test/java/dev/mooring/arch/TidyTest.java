package dev.mooring.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Keeps files and methods short enough to read in one go, and the work tree free of leftovers. */
class TidyTest {
    private static final int FILE_LINES_MAX = 400;
    private static final int METHOD_LINES_MAX = 70;
    private static final int LINE_COLUMNS_MAX = 120;

    /** Files that truly need more lines, with the reason, which also stands at the top of the file. */
    private static final Map<String, String> MAY_BE_LONG =
            Map.of("src/main/java/dev/mooring/store/StoreOp.java", "the records of a sealed interface");

    /** Written so that this file does not find itself. */
    private static final Pattern LEFTOVER = Pattern.compile("\\b(TOD[O]|FIXM[E]|XX[X])\\b");

    private static final Pattern MACHINE_PATH = Pattern.compile("(?<![\\w.])/(home|root|work|Users)/[\\w.]");

    private static final Set<String> NOT_OURS = Set.of(".git", ".idea", "target", "node_modules", "data");
    private static final Pattern TEXT =
            Pattern.compile(".*\\.(java|md|xml|json|ya?ml|properties|sh|js|mjs|css|html|conf)");

    @Test
    @DisplayName("Java files are short, without tabs, trailing spaces and notes to oneself")
    void javaFilesAreTidy() throws IOException {
        assertThat(problems(".java", TidyTest::untidyJava)).isEmpty();
    }

    @Test
    @DisplayName("no file names a path of one machine")
    void filesNameNoMachine() throws IOException {
        assertThat(problems("", TidyTest::machinePaths)).isEmpty();
    }

    @Test
    @DisplayName("every kind of problem is found when it is there")
    void problemsAreFound() {
        String longMethod = "class A {\n  int f() {\n" + "    x();\n".repeat(METHOD_LINES_MAX) + "  }\n}\n";
        assertThat(untidyJava("A.java", longMethod))
                .hasSize(1)
                .first()
                .asString()
                .contains("A.java:2", "72 lines");
        assertThat(untidyJava("A.java", "x\n".repeat(FILE_LINES_MAX + 1))).hasSize(1);
        assertThat(untidyJava("A.java", "x".repeat(LINE_COLUMNS_MAX + 1))).hasSize(1);
        assertThat(untidyJava("A.java", "int a; \n")).hasSize(1);
        assertThat(untidyJava("A.java", "\tint a;\n")).hasSize(1);
        assertThat(untidyJava("A.java", "// TO" + "DO later\n")).hasSize(1);
        assertThat(machinePaths("a.md", "see /ho" + "me/me/file\n")).hasSize(1);
    }

    @Test
    @DisplayName("braces in strings, text blocks and comments do not confuse the method counter")
    void braceCounterReadsJava() {
        String filler = "    x();\n".repeat(METHOD_LINES_MAX - 10);
        String tricky = """
                record A(int a) {
                  // } } it's
                  /* { " */
                  @SuppressWarnings({"a", "b"})
                  String f(char c) {
                    String t = \"""
                        } \\\""" {
                        \""";
                    return c == '{' || c == '\\'' ? "{\\"" : "}";
                  }
                  A {
                %s  }
                  enum B { C, D }
                  void g() {
                %s  }
                }
                """;
        assertThat(untidyJava("A.java", tricky.formatted(filler, filler))).isEmpty();
    }

    private static List<String> untidyJava(String file, String text) {
        List<String> found = new ArrayList<>();
        List<String> lines = text.lines().toList();
        if (lines.size() > FILE_LINES_MAX && !MAY_BE_LONG.containsKey(file)) {
            found.add(file + ": " + lines.size() + " lines");
        }
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            String place = file + ":" + (i + 1) + ": ";
            if (line.codePointCount(0, line.length()) > LINE_COLUMNS_MAX) {
                found.add(place + "more than " + LINE_COLUMNS_MAX + " columns");
            }
            if (!line.equals(line.stripTrailing())) {
                found.add(place + "trailing space");
            }
            if (line.indexOf('\t') >= 0) {
                found.add(place + "tab");
            }
            if (LEFTOVER.matcher(line).find()) {
                found.add(place + "a note to oneself: " + line.strip());
            }
        }
        for (JavaMembers.Member member : JavaMembers.of(text)) {
            if (member.lines() > METHOD_LINES_MAX) {
                found.add(file + ":" + member.firstLine() + ": " + member.lines() + " lines: " + member.header());
            }
        }
        return found;
    }

    private static List<String> machinePaths(String file, String text) {
        List<String> found = new ArrayList<>();
        List<String> lines = text.lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            if (MACHINE_PATH.matcher(lines.get(i)).find()) {
                found.add(file + ":" + (i + 1) + ": a path of one machine: "
                        + lines.get(i).strip());
            }
        }
        return found;
    }

    private static List<String> problems(String suffix, BiFunction<String, String, List<String>> check)
            throws IOException {
        List<String> found = new ArrayList<>();
        int[] files = {0};
        Files.walkFileTree(Path.of(""), new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                boolean skip = NOT_OURS.contains(folder.getFileName().toString());
                return skip ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                String name = file.toString();
                if (name.endsWith(suffix) && TEXT.matcher(name).matches()) {
                    files[0]++;
                    found.addAll(check.apply(name, Files.readString(file)));
                }
                return FileVisitResult.CONTINUE;
            }
        });
        assertThat(files[0]).as("files seen").isPositive();
        return found;
    }
}
