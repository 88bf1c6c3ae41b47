package dev.mooring.rule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.IdFormat;
import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.PublishProperties;
import dev.mooring.message.Subscription;
import dev.mooring.message.TimestampUnit;
import dev.mooring.message.TopicFilter;
import dev.mooring.message.TopicName;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.NotEmpty;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandTemplateTest {
    private static final MessageId ID = MessageId.parse("2VFt0kuNrOktefX6m4nP");
    private static final Message MESSAGE =
            message("t/1", new byte[] {0, ' ', '"', (byte) 0xFF, '\r', '\n', '$', '{', '}'});

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            PING                                | PING
            ` SET  a\tb `                       | SET,a,b
            SET k "a b"                         | SET,k,a b
            SET k 'a "b" \\'                    | SET,k,a "b" \\
            SET k "a \\"b\\" \\\\ 'c'"          | SET,k,a "b" \\ 'c'
            SET k ""                            | SET,k,
            SET k a"b c"d                       | SET,k,ab cd
            SET k $x{y}                         | SET,k,$x{y}
            DEL mqtt:acked:${clientid}:${topic} | DEL,mqtt:acked:c 1:t/1
            SET "${topic} ${qos}" '${retain}'   | SET,t/1 2,true
            HSET x ${clientid}${username}       | HSET,x,c 1ann
            SET {${clientid}} ${msgid}          | SET,{c 1},2VFt0kuNrOktefX6m4nP
            ZADD z ${ts} ${ts}                  | ZADD,z,1542338754,1542338754
            """)
    void wordsAreSplitOnceAndHoldValues(String text, String words) {
        assertThat(texts(template(text, Hook.MESSAGE_ACKED), new HookEvent.Acked("c 1", "ann", MESSAGE, 2)))
                .isEqualTo(Arrays.asList(words.split(",", -1)));
    }

    @Test
    void aPayloadIsTakenAsItIs() {
        byte[][] words = template("SET k ${payload}", Hook.MESSAGE_PUBLISH).of(new HookEvent.Published(MESSAGE, null));

        assertThat(words[2]).isSameAs(MESSAGE.payload());
    }

    @Test
    void aMessageIsSevenNamesAndValues() {
        CommandTemplate template = template("HSET mqtt:msg:${msgid} ${message} x ${qos}", Hook.MESSAGE_DELIVERED);
        Message message = message("t", "on".getBytes(StandardCharsets.UTF_8));

        assertThat(String.join(" ", texts(template, new HookEvent.Delivered("c", null, message, 0))))
                .isEqualTo("HSET mqtt:msg:2VFt0kuNrOktefX6m4nP id 2VFt0kuNrOktefX6m4nP from pub qos 1 topic t "
                        + "payload on ts 1542338754 retain true x 0");
    }

    @Test
    void idsAndTimesAreWrittenAsTheNodeWritesThem() {
        CommandTemplate template = CommandTemplate.parse(
                "X ${msgid} ${ts}", Hook.MESSAGE_PUBLISH, IdFormat.EMQX4, TimestampUnit.MS, problem -> {});

        assertThat(texts(template, new HookEvent.Published(MESSAGE, null)))
                .containsExactly("X", IdFormat.EMQX4.text(ID), "1542338754123");
    }

    @Test
    void clientsAndSubscriptionsHaveWhatTheyHave() {
        String client = "X ${clientid} ${username} ${ts}";
        assertThat(texts(template(client, Hook.CLIENT_CONNECTED), new HookEvent.Connected("n", "c", "u", 7)))
                .containsExactly("X", "c", "u", "7");
        assertThat(texts(template(client, Hook.CLIENT_DISCONNECTED), new HookEvent.Disconnected("n", "c", null, 7, 9)))
                .containsExactly("X", "c", "", "9");
        assertThat(texts(template(client, Hook.SESSION_CREATED), new HookEvent.SessionCreated("c", "u", 7_999)))
                .containsExactly("X", "c", "u", "7");
        assertThat(texts(
                        template(client + " ${topic} ${qos}", Hook.SESSION_SUBSCRIBED),
                        new HookEvent.Subscribed("c", "u", Subscription.of("a/#", 1), false, 7_999)))
                .containsExactly("X", "c", "u", "7", "a/#", "1");
        assertThat(texts(
                        template(client + " ${topic}", Hook.SESSION_UNSUBSCRIBED),
                        new HookEvent.Unsubscribed("c", "u", TopicFilter.of("$share/g/a"), 7_999)))
                .containsExactly("X", "c", "u", "7", "$share/g/a");
        assertThat(texts(template("X ${clientid}", Hook.MESSAGE_PUBLISH), new HookEvent.Published(MESSAGE, "u")))
                .containsExactly("X", "pub");
    }

    @Property
    void noValueAddsOrSplitsOrChangesAWord(
            @ForAll @NotEmpty String client, @ForAll String user, @ForAll byte[] payload, @ForAll String topic) {
        Message message = message(TopicName.isValid(topic) ? topic : "t", payload);
        String name = message.topic().text();
        CommandTemplate template =
                template("A ${clientid} b:${username}:${topic} \"${payload} ${clientid}\"", Hook.MESSAGE_ACKED);

        byte[][] words = template.of(new HookEvent.Acked(client, user, message, 1));

        assertThat(words).isDeepEqualTo(new byte[][] {
            utf8("A"), utf8(client), utf8("b:" + user + ":" + name), join(payload, utf8(" " + client))
        });
    }

    @Property
    void noTextMakesTheParserThrow(@ForAll String text, @ForAll Hook hook) {
        List<String> problems = new ArrayList<>();
        CommandTemplate template = CommandTemplate.parse(text, hook, IdFormat.BASE62, TimestampUnit.S, problems::add);

        assertThat(problems).hasSize(template == null ? 1 : 0);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            `  `                    | there is no command in it
            ""                      | there is no command in it
            SET k "a                | a quote " is not closed
            SET k it's              | a quote ' is not closed
            SET k ${topic           | a "${" has no "}"
            SET k ${}               | there is no variable ${} (on session.unsubscribed: ${clientid}
            SET k ${from}           | there is no variable ${from}
            SET k ${Topic}          | there is no variable ${Topic}
            SET k ${payload}        | there is nothing to put in place of ${payload} (on session.unsubscribed
            SET k ${qos}            | (on session.unsubscribed: ${clientid}, ${username}, ${ts}, ${topic})
            ${topic} a              | the command itself can't be a variable
            SET${topic} a           | the command itself can't be a variable
            EVAL "x ${topic}" 0     | a value must not become part of a program
            blpop k 0               | BLPOP is not possible: it holds up the connection
            "SUBSCRIBE" c           | SUBSCRIBE is not possible: it changes the connection, which it shares; commands
            FlushAll                | FLUSHALL is not possible: it is about the whole server; commands that work on keys
            pipeline                | leave pipeline out
            """)
    void whatCannotRunIsRefusedWithWhatCan(String text, String message) {
        assertThat(problem(text, Hook.SESSION_UNSUBSCRIBED)).contains(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"HSET k${message} a", "HSET k \"${message} \"", "HSET k ${message}${message}"})
    void aMessageStandsAlone(String text) {
        assertThat(problem(text, Hook.MESSAGE_PUBLISH)).contains("${message} stands for 14 words");
    }

    @ParameterizedTest
    @EnumSource
    void everyHookKnowsTheClient(Hook hook) {
        assertThat(template("X ${clientid} ${username} ${ts}", hook)).isNotNull();
        String problem = problem("X ${message}", hook);
        assertThat(problem.isEmpty()).isEqualTo(hook.text().startsWith("message."));
    }

    @Test
    void templatesOfTheSameTextAreEqual() {
        assertThat(template("PING", Hook.CLIENT_CONNECTED))
                .isEqualTo(template("PING", Hook.CLIENT_CONNECTED))
                .hasSameHashCodeAs(template("PING", Hook.CLIENT_CONNECTED))
                .hasToString("PING")
                .isNotEqualTo(template("PONG", Hook.CLIENT_CONNECTED));
    }

    private static CommandTemplate template(String text, Hook hook) {
        List<String> problems = new ArrayList<>();
        CommandTemplate template = CommandTemplate.parse(text, hook, IdFormat.BASE62, TimestampUnit.S, problems::add);
        assertThat(problems).isEmpty();
        return template;
    }

    private static String problem(String text, Hook hook) {
        List<String> problems = new ArrayList<>();
        CommandTemplate.parse(text, hook, IdFormat.BASE62, TimestampUnit.S, problems::add);
        return String.join("\n", problems);
    }

    private static List<String> texts(CommandTemplate template, HookEvent event) {
        return Arrays.stream(template.of(event))
                .map(word -> new String(word, StandardCharsets.UTF_8))
                .toList();
    }

    private static Message message(String topic, byte[] payload) {
        return new Message(
                ID,
                "pub",
                TopicName.of(topic),
                1,
                true,
                payload,
                PublishProperties.EMPTY,
                1_542_338_754_123L,
                Message.NEVER);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] join(byte[] a, byte[] b) {
        byte[] all = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, all, a.length, b.length);
        return all;
    }
}
