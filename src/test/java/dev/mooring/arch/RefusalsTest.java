package dev.mooring.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Whoever configures, asks or runs the broker is refused in sentences, and each of them is read by a test. A sentence
 * of the source counts as read when three words of it, one behind the other, stand in a text of a test. That is no
 * proof, but a new sentence without a test does not pass.
 */
class RefusalsTest {
    private static final Path MAIN = Path.of("src/main/java/dev/mooring");
    private static final List<String> PACKAGES = List.of(
            "config", "auth", "http", "cli", "data", "rule", "trace", "mqtt", "cluster", "peer", "store", "session");
    /** For programmers, for the log of a link or of a record, or a part of something else; these refuse nobody. */
    private static final List<String> NO_REFUSALS = List.of(
            "a decoder limit that lets nothing through",
            "connection closed by the client",
            "a newer one is stored",
            "the session authority did not answer",
            "a bound of links is not positive",
            " had been given up here",
            "it has been started again",
            "refused a link of ",
            "does not speak the protocol: ",
            "wants to speak version ",
            "has been silent for ",
            "a body of ",
            "the peer has connected again",
            "the unknown type ",
            "ends too early",
            "a value of version ",
            "the message as an item",
            " parts of its bytes are there",
            "the oldest cannot be deleted",
            "a trim of session ",
            "a fetch of session ",
            "block cache and write buffer need",
            "an embedded store has no commands",
            "mooring embedded store, format ",
            "not subscribe or unsubscribe",
            "max number of clients",
            "an owner's operation of an owner");

    private static final int IN_A_ROW = 3;
    /** Shorter ones are names, keys and parts of sentences. */
    private static final int WORDS_MIN = 4;

    private static final Pattern TOKEN = Pattern.compile(
            "(?s)/\\*.*?\\*/|//[^\n]*+|\"\"\"(.*?)\"\"\"|\"((?:[^\"\\\\\n]++|\\\\.)*+)\"|'(?:[^'\\\\]|\\\\.)++'|->|.");
    private static final Pattern HELP = Pattern.compile("@(Command|Option|Parameters)\\($");
    private static final Pattern PROSE = Pattern.compile("(?:^|(?<= ))[a-z][a-z']*(?=[ ,;:.)]|$)");
    /** For operators and programmers; none of these refuses anything. */
    private static final Pattern OTHERS =
            Pattern.compile("LOG\\.|\\blog\\.|IllegalStateException|\\brequire\\(|new Family|\\.help\\(");

    @Test
    @DisplayName("no refusal of configuration, logins, API, commands, stores, links or packets is without a test")
    void read() throws IOException {
        Set<String> read = new HashSet<>();
        for (Path file : files(Path.of("src/test"))) {
            String text = Files.readString(file);
            if (file.toString().endsWith(".java")) {
                for (String statement : statements(text)) {
                    texts(statement).forEach(t -> read.addAll(rows(t)));
                }
            } else if (file.toString().matches(".*\\.(csv|txt|json)")) {
                text.lines().forEach(line -> read.addAll(rows(line)));
            }
        }
        List<String> unread = new ArrayList<>();
        for (String one : PACKAGES) {
            for (Path file : files(MAIN.resolve(one))) {
                for (String statement : statements(Files.readString(file))) {
                    if (isRefusal(statement) && texts(statement).stream().noneMatch(t -> isIn(read, t))) {
                        unread.add(MAIN.relativize(file) + ": " + texts(statement));
                    }
                }
            }
        }
        assertThat(unread).isEmpty();
    }

    private static boolean isRefusal(String statement) {
        List<String> texts = texts(statement);
        return !OTHERS.matcher(statement).find()
                && NO_REFUSALS.stream().noneMatch(other -> texts.stream().anyMatch(text -> text.contains(other)))
                && texts.stream().anyMatch(text -> PROSE.matcher(text).results().count() >= WORDS_MIN);
    }

    private static boolean isIn(Set<String> read, String text) {
        return rows(text).stream().anyMatch(read::contains);
    }

    /** Each three words in a row. */
    private static List<String> rows(String text) {
        String[] words = text.replaceAll("\\\\[nt]", " ")
                .replaceAll("[^\\w']+", " ")
                .strip()
                .split(" ");
        List<String> rows = new ArrayList<>();
        for (int i = 0; i + IN_A_ROW <= words.length; i++) {
            rows.add(words[i] + " " + words[i + 1] + " " + words[i + 2]);
        }
        return rows;
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile)
                    .filter(file -> file.toString().matches(".*\\.(java|csv|txt|json)"))
                    .toList();
        }
    }

    /** The code without comments and without the help of commands, cut where a statement or a block ends. */
    private static List<String> statements(String code) {
        List<String> statements = new ArrayList<>();
        StringBuilder statement = new StringBuilder();
        int depth = 0; // of parentheses within help
        for (Matcher token = TOKEN.matcher(code); token.find(); ) {
            String text = token.group();
            if (depth > 0) {
                depth += text.equals("(") ? 1 : text.equals(")") ? -1 : 0;
            } else if (text.matches("[;{}]|->")) {
                statements.add(statement.toString());
                statement.setLength(0);
            } else if (!text.startsWith("//") && !text.startsWith("/*")) {
                statement.append(text);
                depth = text.equals("(") && HELP.matcher(statement).find() ? 1 : 0;
            }
        }
        return statements;
    }

    /** What stands in quotes; parts with a plus between them are one. */
    private static List<String> texts(String statement) {
        List<String> texts = new ArrayList<>();
        int end = -1;
        for (Matcher token = TOKEN.matcher(statement); token.find(); ) {
            String text = token.group(1) == null ? token.group(2) : token.group(1);
            if (text != null) {
                boolean goesOn =
                        end >= 0 && statement.substring(end, token.start()).matches("\\s*\\+\\s*");
                String plain = (goesOn ? texts.remove(texts.size() - 1) : "") + text.replace("\\\"", "\"");
                texts.add(plain);
                end = token.end();
            }
        }
        return texts;
    }
}
