package dev.mooring.rule;

import dev.mooring.message.IdFormat;
import dev.mooring.message.Message;
import dev.mooring.message.TimestampUnit;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A text with variables, split once when the configuration is read. Never without parts. Immutable. */
record Word(List<Part> parts) {
    private static final byte[] EMPTY = {};

    /** What stands in a word as it is, or for a value. */
    sealed interface Part {
        record Literal(byte[] utf8) implements Part {}

        record Value(Variable variable) implements Part {}
    }

    Word {
        parts = List.copyOf(parts);
    }

    /**
     * All of {@code text} as one word; null when a variable in it can't stand on this hook.
     *
     * @param problem told why not
     */
    static @Nullable Word parse(String text, Hook hook, Consumer<String> problem) {
        List<Part> parts = new ArrayList<>();
        int at = 0;
        while (at < text.length()) {
            int start = text.indexOf("${", at);
            if (start != at) {
                parts.add(literal(text.substring(at, start < 0 ? text.length() : start)));
            }
            if (start < 0) {
                break;
            }
            Variable variable = variable(text, start, hook, problem);
            if (variable == null) {
                return null;
            }
            parts.add(new Part.Value(variable));
            at = text.indexOf('}', start) + 1;
        }
        return new Word(parts.isEmpty() ? List.of(literal("")) : parts);
    }

    /** The variable that begins at {@code start}; null when there is none for this hook. */
    static @Nullable Variable variable(String text, int start, Hook hook, Consumer<String> problem) {
        int end = text.indexOf('}', start);
        if (end < 0) {
            problem.accept("a \"${\" has no \"}\"");
            return null;
        }
        String name = text.substring(start + 2, end);
        Variable variable = Variable.parse(name);
        if (variable == null || !variable.isOn(hook)) {
            String what = variable == null ? "there is no variable ${" : "there is nothing to put in place of ${";
            problem.accept(what + name + "}" + Variable.listed(hook));
            return null;
        }
        return variable;
    }

    static Part literal(String text) {
        return new Part.Literal(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The text itself; null when there is a variable in it. */
    @Nullable
    String onlyLiteral() {
        return parts.size() == 1 && parts.get(0) instanceof Part.Literal literal
                ? new String(literal.utf8(), StandardCharsets.UTF_8)
                : null;
    }

    /** With the values of an event. The array may be shared and is not to be changed. */
    byte[] of(HookEvent event, IdFormat ids, TimestampUnit times) {
        if (parts.size() == 1) {
            return value(parts.get(0), event, ids, times);
        }
        byte[][] values = new byte[parts.size()][];
        int length = 0;
        for (int i = 0; i < values.length; i++) {
            values[i] = value(parts.get(i), event, ids, times);
            length += values[i].length;
        }
        byte[] all = new byte[length];
        int at = 0;
        for (byte[] value : values) {
            System.arraycopy(value, 0, all, at, value.length);
            at += value.length;
        }
        return all;
    }

    private static byte[] value(Part part, HookEvent event, IdFormat ids, TimestampUnit times) {
        if (part instanceof Part.Literal literal) {
            return literal.utf8;
        }
        Variable variable = ((Part.Value) part).variable;
        Message m = event.message();
        return switch (variable) {
            case CLIENTID -> utf8(event.clientId());
            case USERNAME -> event.username() == null ? EMPTY : utf8(event.username());
            case TS -> utf8(Long.toString(times.ofMs(event.atMs())));
            case TOPIC -> m == null ? utf8(event.topic()) : m.topic().utf8();
            case QOS -> utf8(Integer.toString(event.qos()));
            case MSGID -> m == null ? EMPTY : utf8(ids.text(m.storedId()));
            case PAYLOAD -> m == null ? EMPTY : m.payload();
            case RETAIN -> m == null ? EMPTY : utf8(Boolean.toString(m.retain()));
            case FROM -> m == null ? EMPTY : utf8(m.from());
            case PUBLISHED_QOS -> m == null ? EMPTY : utf8(Integer.toString(m.qos()));
            case MESSAGE ->
                throw new IllegalStateException("the parser has put its fields in its place, or refused it");
        };
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
