package dev.mooring.rule;

import dev.mooring.rule.Word.Part;
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
        Variable variable = Word.variable(text, at, hook, problem);
        if (variable == null) {
            return false;
        }
        endLiteral();
        parts.add(new Part.Value(variable));
        inWord = true;
        at = text.indexOf('}', at) + 1;
        return true;
    }

    private void endLiteral() {
        if (literal.length() > 0) {
            parts.add(Word.literal(literal.toString()));
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
                words.add(new Word(List.of(Word.literal(field.name()))));
                words.add(new Word(List.of(new Part.Value(field.value()))));
            }
        } else {
            words.add(new Word(parts.isEmpty() ? List.of(Word.literal("")) : parts));
        }
        parts = new ArrayList<>();
        return true;
    }

    private boolean isPossible() {
        String command = words.isEmpty() ? "" : words.get(0).onlyLiteral();
        String why;
        if (command == null) {
            why = "the command itself can't be a variable";
        } else if (command.isEmpty()) {
            why = "there is no command in it";
        } else if (RefusedCommands.hasProgram(command)
                && words.size() > 1
                && words.get(1).onlyLiteral() == null) {
            why = "a value must not become part of a program; give it as an argument (ARGV)";
        } else {
            why = RefusedCommands.why(command);
        }
        if (!why.isEmpty()) {
            refused(why);
        }
        return why.isEmpty();
    }

    private @Nullable List<Word> refused(String why) {
        problem.accept(why);
        return null;
    }
}
