package dev.mooring.dynamodb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.mooring.TestBroker;
import dev.mooring.dynamodb.AwsFaults.Fault;
import dev.mooring.redis.Flood;
import dev.mooring.redis.SlowProxy;
import dev.mooring.store.StoreMetrics;
import dev.mooring.store.dynamodb.Table;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * A DynamoDB that throttles, is silent, slow or cut off, under a flood of messages to be stored before their PUBACK.
 */
@NeedsNode
class DynamoDbDownTest {
    private final String prefix = Dynalite.newPrefix();

    private TestBroker broker(String server, int attemptTimeoutMs) {
        return TestBroker.start("""
                {"pools": {"pool1": {"backend": "dynamodb", "region": "us-west-2", "server": "%s",
                   "table_prefix": "%s", "aws_access_key_id": "a", "aws_secret_access_key": "b",
                   "attempt_timeout_ms": %d, "call_timeout_ms": %d}},
                 "session": {"pool": "local"},
                 "limits": {"store_deadline_ms": 3000},
                 "hooks": {"message.publish": [
                   {"topic": "#", "action": {"function": "on_message_publish"}, "pool": "pool1"}]}}
                """.formatted(server, prefix, attemptTimeoutMs, 2 * attemptTimeoutMs));
    }

    private static StoreMetrics figures(TestBroker broker) {
        return broker.broker().storeMetrics().get("pool1");
    }

    /** Payloads of all messages that have a row in their topic. */
    private Set<Integer> stored() throws Exception {
        Set<Integer> numbers = new HashSet<>();
        try (DynamoDbAsyncClient client = Dynalite.client()) {
            Map<String, String> bodies = new HashMap<>();
            client.scanPaginator(b -> b.tableName(Table.MSG.name(prefix)))
                    .items()
                    .subscribe(i -> bodies.put(text(i, "msgid"), text(i, "payload")))
                    .get(60, TimeUnit.SECONDS);
            client.scanPaginator(b -> b.tableName(Table.TOPIC_MSG.name(prefix)))
                    .items()
                    .subscribe(i -> numbers.add(Integer.valueOf(bodies.getOrDefault(text(i, "msgid"), "-1"))))
                    .get(60, TimeUnit.SECONDS);
        }
        return numbers;
    }

    private static String text(Map<String, AttributeValue> item, String name) {
        return item.get(name).s();
    }

    private static void awaitMore(Flood flood, int more) {
        int target = flood.stored().size() + more;
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(flood.stored().size()).isGreaterThan(target));
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"throttled", "silent", "expired"})
    @DisplayName("no PUBACK, no block, 0x80 after the deadline; then it goes on, and nothing acknowledged is missing")
    void down(String how) throws Exception {
        Fault fault = switch (how) {
            case "throttled" -> Fault.throttled();
            case "silent" -> Fault.SILENCE;
            default -> Fault.error(400, "ExpiredTokenException", "The security token included is expired");
        };
        try (AwsFaults aws = AwsFaults.start();
                TestBroker broker = broker(aws.server(), 2_000);
                Flood flood = Flood.start(broker.port(), "f");
                Flood other = new Flood(broker.port(), "o")) {
            awaitMore(flood, 100);
            aws.rule(call -> fault);
            await().atMost(Duration.ofSeconds(60)).until(() -> {
                assertThat(other.ping()).isTrue();
                assertThat(flood.ping()).isTrue();
                assertThat(figures(broker).queuedOps.get()).isLessThan(1_000);
                return flood.refused() > 0;
            });
            await().until(() -> figures(broker).state == StoreMetrics.State.DOWN);
            aws.none();
            awaitMore(flood, 200);
            await().until(() -> figures(broker).state == StoreMetrics.State.CONNECTED);
            Set<Integer> acknowledged = flood.stop();
            Flood.assertNoneMissing(stored(), acknowledged);
        }
    }

    @Test
    @DisplayName("connections that are cut in the middle of a call, in either direction, and a slow way: nobody hears")
    void cutAndSlow() throws Exception {
        try (SlowProxy proxy = SlowProxy.before(Dynalite.port());
                TestBroker broker = broker("http://" + proxy.server(), 10_000);
                Flood flood = Flood.start(broker.port(), "f");
                Flood other = new Flood(broker.port(), "o")) {
            for (int i = 0; i < 3; i++) {
                awaitMore(flood, 100);
                proxy.cutAfterToServer(5_001 + 777 * i);
                awaitMore(flood, 100);
                proxy.cutAfterToClient(101 + 77 * i);
            }
            proxy.delay(100, 100);
            awaitMore(flood, 100);
            assertThat(other.ping()).isTrue();
            assertThat(flood.refused()).isZero();
            Set<Integer> acknowledged = flood.stop();
            proxy.delay(0, 0);
            Flood.assertNoneMissing(stored(), acknowledged);
        }
    }
}
