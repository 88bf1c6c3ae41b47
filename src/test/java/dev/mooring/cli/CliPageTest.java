package dev.mooring.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/**
 * {@code docs/cli.md} has the help of every command as it is printed. To write it anew: {@code MOORING_DOCS_WRITE=true
 * ./mvnw test -Dtest=CliPageTest}.
 */
class CliPageTest {
    private static final Path PAGE = Path.of("docs/cli.md");
    private static final Pattern HELP = Pattern.compile("(?s)(<!-- help: [^\n]*-->\n).*(<!-- /help -->)");
    private static final Pattern CODE = Pattern.compile("(?m)^\\| (\\d+) \\|");

    @Test
    @DisplayName("the page has the help of every command")
    void help() throws IOException {
        String page = Files.readString(PAGE);
        String expected = HELP.matcher(page)
                .replaceFirst(m -> Matcher.quoteReplacement(
                        m.group(1) + help("", CommandLines.of(new Cli().host(), "")) + m.group(2)));
        if ("true".equals(System.getenv("MOORING_DOCS_WRITE"))) {
            Files.writeString(PAGE, expected);
        }
        assertThat(Files.readString(PAGE)).isEqualTo(expected);
    }

    @Test
    @DisplayName("the page, the help and the code have the same exit codes")
    void exitCodes() throws Exception {
        List<String> ofCode = new ArrayList<>();
        for (var field : ExitCode.class.getFields()) {
            ofCode.add(String.valueOf(field.getInt(null)));
        }
        Map<String, String> ofHelp = CommandLines.of(new Cli().host(), "")
                .getCommandSpec()
                .usageMessage()
                .exitCodeList();
        List<String> ofPage = new ArrayList<>();
        Matcher code = CODE.matcher(Files.readString(PAGE));
        while (code.find()) {
            ofPage.add(code.group(1));
        }
        assertThat(ofHelp.keySet()).containsExactlyElementsOf(ofCode);
        assertThat(ofPage).containsExactlyElementsOf(ofCode);
    }

    private static String help(String parents, CommandLine command) {
        String name = (parents + " " + command.getCommandName()).strip();
        StringBuilder text = new StringBuilder("### " + name + "\n\n```\n");
        command.getUsageMessage(CommandLine.Help.Ansi.OFF)
                .lines()
                .forEach(line -> text.append(line.stripTrailing()).append('\n'));
        text.append("```\n\n");
        for (Map.Entry<String, CommandLine> sub : command.getSubcommands().entrySet()) {
            if (!sub.getKey().equals("generate-completion")) { // its help is picocli's, and long
                text.append(help(name, sub.getValue()));
            }
        }
        return text.toString();
    }
}
