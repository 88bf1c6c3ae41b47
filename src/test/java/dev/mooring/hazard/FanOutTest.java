package dev.mooring.hazard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.TestBroker;
import dev.mooring.hazard.Bytes.Connect;
import dev.mooring.redis.RedisCli;
import dev.mooring.redis.RedisProcess;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard 12: one publisher, a thousand lasting sessions whose clients are away. */
class FanOutTest {
    private static final int SESSIONS = 1_000;
    private static final int MESSAGES = 40;
    private static final int UNDER_WAY = 10;
    private static final String BODY = "x".repeat(20_000);

    @Test
    @DisplayName("embedded: 800 MB for who is away: bounded memory, each message stored once, none lost, others served")
    void embedded() {
        try (TestBroker broker = TestBroker.start("{}")) {
            fanOut(broker, () -> Memory.bytesUnder(broker.folder()));
        }
    }

    @Test
    @DisplayName("Redis: likewise")
    void redis() {
        try (RedisProcess redis = RedisProcess.start();
                RedisCli cli = redis.cli();
                TestBroker broker = TestBroker.start("""
                        {"pools": {"state": {"backend": "redis", "server": "%s"}}, "session": {"pool": "state"}}
                        """.formatted(redis.server()))) {
            fanOut(broker, () -> Long.parseLong(cli.info("memory", "used_memory")));
        }
    }

    /** @param stored bytes that the store has */
    private static void fanOut(TestBroker broker, LongSupplier stored) {
        for (int i = 0; i < SESSIONS; i++) {
            Peer away = Peer.online(broker.port(), Connect.lasting(4, "away-" + i));
            away.subscribe(1, "fan/out");
            away.disconnect();
        }
        try (Witness witness = new Witness(broker);
                Peer publisher = Peer.online(broker.port(), 4, "publisher")) {
            long storedBefore = stored.getAsLong();
            Memory memory = new Memory();
            for (int i = 1; i <= MESSAGES; i++) {
                publisher.send(Bytes.publish(4, "fan/out", i + " " + BODY, 1, i));
                if (i % 4 == 0) {
                    witness.check();
                }
                if (i > UNDER_WAY) {
                    publisher.expect(Frame.PUBACK, i - UNDER_WAY);
                }
            }
            for (int i = MESSAGES - UNDER_WAY + 1; i <= MESSAGES; i++) {
                publisher.expect(Frame.PUBACK, i);
            }
            memory.assertGrownByLessThan(40 * Memory.MB);
            assertThat(stored.getAsLong() - storedBefore)
                    .as("bytes in the store for %d of messages", MESSAGES * BODY.length())
                    .isLessThan(100 * Memory.MB);
        }
        Map<String, Integer> queued = queued(broker);
        for (int i = 0; i < SESSIONS; i++) {
            assertThat(queued.get("away-" + i)).isEqualTo(MESSAGES);
        }
        broker.restart();
        for (int i = 0; i < SESSIONS; i += 97) {
            try (Peer back = Peer.online(broker.port(), Connect.lasting(4, "away-" + i))) {
                for (int n = 1; n <= MESSAGES; n++) {
                    Frame f = back.expect(Frame.PUBLISH);
                    assertThat(f.payload()).startsWith(n + " ");
                    back.send(Bytes.ack(Frame.PUBACK, f.packetId()));
                }
                back.ping();
            }
        }
    }

    private static Map<String, Integer> queued(TestBroker broker) {
        Map<String, Integer> queued = new HashMap<>();
        broker.broker().index().forEach(member -> {
            int count = member.subscriber().queuedCount.get();
            queued.put(member.subscriber().clientId(), count);
        });
        return queued;
    }
}
