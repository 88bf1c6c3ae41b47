package dev.mooring.hazard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.PublishProperties;
import dev.mooring.message.TopicName;
import dev.mooring.route.RetainedIndex;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hazards 8 and 15: retained messages under concurrent writers, during floods and in masses. */
class RetainedTest {
    @RegisterExtension
    static final Victim BROKER = new Victim("{\"pools\": {\"local\": {\"sync\": \"never\"}},"
            + "\"limits\": {\"memory_queue\": {\"count_max\": 10000, \"bytes_max\": 8388608}}}");

    private static final int MANY = 30_000;

    @Test
    @DisplayName("four writers and deleters of the same topics: memory and store agree on one value, after restart too")
    void writersConverge() throws Exception {
        List<Thread> writers = new ArrayList<>();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        for (int w = 0; w < 4; w++) {
            int number = w;
            Thread thread = new Thread(() -> write(number));
            thread.setUncaughtExceptionHandler((t, e) -> failure.set(e));
            writers.add(thread);
            thread.start();
        }
        for (Thread writer : writers) {
            writer.join();
        }
        assertThat(failure).hasNullValue();
        TreeMap<String, String> inMemory = retained("converge/#");
        assertThat(retained("converge/#")).isEqualTo(inMemory);
        BROKER.restart();
        assertThat(retained("converge/#")).isEqualTo(inMemory);
    }

    private static void write(int number) {
        Random random = new Random(number);
        try (Peer p = Peer.online(BROKER.port(), 4, "converge-" + number)) {
            for (int round = 0; round < 20; round++) {
                List<byte[]> batch = new ArrayList<>();
                for (int i = 1; i <= 20; i++) {
                    String value = random.nextInt(3) == 0 ? "" : "w" + number + " r" + round + " " + i;
                    batch.add(Bytes.publish(4, "converge/" + random.nextInt(5), value, 1, i, 1));
                }
                p.send(batch.toArray(new byte[0][]));
                for (int i = 1; i <= 20; i++) {
                    p.expect(Frame.PUBACK, i);
                }
            }
        }
    }

    @Test
    @DisplayName(
            "what is acknowledged is stored, though another loop had a newer one in memory first and has not stored it")
    void acknowledgedBehindANewerOne() {
        Message newer = new Message(
                new MessageId(Long.MAX_VALUE / 4, 0),
                "",
                TopicName.of("behind"),
                0,
                true,
                new byte[] {'n'},
                PublishProperties.EMPTY,
                0,
                Message.NEVER);
        assertThat(BROKER.broker().retained().put(newer)).isEqualTo(RetainedIndex.Put.STORED);
        try (Peer p = Peer.online(BROKER.port(), 5, "behind")) {
            p.retain("behind", "acknowledged");
        }
        BROKER.restart();
        assertThat(retained("behind")).containsEntry("behind", "acknowledged");
    }

    @Test
    @DisplayName("a deletion is durable: neither the value nor an older one comes back after restart")
    void deletionIsDurable() {
        try (Peer p = Peer.online(BROKER.port(), 5, "deleter")) {
            p.retain("deleted/a", "1").retain("deleted/a", "2").retain("deleted/a", "");
            p.retain("deleted/b", "1").retain("deleted/b", "").retain("deleted/b", "2");
        }
        assertThat(retained("deleted/#")).containsOnlyKeys("deleted/b").containsValue("2");
        BROKER.restart();
        assertThat(retained("deleted/#")).containsOnlyKeys("deleted/b").containsValue("2");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    @DisplayName("who subscribes during a flood sees no gap and nothing older behind something newer")
    void subscribeDuringFlood(int qos) throws Exception {
        int last = 4_000;
        String topic = "flood/" + qos;
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread publisher = new Thread(() -> {
            try (Peer p = Peer.online(BROKER.port(), 4, "flood-" + qos)) {
                for (int i = 1; i <= last; i++) {
                    p.send(Bytes.publish(4, topic, "" + i, 1, i, 1));
                    if (i > 50) {
                        p.expect(Frame.PUBACK, i - 50);
                    }
                }
                for (int i = last - 49; i <= last; i++) {
                    p.expect(Frame.PUBACK, i);
                }
            }
        });
        publisher.setUncaughtExceptionHandler((t, e) -> failure.set(e));
        publisher.start();
        List<Peer> subscribers = new ArrayList<>();
        while (publisher.isAlive() && subscribers.size() < 40) {
            Peer p = Peer.online(BROKER.port(), 4, "flooded-" + qos + "-" + subscribers.size());
            p.send(Bytes.subscribe(4, 1, qos, topic));
            subscribers.add(p);
        }
        assertThat(subscribers).hasSizeGreaterThan(3);
        for (Peer p : subscribers) {
            followTo(p, last);
            p.close();
        }
        publisher.join();
        assertThat(failure).hasNullValue();
    }

    /** Live messages may come before SUBACK and be repeated by the retained one; otherwise it is one by one. */
    private static void followTo(Peer p, int last) {
        int value = 0;
        while (value < last) {
            Frame f = p.next();
            if (f.type() == Frame.PUBLISH) {
                int next = Integer.parseInt(f.payload());
                if (value > 0) {
                    assertThat(next).as("value behind " + value).isBetween(value, value + 1);
                }
                value = next;
                if (f.qos() == 1) {
                    p.send(Bytes.ack(Frame.PUBACK, f.packetId()));
                }
            }
        }
    }

    @Test
    @DisplayName("# over 30,000 retained at QoS 0 and 1: complete at slow readers, and others are served meanwhile")
    void everythingAtOnce() {
        try (Peer p = Peer.online(BROKER.port(), 4, "many")) {
            String payload = "x".repeat(200);
            for (int from = 0; from < MANY; from += 500) {
                List<byte[]> batch = new ArrayList<>();
                for (int i = from; i < from + 500; i++) {
                    batch.add(Bytes.publish(4, "many/" + i % 100 + "/" + i, payload, 1, i - from + 1, 1));
                }
                p.send(batch.toArray(new byte[0][]));
                for (int i = 1; i <= 500; i++) {
                    p.expect(Frame.PUBACK, i);
                }
            }
        }
        for (int qos = 0; qos < 2; qos++) {
            try (Peer slow = Peer.open(BROKER.port(), 8_192)) {
                slow.connect(Bytes.Connect.of(4, "many-" + qos));
                Memory memory = new Memory();
                slow.send(Bytes.subscribe(4, 1, qos, "#"));
                for (int i = 0; i < 20; i++) {
                    BROKER.checkWitness(); // while nothing is read
                }
                memory.assertGrownByLessThan(20 * Memory.MB);
                Set<String> topics = new HashSet<>();
                List<byte[]> acks = new ArrayList<>();
                while (topics.size() < MANY) {
                    Frame f = slow.next();
                    if (f.type() == Frame.PUBLISH && f.topic().startsWith("many/")) {
                        assertThat(topics.add(f.topic()))
                                .as("first time of " + f.topic())
                                .isTrue();
                    }
                    if (f.qos() == 1 && f.type() == Frame.PUBLISH) {
                        acks.add(Bytes.ack(Frame.PUBACK, f.packetId()));
                    }
                    if (acks.size() == 100) {
                        slow.send(acks.toArray(new byte[0][]));
                        acks.clear();
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    @DisplayName("CVE-2024-42644: crafted retained publishes: $ topics, 64 KB topics, empty payloads, by alias")
    void craftedRetained(int version) {
        try (Peer p = Peer.online(BROKER.port(), version, "crafted-" + version)) {
            String longest = "l".repeat(65_535);
            int before = BROKER.broker().retained().count();
            for (String topic : List.of("$", "$other", "/", "//", "\u0001", " ", longest)) {
                p.retain(topic, "").retain(topic, "v").retain(topic, "").retain(topic, "");
            }
            assertThat(BROKER.broker().retained().count()).isEqualTo(before);
            p.ping();
        }
    }

    private static TreeMap<String, String> retained(String filter) {
        TreeMap<String, String> all = new TreeMap<>();
        try (Peer p = Peer.online(BROKER.port(), 4, "retained-reader")) {
            p.subscribe(0, filter);
            p.send(Bytes.PINGREQ);
            for (Frame f = p.next(); f.type() != Frame.PINGRESP; f = p.next()) {
                assertThat(all.put(f.topic(), f.payload())).isNull();
            }
        }
        return all;
    }
}
