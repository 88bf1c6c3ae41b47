package dev.mooring.store.dynamodb;

import dev.mooring.store.ItemWrite;
import dev.mooring.store.ItemWrite.Attribute;
import dev.mooring.store.ItemWrite.Change;
import dev.mooring.store.StoreOp;
import io.vertx.core.Future;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * Items that rules write to tables of their own choice. Types are those of the rule whatever the values are: a value
 * that does not fit has the whole operation refused, before anything of it is written.
 */
final class RuleItems {
    private static final Pattern NUMBER = Pattern.compile("[+-]?[0-9]{1,130}(\\.[0-9]{1,130})?([eE][+-]?[0-9]{1,3})?");
    /** Of DynamoDB: significant digits, and the largest exponent. */
    private static final int DIGITS_MAX = 38;

    private static final int EXPONENT_MAX = 125;
    private static final int EXPONENT_MIN = -130;

    private final DynamoDbLink link;

    /** What is wrong with a value; it never leaves this class. */
    private static final class Unfit extends Exception {
        private static final long serialVersionUID = 1L;

        final String why;

        Unfit(String why) {
            super(why, null, false, false);
            this.why = why;
        }
    }

    private record Ready(ItemWrite write, Map<String, AttributeValue> key, Map<String, AttributeValue> attributes) {}

    RuleItems(DynamoDbLink link) {
        this.link = link;
    }

    void write(StoreOp.Items op, Answer answer, Stages stages) {
        List<Ready> all = new ArrayList<>(op.writes().size());
        try {
            for (ItemWrite write : op.writes()) {
                all.add(new Ready(write, values(write, write.key()), values(write, write.attributes())));
            }
        } catch (Unfit unfit) {
            answer.refused(unfit.why);
            return;
        }
        String client = "items of client " + op.clientId();
        Stage stage =
                op.topic().isEmpty() ? stages.other(client) : stages.other(client, "items of topic " + op.topic());
        stage.run(answer, () -> {
            Future<?> done = Future.succeededFuture();
            for (Ready ready : all) {
                done = done.compose(x -> send(ready));
            }
            return done;
        });
    }

    private Future<?> send(Ready ready) {
        String table = link.config().tablePrefix() + ready.write.table();
        return switch (ready.write.action()) {
            case PUT ->
                link.call(
                        table, "PutItem", c -> c.putItem(b -> b.tableName(table).item(ready.attributes)));
            case DELETE ->
                link.call(
                        table,
                        "DeleteItem",
                        c -> c.deleteItem(b -> b.tableName(table).key(ready.key)));
            case UPDATE -> update(table, ready);
        };
    }

    private Future<?> update(String table, Ready ready) {
        Map<Change, List<String>> parts = new LinkedHashMap<>();
        Map<String, String> names = new HashMap<>();
        Map<String, AttributeValue> values = new HashMap<>();
        for (Attribute attribute : ready.write.attributes()) {
            int n = names.size();
            names.put("#" + n, attribute.name());
            AttributeValue value = ready.attributes.get(attribute.name());
            if (value != null) {
                values.put(":" + n, value);
            }
            String text = switch (attribute.change()) {
                case SET -> "#" + n + " = :" + n;
                case ADD -> "#" + n + " :" + n;
                case REMOVE -> "#" + n;
            };
            parts.computeIfAbsent(attribute.change(), c -> new ArrayList<>()).add(text);
        }
        List<String> clauses = new ArrayList<>();
        parts.forEach((change, texts) -> clauses.add(change.name() + " " + String.join(", ", texts)));
        return link.call(
                table,
                "UpdateItem",
                c -> c.updateItem(b -> {
                    b.tableName(table).key(ready.key).updateExpression(String.join(" ", clauses));
                    b.expressionAttributeNames(names);
                    if (!values.isEmpty()) {
                        b.expressionAttributeValues(values);
                    }
                }));
    }

    private static Map<String, AttributeValue> values(ItemWrite write, List<Attribute> attributes) throws Unfit {
        Map<String, AttributeValue> values = new HashMap<>();
        for (Attribute attribute : attributes) {
            if (attribute.change() != Change.REMOVE) {
                values.put(attribute.name(), value(write, attribute));
            }
        }
        return values;
    }

    private static AttributeValue value(ItemWrite write, Attribute of) throws Unfit {
        byte[] first = of.values().get(0);
        return switch (of.type()) {
            case S -> Item.text(text(write, of, first));
            case N -> AttributeValue.builder().n(number(write, of, first)).build();
            case B -> Item.bytes(first);
            case BOOL -> AttributeValue.builder().bool(truth(write, of, first)).build();
            case SS -> {
                List<String> texts = new ArrayList<>();
                for (byte[] value : of.values()) {
                    texts.add(text(write, of, value));
                }
                yield AttributeValue.builder().ss(distinct(texts)).build();
            }
            case NS -> {
                List<String> numbers = new ArrayList<>();
                for (byte[] value : of.values()) {
                    numbers.add(number(write, of, value));
                }
                yield AttributeValue.builder().ns(distinct(numbers)).build();
            }
        };
    }

    /** A set with an element twice is refused by DynamoDB, and two variables may have one value. */
    private static List<String> distinct(List<String> values) {
        return values.stream().distinct().toList();
    }

    private static String text(ItemWrite write, Attribute of, byte[] value) throws Unfit {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(value))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new Unfit(
                    place(write, of) + " is a text, and the value has bytes that are not UTF-8; type B takes any");
        }
    }

    private static String number(ItemWrite write, Attribute of, byte[] value) throws Unfit {
        String text = text(write, of, value).strip();
        if (NUMBER.matcher(text).matches()) {
            BigDecimal number = new BigDecimal(text).stripTrailingZeros();
            int exponent = number.precision() - number.scale() - 1;
            if (number.signum() == 0
                    || number.precision() <= DIGITS_MAX && exponent >= EXPONENT_MIN && exponent <= EXPONENT_MAX) {
                return text.startsWith("+") ? text.substring(1) : text;
            }
        }
        String shown = text.length() <= 40 ? text : text.substring(0, 37) + "...";
        throw new Unfit(place(write, of) + " is a number, and \"" + shown + "\" is none that DynamoDB takes");
    }

    private static boolean truth(ItemWrite write, Attribute of, byte[] value) throws Unfit {
        String text = text(write, of, value);
        if (text.equals("true") || text.equals("false")) {
            return text.equals("true");
        }
        throw new Unfit(place(write, of) + " is true or false, and the value is neither");
    }

    private static String place(ItemWrite write, Attribute of) {
        return "attribute " + of.name() + " of table " + write.table();
    }
}
