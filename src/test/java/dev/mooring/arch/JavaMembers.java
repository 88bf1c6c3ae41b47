package dev.mooring.arch;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Finds the methods, constructors and initializers of a Java file by counting braces. It knows strings, text blocks,
 * characters and comments, and nothing else of the grammar: a block directly inside a type that is not a type itself is
 * a member, and what is inside a member belongs to it.
 */
final class JavaMembers {
    record Member(int firstLine, int lines, String header) {}

    private record Block(boolean type, boolean member, int firstLine, String header) {}

    private static final Pattern TYPE = Pattern.compile("\\b(class|interface|enum|record)\\s+\\w+");

    private JavaMembers() {}

    static List<Member> of(String source) {
        String code = withoutTextAndComments(source);
        List<Member> members = new ArrayList<>();
        Deque<Block> open = new ArrayDeque<>();
        StringBuilder header = new StringBuilder();
        int line = 1;
        int headerLine = 1;
        for (int i = 0; i < code.length(); i++) {
            char c = code.charAt(i);
            if (c == '{') {
                boolean inType = open.isEmpty() || open.peek().type();
                boolean type = inType && TYPE.matcher(header).find();
                boolean member = !open.isEmpty() && inType && !type;
                open.push(new Block(type, member, headerLine, header.toString().strip()));
                header.setLength(0);
            } else if (c == '}') {
                Block block = open.isEmpty() ? null : open.pop();
                if (block != null && block.member()) {
                    members.add(new Member(block.firstLine(), line - block.firstLine() + 1, block.header()));
                }
                header.setLength(0);
            } else if (c == ';') {
                header.setLength(0);
            } else if (!Character.isWhitespace(c) || header.length() > 0) {
                if (header.length() == 0) {
                    headerLine = line;
                }
                header.append(c == '\n' ? ' ' : c);
            }
            if (c == '\n') {
                line++;
            }
        }
        return members;
    }

    /** The same text with literals and comments taken out; line breaks stay, so line numbers hold. */
    private static String withoutTextAndComments(String source) {
        StringBuilder code = new StringBuilder(source.length());
        int i = 0;
        while (i < source.length()) {
            int end;
            if (source.startsWith("//", i)) {
                end = indexOrEnd(source, "\n", i, 0);
            } else if (source.startsWith("/*", i)) {
                end = indexOrEnd(source, "*/", i + 2, 2);
            } else if (source.startsWith("\"\"\"", i)) {
                end = closingQuote(source, i + 3, "\"\"\"");
            } else if (source.charAt(i) == '"' || source.charAt(i) == '\'') {
                end = closingQuote(source, i + 1, source.substring(i, i + 1));
            } else {
                code.append(source.charAt(i++));
                continue;
            }
            source.substring(i, end).chars().filter(c -> c == '\n').forEach(c -> code.append('\n'));
            i = end;
        }
        return code.toString();
    }

    private static int closingQuote(String source, int from, String quote) {
        for (int i = from; i < source.length(); i++) {
            if (source.charAt(i) == '\\') {
                i++;
            } else if (source.startsWith(quote, i)) {
                return i + quote.length();
            }
        }
        return source.length();
    }

    private static int indexOrEnd(String source, String what, int from, int more) {
        int at = source.indexOf(what, from);
        return at < 0 ? source.length() : at + more;
    }
}
