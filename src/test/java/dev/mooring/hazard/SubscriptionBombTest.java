package dev.mooring.hazard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hazard 14: filters that are deep, long, many or all over each other. */
class SubscriptionBombTest {
    @RegisterExtension
    static final Victim BROKER = new Victim("{}");

    private static final int LEVELS_MAX = 128;
    private static final int SUBSCRIPTIONS_MAX = 10_000;

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    @DisplayName("128 levels are served, 129 and CVE-2019-11779's 65,400 slashes are refused, in every packet")
    void levels(int version) {
        int refused = version == 5 ? 0x8F : 0x80;
        String deepest = "a/".repeat(LEVELS_MAX - 1) + "a";
        String tooDeep = deepest + "/a";
        String slashes = "/".repeat(65_400);
        try (Peer p = Peer.online(BROKER.port(), version, "levels-" + version)) {
            Frame suback =
                    p.subscribe(0, deepest, tooDeep, slashes, "+/".repeat(LEVELS_MAX) + "#", "$share/g/" + tooDeep);
            assertThat(suback.granted(0)).isZero();
            for (int i = 1; i <= 4; i++) {
                assertThat(suback.granted(i)).as("filter " + i).isEqualTo(refused);
            }
            p.send(Bytes.publish(version, deepest, "deep", 0, 0)).expectPublish("deep");
            p.send(Bytes.unsubscribe(version, 2, slashes, tooDeep)).expect(Frame.UNSUBACK, 2);
            p.ping();
        }
        for (String topic : List.of(tooDeep, slashes)) {
            try (Peer p = Peer.online(BROKER.port(), version, "levels-" + version)) {
                p.send(Bytes.publish(version, topic, "deeper", 1, 1));
                p.expectDisconnect(0x90);
            }
            try (Peer p = Peer.open(BROKER.port()).version(version)) {
                Bytes.Will will = new Bytes.Will(topic, "deeper");
                p.send(Bytes.Connect.of(version, "levels-will").will(will).bytes());
                Frame last = p.expectEnd();
                assertThat(last == null ? 0 : last.reason()).isEqualTo(version == 5 ? 0x90 : 0);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    @DisplayName("filters of 65,535 bytes work, and leave when they are unsubscribed")
    void longest(int version) {
        long before = BROKER.broker().index().subscriptions();
        try (Peer p = Peer.online(BROKER.port(), version, "longest-" + version)) {
            for (int i = 0; i < 10; i++) {
                String filter = i + "x".repeat(65_534);
                assertThat(p.subscribe(0, filter).granted(0)).isZero();
                p.send(Bytes.publish(version, filter, "long", 0, 0)).expectPublish("long");
                p.send(Bytes.unsubscribe(version, 3, filter)).expect(Frame.UNSUBACK, 3);
            }
            assertThat(BROKER.broker().index().subscriptions()).isEqualTo(before);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("10,000 filters are granted, the next is refused with 0x97; all are gone soon after the end")
    void tooMany(boolean lasting) {
        long before = BROKER.broker().index().subscriptions();
        Memory memory = new Memory();
        Bytes.Connect connect = Bytes.Connect.lasting(5, "bomber").cleanStart().expiry(lasting ? 3600 : 0);
        try (Peer p = Peer.online(BROKER.port(), connect)) {
            for (int from = 0; from < SUBSCRIPTIONS_MAX; from += 500) {
                String[] filters = new String[500];
                for (int i = 0; i < filters.length; i++) {
                    filters[i] = "bomb/" + (from + i) + "/+/" + "x".repeat(100) + "/#";
                }
                assertThat(p.subscribe(1, filters).granted(499)).isEqualTo(1);
            }
            assertThat(p.subscribe(1, "one/more").granted(0)).isEqualTo(0x97);
            assertThat(p.subscribe(1, "bomb/7/+/" + "x".repeat(100) + "/#").granted(0))
                    .isEqualTo(1); // replaces
            p.ping();
            p.abort();
        }
        if (lasting) {
            try (Peer p = Peer.open(BROKER.port())) {
                assertThat(p.connect(connect.expiry(0)).sessionPresent()).isFalse();
            }
        }
        Wait.until("the index has let go", () -> BROKER.broker().index().subscriptions() == before);
        BROKER.checkWitness();
        memory.assertGrownByLessThan(10 * Memory.MB);
    }

    @Test
    @DisplayName("Mosquitto 2.0.21: subscribing and unsubscribing all day leaves nothing behind")
    void subscribingAllDay() {
        long before = BROKER.broker().index().subscriptions();
        try (Peer p = Peer.online(BROKER.port(), Bytes.Connect.lasting(5, "restless"))) {
            String[] filters = new String[100];
            for (int i = 0; i < filters.length; i++) {
                filters[i] = "restless/+/" + i + "/#";
            }
            Memory memory = null;
            for (int round = 0; round < 300; round++) {
                assertThat(p.subscribe(1, filters).granted(99)).isEqualTo(1);
                if (round % 2 == 1) { // every other time it replaces what is there
                    p.send(Bytes.unsubscribe(5, 3, filters)).expect(Frame.UNSUBACK, 3);
                }
                if (round == 50) {
                    memory = new Memory();
                }
            }
            assertThat(BROKER.broker().index().subscriptions()).isEqualTo(before);
            memory.assertGrownByLessThan(5 * Memory.MB);
        }
    }

    @Test
    @DisplayName("more filters in one SUBSCRIBE or UNSUBSCRIBE than allowed: 0x97, none of them counts")
    void tooManyInOnePacket() {
        long before = BROKER.broker().index().subscriptions();
        String[] filters = new String[100_000];
        for (int i = 0; i < filters.length; i++) {
            filters[i] = "f" + i;
        }
        try (Peer p = Peer.online(BROKER.port(), 5, "packer")) {
            p.send(Bytes.subscribe(5, 1, 0, filters));
            p.expectDisconnect(0x97);
        }
        try (Peer p = Peer.online(BROKER.port(), 5, "packer")) {
            p.send(Bytes.unsubscribe(5, 1, filters));
            p.expectDisconnect(0x97);
        }
        assertThat(BROKER.broker().index().subscriptions()).isEqualTo(before);
    }

    @Test
    @DisplayName("1,024 overlapping filters on one topic, twenty clients: linear, not 1,024 to the power of anything")
    void overlaps() {
        String[] filters = new String[1_024];
        for (int i = 0; i < filters.length; i++) {
            StringBuilder filter = new StringBuilder();
            for (int level = 0; level < 10; level++) {
                filter.append(level == 0 ? "" : "/").append((i >> level & 1) == 0 ? "+" : "l");
            }
            filters[i] = filter.toString();
        }
        List<Peer> all = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            Peer p = Peer.online(BROKER.port(), 4, "overlap-" + i);
            p.subscribe(1, Arrays.copyOf(filters, 512));
            p.subscribe(1, Arrays.copyOfRange(filters, 512, 1_024));
            all.add(p);
        }
        try (Peer publisher = Peer.online(BROKER.port(), 4, "overlap-publisher")) {
            String topic = "l/l/l/l/l/l/l/l/l/";
            for (int i = 0; i < 50; i++) { // the last level differs, so that no route is remembered
                publisher.publish(topic + (i % 2 == 0 ? "l" : "x" + i), "m" + i);
            }
        }
        for (Peer p : all) {
            for (int i = 0; i < 50; i++) { // the standard allows one copy for all or one for each; it is one
                p.expectPublish("m" + i);
            }
            p.ping();
            p.close();
        }
    }

    @Test
    @DisplayName("CVE-2025-59946: subscribe and unsubscribe of the same filters from many clients, under traffic")
    void churn() throws Exception {
        long before = BROKER.broker().index().subscriptions();
        List<Thread> threads = new ArrayList<>();
        List<Throwable> failures = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            int number = t;
            Thread thread = new Thread(() -> {
                try (Peer p = Peer.online(BROKER.port(), 4, "churn-" + number)) {
                    for (int i = 0; i < 300; i++) {
                        p.send(
                                Bytes.subscribe(4, 1, 0, "churn/+", "churn/#", "$share/g/churn/a"),
                                Bytes.publish(4, "churn/a", "m", 0, 0),
                                Bytes.unsubscribe(4, 2, "churn/+", "churn/#", "$share/g/churn/a"));
                        for (Frame f = p.next(); f.type() != Frame.UNSUBACK; f = p.next()) {
                            assertThat(f.type()).isIn(Frame.SUBACK, Frame.PUBLISH);
                        }
                    }
                }
            });
            thread.setUncaughtExceptionHandler((x, e) -> failures.add(e));
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).isEmpty();
        Wait.until("the index has let go", () -> BROKER.broker().index().subscriptions() == before);
    }
}
