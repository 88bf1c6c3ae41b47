package dev.mooring.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** {@code docs/hazards.md}: what broke other brokers, each with a test of ours that exists. */
class HazardsTest {
    /** Of the sections "Hazards" and "Advisories"; what these broke is known, and none may be forgotten. */
    private static final String HAZARDS = "16 17 18 19 20 21";

    private static final String ADVISORIES = """
            2016-9877 2017-7650 2017-7651 2017-7652 2017-7654 2017-9868 2018-12543 2018-12546 2018-12550 2018-12551
            2018-20145 2019-0222 2019-11778 2019-11779 2020-13821 2020-13849 2021-22116 2021-28166 2021-33175
            2021-33176 2021-34431 2021-34432 2021-34434 2021-41039 2023-0809 2023-28366 2023-29994 2023-34494
            2023-3592 2024-3935 2024-42644 2024-42645 2024-48077 2024-50948 2024-8376 2025-56352 2025-59946
            2025-66168 2026-21888 2026-25627 2026-40046 2026-42209 2026-44248 2026-44838 2026-49186 2026-6564
            2026-8741
            """;

    private static final Pattern TEST = Pattern.compile("`([A-Z][A-Za-z0-9]+)\\.([a-z][A-Za-z0-9]+)`");

    private static final Map<String, String> SOURCES = new HashMap<>();
    private static String page;

    @BeforeAll
    static void read() throws IOException {
        page = Files.readString(Path.of("docs/hazards.md"));
        try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
            for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                SOURCES.put(file.getFileName().toString().replace(".java", ""), Files.readString(file));
            }
        }
    }

    @Test
    @DisplayName("every row names a test, and every test that is named exists and is one")
    void tests() {
        List<String> wrong = new ArrayList<>();
        List<String> rows = page.lines()
                .filter(l -> l.startsWith("| ") && !l.matches("\\| (hazard|attack|advisory) \\|.*"))
                .toList();
        for (String row : rows) {
            Matcher test = TEST.matcher(row);
            int named = 0;
            for (; test.find(); named++) {
                if (!isTest(test.group(1), test.group(2))) {
                    wrong.add(test.group());
                }
            }
            if (named == 0) {
                wrong.add(row);
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(rows).hasSizeGreaterThan(60);
    }

    private static boolean isTest(String type, String method) {
        Pattern declared =
                Pattern.compile("@(Test|ParameterizedTest|Property|RepeatedTest)\\b(?:(?!\\bvoid\\b)[\\s\\S])*\\bvoid "
                        + method + "\\(");
        return declared.matcher(SOURCES.getOrDefault(type, "")).find();
    }

    @Test
    @DisplayName("no hazard of security and no advisory is missing")
    void complete() {
        for (String hazard : HAZARDS.split(" ")) {
            assertThat(page).contains("| " + hazard + " ");
        }
        for (String advisory : ADVISORIES.strip().split("\\s+")) {
            assertThat(page).contains("CVE-" + advisory);
        }
    }
}
