package dev.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.dynamodb.NeedsNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Publishers and subscribers at full speed, while the broker is killed again and again; then the books are compared.
 */
class Kill9LedgerIT {
    private static final int ROUNDS = 3;
    private static final int ACKS_MIN = 200;
    private static final int ACKS_SPREAD = 2_000;
    /** Small, so that the slow subscriber's queue is read from the store page by page. */
    private static final String CONFIGURATION = "\"limits\": {\"memory_queue\": {\"count_max\": 50}}";

    @TempDir
    private Path folder;

    private final RunningClients clients = new RunningClients();

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "DYNAMODB")
    @DisplayName("kill -9 loses nothing acknowledged, repeats no QoS 2, and keeps every publisher's order")
    void ledger(Backend backend) throws Exception {
        killAgainAndAgain(backend);
    }

    @NeedsNode
    @Test
    @DisplayName("kill -9, with the state in DynamoDB, loses and repeats as little")
    void ledgerOnDynamoDb() throws Exception {
        killAgainAndAgain(Backend.DYNAMODB);
    }

    private void killAgainAndAgain(Backend backend) throws Exception {
        long seed = Long.getLong("mooring.seed", System.nanoTime());
        System.out.println("Kill9LedgerIT: repeat with -Dmooring.seed=" + seed);
        Random random = new Random(seed);
        try (MooringProcess broker = backend.in(folder, CONFIGURATION).start()) {
            Ledger ledger = new Ledger(broker.port());
            List<Ledger.Subscriber> durable = List.of(
                    ledger.new Subscriber("fast", () -> Connect.v5("fast"), true),
                    ledger.new Subscriber("slow", () -> Connect.v5("slow").receiveMaximum(3), true),
                    ledger.new Subscriber("old", () -> Connect.v311("old"), true));
            durable.forEach(clients::run);
            clients.run(ledger.new Subscriber("clean", () -> Connect.clean("clean"), false));
            clients.waitFor(() -> durable.stream().allMatch(Ledger.Subscriber::isSubscribed));
            List<Ledger.Publisher> publishers = ledger.publishers(clients);
            Ledger.Publisher retained = ledger.new Publisher("state", 1, true);
            clients.run(retained);

            for (int round = 0; round < ROUNDS; round++) {
                int killAt = ledger.acknowledged.get() + ACKS_MIN + random.nextInt(ACKS_SPREAD);
                clients.waitFor(() -> ledger.acknowledged.get() >= killAt);
                ledger.goesDown();
                broker.kill9();
                broker.start();
                assertThat(retained(broker)).isBetween(retained.lastAcked(), retained.lastSent());
                ledger.isUp();
            }

            ledger.publishing = false;
            clients.waitFor(() -> durable.stream()
                    .allMatch(s -> publishers.stream()
                            .allMatch(p -> s.received(p.topic).size() > p.lastSent())));
            ledger.receiving = false;
            clients.join();
            assertThat(ledger.acknowledged.get()).as("seed " + seed).isGreaterThan(ROUNDS * ACKS_MIN);
            durable.forEach(s -> publishers.forEach(p -> compare(p, s, seed)));
            assertThat(retained(broker)).isEqualTo(retained.lastAcked()).isEqualTo(retained.lastSent());
            System.out.println("Kill9LedgerIT: " + ledger.acknowledged + " acknowledged, " + ROUNDS + " kills");
        } finally {
            clients.close();
        }
    }

    static void compare(Ledger.Publisher publisher, Ledger.Subscriber subscriber, long seed) {
        String name = publisher.topic + " to " + subscriber.name + ", seed " + seed;
        List<Integer> arrivals = subscriber.arrivals.get(publisher.topic);
        Set<Integer> lost = new HashSet<>(publisher.acked);
        lost.removeAll(arrivals);
        assertThat(lost).as("acknowledged but not received: " + name).isEmpty();
        List<Integer> first = new ArrayList<>();
        Set<Integer> seen = new HashSet<>();
        List<Integer> repeated = new ArrayList<>();
        for (Integer number : arrivals) {
            (seen.add(number) ? first : repeated).add(number);
        }
        List<String> inversions = new ArrayList<>();
        for (int i = 1; i < first.size(); i++) {
            if (first.get(i) < first.get(i - 1)) {
                inversions.add(first.get(i) + " after " + first.get(i - 1));
            }
        }
        assertThat(inversions).as("order of first deliveries: " + name).isEmpty();
        if (publisher.qos == 2) {
            assertThat(repeated).as("received twice: " + name).isEmpty();
        }
    }

    private static int retained(MooringProcess broker) {
        PacketClient reader = PacketClient.online(broker.port(), Connect.clean("reader"));
        reader.subscribe("state", 0);
        int value = Integer.parseInt(reader.expect(io.netty.handler.codec.mqtt.MqttMessageType.PUBLISH)
                .payload());
        reader.disconnect();
        return value;
    }
}
