package dev.mooring.rule;

import dev.mooring.message.IdFormat;
import dev.mooring.message.TimestampUnit;
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
    private final String text;
    private final IdFormat ids;
    private final TimestampUnit times;
    private final List<Word> words;

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
            out[i] = words.get(i).of(event, ids, times);
        }
        return out;
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
