package dev.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A broker is drained and stopped under load, as Kubernetes does it; then the books are compared. */
class DrainIT {
    /** About a second until the last of eight has gone: the others go on publishing meanwhile. */
    private static final String DRAIN = "\"drain\": {\"rate\": 8, \"timeout_s\": 20}";

    private static final int ACKNOWLEDGED_MIN = 300;

    @TempDir
    private Path folder;

    private final RunningClients clients = new RunningClients();

    @Test
    @DisplayName(
            "drain and SIGTERM, one after the other, at once, and alone, lose nothing acknowledged and repeat no QoS 2")
    void ledger() throws Exception {
        try (MooringProcess broker = MooringProcess.in(folder, DRAIN).start()) {
            Ledger ledger = new Ledger(broker.port());
            List<Ledger.Subscriber> subscribers = List.of(
                    ledger.new Subscriber("five", () -> Connect.v5("five"), true),
                    ledger.new Subscriber("old", () -> Connect.v311("old"), true));
            subscribers.forEach(clients::run);
            clients.waitFor(() -> subscribers.stream().allMatch(Ledger.Subscriber::isSubscribed));
            List<Ledger.Publisher> publishers = ledger.publishers(clients);
            for (Runnable stop : stops(broker)) {
                int enough = ledger.acknowledged.get() + ACKNOWLEDGED_MIN;
                clients.waitFor(() -> ledger.acknowledged.get() >= enough);
                ledger.goesDown();
                stop.run();
                assertThat(broker.output()).contains("draining: ", "stopped").doesNotContain("drain.timeout_s");
                broker.start();
                ledger.isUp();
            }
            ledger.publishing = false;
            clients.waitFor(() -> subscribers.stream()
                    .allMatch(s -> publishers.stream()
                            .allMatch(p -> s.received(p.topic).size() > p.lastSent())));
            ledger.receiving = false;
            clients.join();
            subscribers.forEach(s -> publishers.forEach(p -> Kill9LedgerIT.compare(p, s, 0)));
        } finally {
            clients.close();
        }
    }

    private List<Runnable> stops(MooringProcess broker) {
        return List.of(
                () -> { // preStop, and then SIGTERM
                    assertThat(drain(broker, "drain").output()).contains("drained");
                    broker.terminate();
                },
                () -> { // SIGTERM in the middle of it
                    drain(broker, "drain", "--no-wait");
                    broker.terminate();
                },
                broker::terminate);
    }

    private MooringProcess.Ended drain(MooringProcess broker, String... words) {
        List<String> all = new ArrayList<>(List.of(words));
        all.addAll(List.of("-conf", broker.configuration().toString()));
        MooringProcess.Ended ended = MooringProcess.run(folder, all.toArray(String[]::new));
        assertThat(ended.exitCode()).as(ended.output()).isZero();
        return ended;
    }
}
