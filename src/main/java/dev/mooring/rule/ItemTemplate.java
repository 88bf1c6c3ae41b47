package dev.mooring.rule;

import dev.mooring.message.IdFormat;
import dev.mooring.message.TimestampUnit;
import dev.mooring.store.ItemWrite;
import dev.mooring.store.ItemWrite.Attribute;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An item with variables in the values of its attributes, for a table of DynamoDB. Names, types and number of
 * attributes are those of the template, whatever the values are.
 *
 * <p>Immutable. Two templates of the same text are equal: rules that say the same act once.
 */
public final class ItemTemplate {
    private final String text;
    private final ItemWrite.Action action;
    private final String table;
    private final List<Value> key;
    private final List<Value> attributes;

    /** An attribute; see {@link #value}. */
    public static final class Value {
        private final String name;
        private final ItemWrite.Change change;
        private final ItemWrite.Type type;
        private final List<Word> words;

        private Value(String name, ItemWrite.Change change, ItemWrite.Type type, List<Word> words) {
            this.name = name;
            this.change = change;
            this.type = type;
            this.words = List.copyOf(words);
        }

        public String name() {
            return name;
        }

        public ItemWrite.Change change() {
            return change;
        }

        public ItemWrite.Type type() {
            return type;
        }

        /** Those texts that have no variables. */
        public List<String> literals() {
            List<String> literals = new ArrayList<>();
            for (Word word : words) {
                String literal = word.onlyLiteral();
                if (literal != null) {
                    literals.add(literal);
                }
            }
            return literals;
        }

        private Attribute of(HookEvent event, IdFormat ids, TimestampUnit times) {
            List<byte[]> values = new ArrayList<>(words.size());
            for (int i = 0; i < words.size(); i++) {
                values.add(words.get(i).of(event, ids, times));
            }
            return new Attribute(name, change, type, values);
        }
    }

    /** @param text how it stands in the configuration */
    public ItemTemplate(String text, ItemWrite.Action action, String table, List<Value> key, List<Value> attributes) {
        this.text = text;
        this.action = action;
        this.table = table;
        this.key = List.copyOf(key);
        this.attributes = List.copyOf(attributes);
    }

    /**
     * An attribute with values from texts, of which only a set has several, and REMOVE none. Null when a variable in
     * one of them cannot stand on this hook.
     *
     * @param problem told why not
     */
    public static @Nullable Value value(
            String name,
            ItemWrite.Change change,
            ItemWrite.Type type,
            List<String> texts,
            Hook hook,
            Consumer<String> problem) {
        List<Word> words = new ArrayList<>();
        for (String text : texts) {
            Word word = Word.parse(text, hook, problem);
            if (word == null) {
                return null;
            }
            if (word.parts().contains(new Word.Part.Value(Variable.MESSAGE))) {
                problem.accept("${message} is for commands; an item has an attribute for each of its parts");
                return null;
            }
            words.add(word);
        }
        return new Value(name, change, type, words);
    }

    ItemWrite of(HookEvent event, IdFormat ids, TimestampUnit times) {
        return new ItemWrite(action, table, values(key, event, ids, times), values(attributes, event, ids, times));
    }

    private static List<Attribute> values(List<Value> values, HookEvent event, IdFormat ids, TimestampUnit times) {
        List<Attribute> made = new ArrayList<>(values.size());
        for (int i = 0; i < values.size(); i++) {
            made.add(values.get(i).of(event, ids, times));
        }
        return made;
    }

    /** Without the pool's prefix. */
    public String table() {
        return table;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ItemTemplate o && o.text.equals(text);
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
