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
import dev.mooring.store.StoreOp;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class OperationsTest {
    private static final MessageId ID = new MessageId(1, 2);
    private static final long T0 = 1_000_000;

    /** Which functions do something for a PUBLISH: emqx-backends §1.3. */
    @ParameterizedTest(name = "{0} qos {1} retain {2} empty {3}: {4}")
    @CsvSource({
        "MESSAGE_PUBLISH, 0, false, false, false",
        "MESSAGE_PUBLISH, 1, false, false, true",
        "MESSAGE_PUBLISH, 2, true, false, true",
        "MESSAGE_PUBLISH, 1, false, true, true",
        "MESSAGE_PUBLISH, 1, true, true, false",
        "MESSAGE_PUBLISH, 0, true, false, false",
        "MESSAGE_STORE, 0, false, false, true",
        "MESSAGE_STORE, 2, true, false, true",
        "MESSAGE_STORE, 1, true, true, false",
        "MESSAGE_STORE_KEEP_LATEST, 0, false, false, true",
        "MESSAGE_STORE_KEEP_LATEST, 1, true, true, false",
        "MESSAGE_RETAIN, 0, true, false, true",
        "MESSAGE_RETAIN, 1, true, false, true",
        "MESSAGE_RETAIN, 1, false, false, false",
        "MESSAGE_RETAIN, 1, true, true, false",
        "RETAIN_DELETE, 0, true, true, true",
        "RETAIN_DELETE, 1, true, false, false",
        "RETAIN_DELETE, 1, false, true, false"
    })
    void aPublishIsWrittenUnderTheConditionsOfItsFunction(
            Function function, int qos, boolean retain, boolean empty, boolean acts) {
        StoreOp op =
                Operations.of(step(function), new HookEvent.Published(message(qos, retain, empty, Message.NEVER), "u"));

        assertThat(op != null).isEqualTo(acts);
        if (op != null) {
            assertThat(op.kind().name()).isEqualTo(function.name());
        }
    }

    @Test
    void storeBesidePublishIsLeftWithQos0() {
        Step store = new Step(Function.MESSAGE_STORE, "p", 60, OnError.ACCEPT, true);

        assertThat(Operations.of(store, new HookEvent.Published(message(1, false, false, Message.NEVER), "u")))
                .isNull();
        assertThat(Operations.of(store, new HookEvent.Published(message(0, false, false, Message.NEVER), "u")))
                .isNotNull();
    }

    @Test
    void theEarlierExpiryCounts() {
        assertThat(expiry(60, Message.NEVER)).isEqualTo(T0 + 60_000);
        assertThat(expiry(60, T0 + 5_000)).isEqualTo(T0 + 5_000);
        assertThat(expiry(60, T0 + 500_000)).isEqualTo(T0 + 60_000);
        assertThat(expiry(Long.MAX_VALUE, Message.NEVER)).isEqualTo(Message.NEVER);
        assertThat(expiry(Long.MAX_VALUE / 1000, Message.NEVER)).isEqualTo(Message.NEVER);
    }

    @ParameterizedTest(name = "{0} qos {1} new {2}: {3}")
    @CsvSource({
        "FETCH_FOR_QUEUE, 0, true, false",
        "FETCH_FOR_QUEUE, 1, true, true",
        "FETCH_FOR_QUEUE, 2, false, false",
        "FETCH_FOR_PUBSUB, 0, true, false",
        "FETCH_FOR_PUBSUB, 2, true, true",
        "FETCH_FOR_PUBSUB, 1, false, false",
        "FETCH_FOR_KEEP_LATEST, 0, true, false",
        "FETCH_FOR_KEEP_LATEST, 1, true, true",
        "FETCH_FOR_KEEP_LATEST, 1, false, false",
        "RETAIN_LOOKUP, 0, true, true",
        "RETAIN_LOOKUP, 1, false, true"
    })
    void onlyANewSubscriptionWithQosFetches(Function function, int qos, boolean isNew, boolean acts) {
        StoreOp op = Operations.of(
                step(function), new HookEvent.Subscribed("c", "u", Subscription.of("a/#", qos), isNew, 7_000));
        StoreOp shared = Operations.of(
                step(function), new HookEvent.Subscribed("c", "u", Subscription.of("$share/g/a", qos), isNew, 7_000));

        assertThat(op != null).isEqualTo(acts);
        assertThat(shared).isNull();
    }

    @Test
    void fetchesBeginWithTheFirstPage() {
        var event = new HookEvent.Subscribed("c", "u", Subscription.of("a", 1), true, 7_000);

        assertThat(Operations.of(step(Function.FETCH_FOR_QUEUE), event))
                .isEqualTo(new StoreOp.FetchForQueue("c", TopicFilter.of("a"), MessageId.ZERO, 100));
        assertThat(Operations.of(step(Function.FETCH_FOR_PUBSUB), event))
                .isEqualTo(new StoreOp.FetchForPubsub("c", TopicFilter.of("a"), MessageId.ZERO, MessageId.MAX, 100));
    }

    @Test
    void anAcknowledgementNeedsAQos() {
        assertThat(Operations.of(
                        step(Function.ACKED_FOR_QUEUE),
                        new HookEvent.Acked("c", null, message(1, false, false, Message.NEVER), 1)))
                .isEqualTo(new StoreOp.AckedForQueue("c", "a", ID));
        assertThat(Operations.of(
                        step(Function.ACKED_FOR_PUBSUB),
                        new HookEvent.Acked("c", null, message(1, false, false, Message.NEVER), 2)))
                .isEqualTo(new StoreOp.AckedForPubsub("c", "a", ID));
        assertThat(Operations.of(
                        step(Function.ACKED_FOR_KEEP_LATEST),
                        new HookEvent.Acked("c", null, message(1, false, false, Message.NEVER), 1)))
                .isEqualTo(new StoreOp.AckedForKeepLatest("c", "a", ID));
        assertThat(Operations.of(
                        step(Function.ACKED_FOR_QUEUE),
                        new HookEvent.Acked("c", null, message(1, false, false, Message.NEVER), 0)))
                .isNull();
    }

    @Test
    void clientsComeAndGo() {
        assertThat(Operations.of(step(Function.CLIENT_CONNECTED), new HookEvent.Connected("n", "c", "u", 7)))
                .isEqualTo(new StoreOp.ClientConnected("n", "c", 7));
        assertThat(Operations.of(step(Function.SUBSCRIBE_LOOKUP), new HookEvent.Connected("n", "c", null, 7)))
                .isEqualTo(new StoreOp.SubscribeLookup("c"));
        assertThat(Operations.of(step(Function.SUBSCRIBE_LOOKUP), new HookEvent.SessionCreated("c", null, 7_000)))
                .isEqualTo(new StoreOp.SubscribeLookup("c"));
        assertThat(Operations.of(step(Function.CLIENT_DISCONNECTED), new HookEvent.Disconnected("n", "c", null, 7, 9)))
                .isEqualTo(new StoreOp.ClientDisconnected("n", "c", 7, 9));
        assertThat(Operations.of(
                        step(Function.ACKED_DELETE),
                        new HookEvent.Unsubscribed("c", "u", TopicFilter.of("a/#"), 7_000)))
                .isEqualTo(new StoreOp.AckedDelete("c", TopicFilter.of("a/#")));
        assertThat(Operations.of(
                        step(Function.ACKED_DELETE),
                        new HookEvent.Unsubscribed("c", "u", TopicFilter.of("$share/g/a"), 7_000)))
                .isNull();
    }

    @ParameterizedTest
    @EnumSource
    void aDeliveryIsForCommandsOnly(Function function) {
        HookEvent delivered = new HookEvent.Delivered("c", null, message(1, false, false, Message.NEVER), 1);

        assertThat(Operations.of(step(function), delivered)).isNull();
    }

    @Test
    void commandsRunOnEveryEventOfTheirHook() {
        Commands commands = new Commands(List.of(template("SET a ${qos}"), template("DEL ${topic}")));
        Step step = new Step(commands, "p", 60, OnError.REJECT, false);

        for (int qos = 0; qos <= 2; qos++) {
            StoreOp op = Operations.of(step, new HookEvent.Published(message(qos, true, true, Message.NEVER), null));
            List<byte[][]> words = ((StoreOp.Commands) op).commands();
            assertThat(words).hasSize(2);
            assertThat(words.get(0)[2]).asString().isEqualTo("" + qos);
            assertThat(words.get(1)[1]).asString().isEqualTo("a");
            assertThat(op.sizeBytes()).isEqualTo(64 + 3 + 1 + 1 + 3 + 1);
        }
    }

    private static CommandTemplate template(String text) {
        return CommandTemplate.parse(text, Hook.MESSAGE_PUBLISH, IdFormat.BASE62, TimestampUnit.S, problem -> {});
    }

    private static long expiry(long expiredTimeS, long expiresAtMs) {
        Step step = new Step(Function.MESSAGE_PUBLISH, "p", expiredTimeS, OnError.REJECT, false);
        var published = new HookEvent.Published(message(1, false, false, expiresAtMs), "u");
        return ((StoreOp.MessagePublish) Operations.of(step, published)).expiresAtMs();
    }

    private static Step step(Function function) {
        return new Step(function, "p", 60, OnError.ACCEPT, false);
    }

    private static Message message(int qos, boolean retain, boolean empty, long expiresAtMs) {
        byte[] payload = empty ? new byte[0] : new byte[] {1};
        return new Message(ID, "c", TopicName.of("a"), qos, retain, payload, PublishProperties.EMPTY, T0, expiresAtMs);
    }
}
