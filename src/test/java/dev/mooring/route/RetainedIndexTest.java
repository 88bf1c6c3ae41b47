package dev.mooring.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.PublishProperties;
import dev.mooring.message.TopicFilter;
import dev.mooring.message.TopicName;
import dev.mooring.route.RetainedIndex.Page;
import dev.mooring.route.RetainedIndex.Put;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class RetainedIndexTest {
    private final RetainedIndex index = new RetainedIndex();

    @Property(tries = 300)
    void pages_are_what_the_naive_model_says_in_topic_order(@ForAll long seed) {
        Random random = new Random(seed);
        RetainedIndex index = new RetainedIndex();
        TreeMap<String, MessageId> model = new TreeMap<>();
        TreeMap<String, MessageId> newest = new TreeMap<>();
        for (int i = 0; i < 200; i++) {
            String topic = Topics.topic(random);
            MessageId id = id(random.nextInt(1000));
            boolean wins = !newest.containsKey(topic) || newest.get(topic).compareTo(id) < 0;
            boolean removes = random.nextInt(4) == 0;
            if (removes) {
                wins |= id.equals(newest.get(topic));
                assertThat(index.remove(TopicName.of(topic), id)).isEqualTo(wins);
            } else {
                Put expected = wins ? model.containsKey(topic) ? Put.REPLACED : Put.STORED : Put.STALE;
                assertThat(index.put(message(topic, id))).isEqualTo(expected);
            }
            if (wins) {
                newest.put(topic, id);
                model.remove(topic);
                if (!removes) {
                    model.put(topic, id);
                }
            }
        }
        assertThat(index.count()).isEqualTo(model.size());
        for (int i = 0; i < 50; i++) {
            TopicFilter filter = Topics.filter(random);
            List<String> expected = model.keySet().stream()
                    .filter(topic -> NaiveRoutes.matches(filter.filter(), topic))
                    .toList();
            assertThat(all(index, filter, 1 + random.nextInt(5), 1 + random.nextInt(100)))
                    .as("filter %s", filter)
                    .isEqualTo(expected);
        }
        model.forEach((topic, id) -> index.put(removal(topic, id(2000))));
        assertThat(index.count()).isZero();
        assertThat(index.bytes()).isZero();
    }

    @Test
    void keeps_its_bounds() {
        int size = message("t1", id(1)).sizeBytes();
        RetainedIndex small = new RetainedIndex(3, 10_000);
        for (int i = 0; i < 3; i++) {
            assertThat(small.put(message("t" + i, id(1)))).isEqualTo(Put.STORED);
        }
        assertThat(small.put(message("t3", id(1)))).isEqualTo(Put.FULL);
        assertThat(small.put(message("t0", id(2)))).isEqualTo(Put.REPLACED);
        assertThat(small.remove(TopicName.of("t0"), id(2))).isTrue();
        assertThat(small.put(message("t3", id(1)))).isEqualTo(Put.STORED);
        assertThat(small.bytes()).isEqualTo(3L * size);

        RetainedIndex light = new RetainedIndex(100, 2L * size);
        light.put(message("t0", id(1)));
        light.put(message("t1", id(1)));
        assertThat(light.put(message("t2", id(1)))).isEqualTo(Put.FULL);
        assertThat(light.put(message("t1", id(2)))).isEqualTo(Put.REPLACED);
        assertThat(light.count()).isEqualTo(2);
        assertThat(light.bytes()).isEqualTo(2L * size);
    }

    @Test
    void a_removal_holds_against_an_older_message_that_comes_late() {
        TopicName topic = TopicName.of("a");
        assertThat(index.put(message("a", id(1)))).isEqualTo(Put.STORED);
        assertThat(index.put(removal("a", id(3)))).isEqualTo(Put.REMOVED);
        assertThat(index.put(message("a", id(2)))).isEqualTo(Put.STALE);
        assertThat(index.get(topic, 0)).isNull();
        assertThat(index.put(message("a", id(4)))).isEqualTo(Put.STORED);
        assertThat(index.put(removal("a", id(3)))).isEqualTo(Put.STALE);
        assertThat(index.get(topic, 0)).isNotNull();
        assertThat(index.remove(TopicName.of("never"), id(3))).isTrue();
        assertThat(index.put(message("never", id(2)))).isEqualTo(Put.STALE);
    }

    @Test
    void tombstones_do_not_pile_up() {
        String longLevel = "x".repeat(60_000);
        for (int i = 0; i < 3 * RetainedIndex.TOMBSTONES_MAX; i++) {
            index.remove(TopicName.of("t" + i), id(10));
        }
        assertThat(index.put(message("t0", id(1)))).isEqualTo(Put.STORED);
        assertThat(index.put(message("t" + (3 * RetainedIndex.TOMBSTONES_MAX - 1), id(1))))
                .isEqualTo(Put.STALE);
        for (int i = 0; i < 200; i++) {
            index.remove(TopicName.of(longLevel + i), id(10));
        }
        assertThat(index.put(message(longLevel + 0, id(1)))).isEqualTo(Put.STORED);
        assertThat(index.put(message(longLevel + 199, id(1)))).isEqualTo(Put.STALE);
    }

    @Test
    void expired_messages_go_when_they_are_met() {
        for (int i = 100; i < 200; i++) {
            index.put(message("a/" + i, id(5), i < 150 ? 1000 : Message.NEVER));
        }
        TopicFilter filter = TopicFilter.of("a/+");
        assertThat(index.page(filter, null, 100, 100, 999).messages()).hasSize(100);
        assertThat(index.get(TopicName.of("a/100"), 1000)).isNull();
        Page page = index.page(filter, null, 100, 40, 1000);
        assertThat(page.messages()).isEmpty();
        assertThat(page.next()).isEqualTo("a/139");
        assertThat(index.count()).isEqualTo(60);
        String next = index.purge(null, 44, 1000);
        assertThat(index.count()).isEqualTo(56);
        assertThat(index.purge(next, 100, 1000)).isNull();
        assertThat(index.count()).isEqualTo(50);
        assertThat(index.put(message("a/100", id(4)))).isEqualTo(Put.STALE);
    }

    @Test
    void a_filter_does_not_scan_what_it_cannot_match() {
        for (int i = 0; i < 300; i++) {
            for (int j = 0; j < 100; j++) {
                index.put(message("d/" + i + "/below/" + j, id(1)));
            }
            index.put(message("d/" + i + "/state", id(1)));
            index.put(message("d/" + i, id(1)));
        }
        int jump = RetainedIndex.JUMP_STEPS;
        assertThat(scans("d/7/#")).isLessThan(102 + 4 * jump);
        assertThat(scans("d/7/state")).isEqualTo(RetainedIndex.SCAN_MIN);
        assertThat(scans("d/+")).isLessThan(300 * (2 + jump) + 4 * jump);
        assertThat(scans("d/+/state")).isLessThan(300 * (4 + 2 * jump));
        assertThat(scans("+/7/+")).isLessThan(104 * jump);
        assertThat(scans("e/#")).isEqualTo(RetainedIndex.SCAN_MIN);
    }

    @Test
    void a_stable_topic_is_seen_once_while_others_change() throws Exception {
        for (int i = 0; i < 2000; i++) {
            index.put(message("s/" + (1000 + i) + "/x", id(1)));
        }
        AtomicBoolean done = new AtomicBoolean();
        CountDownLatch started = new CountDownLatch(1);
        Thread writer = new Thread(() -> {
            Random random = new Random(1);
            for (long n = 2; !done.get(); n++) {
                String topic = "s/" + (1000 + random.nextInt(2000)) + (random.nextBoolean() ? "/y" : "/x/z");
                if (random.nextBoolean()) {
                    index.put(message(topic, id(n)));
                } else {
                    index.remove(TopicName.of(topic), id(n));
                }
                index.put(message("s/" + (1000 + random.nextInt(2000)) + "/x", id(n)));
                started.countDown();
            }
        });
        writer.start();
        started.await();
        try {
            for (int round = 0; round < 10; round++) {
                List<String> seen = all(index, TopicFilter.of("s/+/+"), 7, 50);
                assertThat(seen).doesNotHaveDuplicates().isSorted();
                assertThat(seen.stream().filter(t -> t.endsWith("/x"))).hasSize(2000);
            }
        } finally {
            done.set(true);
            writer.join();
        }
    }

    @Test
    void writers_of_one_topic_converge_on_the_newest() throws Exception {
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            int own = t;
            threads.add(new Thread(() -> {
                Random random = new Random(own);
                for (int i = 0; i < 20_000; i++) {
                    long n = 1 + random.nextInt(1_000_000);
                    String topic = "t" + random.nextInt(4);
                    index.put(random.nextInt(5) == 0 ? removal(topic, id(n)) : message(topic, id(n)));
                }
                index.put(message("t" + own, id(2_000_000)));
            }));
        }
        for (Thread thread : threads) {
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        for (int t = 0; t < 4; t++) {
            Message message = index.get(TopicName.of("t" + t), 0);
            assertThat(message).isNotNull();
            assertThat(message.id()).isEqualTo(id(2_000_000));
        }
        assertThat(index.count()).isEqualTo(4);
        assertThat(index.bytes()).isEqualTo(4L * message("t0", id(1)).sizeBytes());
    }

    /** The smallest scanLimit with which one page reaches the end. */
    private int scans(String filter) {
        int low = RetainedIndex.SCAN_MIN - 1;
        int high = 1_000_000;
        while (low + 1 < high) {
            int middle = (low + high) / 2;
            if (index.page(TopicFilter.of(filter), null, 1_000_000, middle, 0).next() == null) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return high;
    }

    private static List<String> all(RetainedIndex index, TopicFilter filter, int limit, int scanLimit) {
        List<String> seen = new ArrayList<>();
        String next = null;
        do {
            Page page = index.page(filter, next, limit, scanLimit, 0);
            assertThat(page.messages()).hasSizeLessThanOrEqualTo(limit);
            page.messages().forEach(m -> seen.add(m.topic().text()));
            next = page.next();
        } while (next != null);
        return seen;
    }

    private static MessageId id(long n) {
        return new MessageId(n, 0);
    }

    private static Message message(String topic, MessageId id) {
        return message(topic, id, Message.NEVER);
    }

    private static Message message(String topic, MessageId id, long expiresAtMs) {
        byte[] payload = {1};
        return new Message(id, "c", TopicName.of(topic), 1, true, payload, PublishProperties.EMPTY, 0, expiresAtMs);
    }

    private static Message removal(String topic, MessageId id) {
        return new Message(
                id, "c", TopicName.of(topic), 1, true, new byte[0], PublishProperties.EMPTY, 0, Message.NEVER);
    }
}
