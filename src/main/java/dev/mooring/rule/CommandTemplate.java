package dev.mooring.rule;

import dev.mooring.message.IdFormat;
import dev.mooring.message.Message;
import dev.mooring.message.TimestampUnit;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A Redis command with variables, as {@code HSET seen:${topic} ${clientid} ${ts}}. Split into words once, when the
 * configuration is read; values are put into words afterwards, so that no value adds, splits or ends one.
 *
 * <p>Immutable. Two templates of the same text are equal: rules that say the same act once.
 */
public final class CommandTemplate {
    private static final byte[] EMPTY = {};

    private final String text;
    private final IdFormat ids;
    private final TimestampUnit times;
    private final List<Word> words;

    /** One argument; never without parts. */
    record Word(List<Part> parts) {}

    /** What stands in a word as it is, or for a value. */
    sealed interface Part {
        record Literal(byte[] utf8) implements Part {}

        record Value(Variable variable) implements Part {}
    }

    private CommandTemplate(String text, IdFormat ids, TimestampUnit times, List<Word> words) {
        this.text = text;
        this.ids = ids;
        this.times = times;
        this.words = words;
    }

    /**
     * Null when it is none that can stand on this hook.
     *
     * @param ids how {@code ${msgid}} is written
     * @param times how {@code ${ts}} is written
     * @param problem told why not
     */
    public static @Nullable CommandTemplate parse(
            String text, Hook hook, IdFormat ids, TimestampUnit times, Consumer<String> problem) {
        List<Word> words = new CommandParser(text, hook, problem).parse();
        return words == null ? null : new CommandTemplate(text, ids, times, words);
    }

    /** What stands before the first space. */
    String name() {
        return text.strip().split("\\s", 2)[0];
    }

    /** The command's words. Arrays may be shared and are not to be changed. */
    byte[][] of(HookEvent event) {
        byte[][] out = new byte[words.size()][];
        for (int i = 0; i < out.length; i++) {
            out[i] = value(words.get(i), event);
        }
        return out;
    }

    private byte[] value(Word word, HookEvent event) {
        if (word.parts.size() == 1) {
            return value(word.parts.get(0), event);
        }
        byte[][] values = new byte[word.parts.size()][];
        int length = 0;
        for (int i = 0; i < values.length; i++) {
            values[i] = value(word.parts.get(i), event);
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

    private byte[] value(Part part, HookEvent event) {
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
            case MESSAGE -> throw new IllegalStateException("the parser has put its fields in its place");
        };
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof CommandTemplate o && o.text.equals(text) && o.ids == ids && o.times == times;
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }
}
