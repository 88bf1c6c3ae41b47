package dev.mooring.rule;

import dev.mooring.rule.CommandTemplate.Part;
import dev.mooring.rule.CommandTemplate.Word;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Splits a command into words, once. White space stands between words, except within '...' or "..."; in the latter a
 * backslash takes the next character as it is. Variables are known in quotes too: quotes are about spaces only.
 */
final class CommandParser {
    private final String text;
    private final Hook hook;
    private final Consumer<String> problem;
    private final List<Word> words = new ArrayList<>();
    private final StringBuilder literal = new StringBuilder();
    private List<Part> parts = new ArrayList<>();
    private boolean inWord;
    private int at;

    CommandParser(String text, Hook hook, Consumer<String> problem) {
        this.text = text;
        this.hook = hook;
        this.problem = problem;
    }

    /** Null when something is wrong, which was told then. */
    @Nullable
    List<Word> parse() {
        char quote = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (text.startsWith("${", at)) {
                if (!variable()) {
                    return null;
                }
                continue;
            }
            at++;
            if (quote == 0 && Character.isWhitespace(c)) {
                if (!endWord()) {
                    return null;
                }
            } else if (quote == 0 && (c == '"' || c == '\'')) {
                quote = c;
                inWord = true;
            } else if (c == quote) {
                quote = 0;
            } else {
                boolean escapes = c == '\\' && quote == '"' && at < text.length();
                literal.append(escapes ? text.charAt(at++) : c);
                inWord = true;
            }
        }
        if (quote != 0) {
            return refused("a quote " + quote + " is not closed");
        }
        return endWord() && isPossible() ? List.copyOf(words) : null;
    }

    private boolean variable() {
        int end = text.indexOf('}', at);
        if (end < 0) {
            refused("a \"${\" has no \"}\"");
            return false;
        }
        String name = text.substring(at + 2, end);
        Variable variable = Variable.parse(name);
        if (variable == null || !variable.isOn(hook)) {
            String what = variable == null ? "there is no variable ${" : "there is nothing to put in place of ${";
            refused(what + name + "}" + Variable.listed(hook));
            return false;
        }
        endLiteral();
        parts.add(new Part.Value(variable));
        inWord = true;
        at = end + 1;
        return true;
    }

    private void endLiteral() {
        if (literal.length() > 0) {
            parts.add(literal(literal.toString()));
            literal.setLength(0);
        }
    }

    private boolean endWord() {
        if (!inWord) {
            return true;
        }
        inWord = false;
        endLiteral();
        boolean hasMessage = parts.contains(new Part.Value(Variable.MESSAGE));
        if (hasMessage && parts.size() > 1) {
            refused("${message} stands for " + 2 * Variable.FIELDS.size()
                    + " words, names and values, and so has to be a word of its own");
            return false;
        }
        if (hasMessage) {
            for (Variable.Field field : Variable.FIELDS) {
                words.add(new Word(List.of(literal(field.name()))));
                words.add(new Word(List.of(new Part.Value(field.value()))));
            }
        } else {
            words.add(new Word(parts.isEmpty() ? List.of(literal("")) : List.copyOf(parts)));
        }
        parts = new ArrayList<>();
        return true;
    }

    private boolean isPossible() {
        String command = words.isEmpty() ? "" : onlyLiteral(words.get(0));
        String why;
        if (command == null) {
            why = "the command itself can't be a variable";
        } else if (command.isEmpty()) {
            why = "there is no command in it";
        } else if (RefusedCommands.hasProgram(command) && words.size() > 1 && onlyLiteral(words.get(1)) == null) {
            why = "a value must not become part of a program; give it as an argument (ARGV)";
        } else {
            why = RefusedCommands.why(command);
        }
        if (!why.isEmpty()) {
            refused(why);
        }
        return why.isEmpty();
    }

    /** Null when there is a variable in it. */
    private static @Nullable String onlyLiteral(Word word) {
        return word.parts().size() == 1 && word.parts().get(0) instanceof Part.Literal literal
                ? new String(literal.utf8(), StandardCharsets.UTF_8)
                : null;
    }

    private static Part literal(String text) {
        return new Part.Literal(text.getBytes(StandardCharsets.UTF_8));
    }

    private @Nullable List<Word> refused(String why) {
        problem.accept(why);
        return null;
    }
}
