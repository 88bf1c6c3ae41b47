package dev.mooring.rule;

import static dev.mooring.rule.HooksTestBroker.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.store.Fetch;
import dev.mooring.store.OpKind;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.ClassTemplate;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Many stored messages: page by page, in order, each once, and never lost on the way. */
@ClassTemplate
class HooksPagingTest {
    private static final int WINDOW = 20;

    @RegisterExtension
    static final HooksTestBroker HOOKS = new HooksTestBroker(HooksTestBroker.CONFIG);

    private static HooksTestClient narrow(String id, boolean clean) {
        long expiryS = clean ? 0 : 0xFFFF_FFFFL;
        return HooksTestClient.connect(HOOKS.broker().port(), 5, id, clean, expiryS, WINDOW, null);
    }

    private static void publish(String topic, int from, int to) {
        try (HooksTestClient p = HOOKS.clean(topic.replace('/', '-') + from)) {
            for (int i = from; i < to; i++) {
                p.publish(topic, "" + i, 1);
            }
        }
    }

    private static List<String> numbers(int from, int to) {
        return IntStream.range(from, to).mapToObj(Integer::toString).toList();
    }

    private static List<Fetch> unfinished(String clientId) {
        StoreReply.Sessions sessions = (StoreReply.Sessions) HOOKS.ask(new StoreOp.SessionScan(0, 1000));
        long id = sessions.sessions().stream()
                .map(StoreReply.StoredSession::session)
                .filter(s -> s.clientId().equals(clientId))
                .findFirst()
                .orElseThrow()
                .sessionId();
        return ((StoreReply.SessionState) HOOKS.ask(new StoreOp.SessionLoad(id))).fetches();
    }

    @Test
    @DisplayName("350 messages to a client that takes 20 at a time, with live ones in between: in order, each once")
    void pages() {
        publish("queue/pages", 0, 350);
        try (HooksTestClient c = narrow("pages-c", true)) {
            c.subscribe("queue/pages", 1);
            List<String> got = new ArrayList<>(c.take(120));
            publish("queue/pages", 1000, 1010);
            got.addAll(c.takeAll(240));
            List<String> live = new ArrayList<>(got);
            live.removeIf(s -> s.length() < 4);
            got.removeIf(s -> s.length() == 4);
            assertThat(got).isEqualTo(numbers(0, 350));
            assertThat(live).isEqualTo(numbers(1000, 1010));
        }
        eventually(() -> assertThat(HOOKS.queued("queue/pages")).isEmpty());
    }

    @Test
    @DisplayName("the fetch of a durable session goes on after its connection, and after a restart of the broker")
    void goesOn() {
        publish("queue/on", 0, 350);
        List<String> got = new ArrayList<>();
        try (HooksTestClient c = narrow("on-c", false)) {
            c.subscribe("queue/on", 1);
            got.addAll(c.take(50));
            c.disconnect();
        }
        assertThat(unfinished("on-c")).hasSize(1);
        publish("queue/on", 1000, 1010);
        try (HooksTestClient c = narrow("on-c", false)) {
            assertThat(c.sessionPresent()).isTrue();
            c.subscribe("queue/on", 1); // as most clients do
            got.addAll(c.take(100));
            c.disconnect();
        }
        HOOKS.broker().restart();
        assertThat(unfinished("on-c")).hasSize(1);
        try (HooksTestClient c = narrow("on-c", false)) {
            got.addAll(c.takeAll(210));
        }
        assertThat(got).doesNotHaveDuplicates();
        assertThat(new HashSet<>(got)).containsAll(numbers(0, 350)).containsAll(numbers(1000, 1010));
        eventually(() -> assertThat(unfinished("on-c")).isEmpty());
        eventually(() -> assertThat(HOOKS.queued("queue/on")).isEmpty());
    }

    @Test
    @DisplayName("a fetch is noted before SUBACK, and forgotten with its subscription")
    void noted() {
        publish("queue/noted", 0, 250);
        try (HooksTestClient c = narrow("noted-c", false)) {
            HOOKS.faults().fail(OpKind.FETCH_FOR_QUEUE, true);
            c.subscribe("queue/noted", 1);
            HOOKS.faults().heal();
            List<Fetch> fetches = unfinished("noted-c");
            assertThat(fetches).extracting(Fetch::filter).containsExactly("queue/noted");
            List<String> got = new ArrayList<>(c.take(30));
            c.unsubscribe("queue/noted");
            got.addAll(c.takeAll(0));
            assertThat(got).hasSizeLessThanOrEqualTo(100).isEqualTo(numbers(0, got.size()));
            assertThat(unfinished("noted-c")).isEmpty();
            c.subscribe("queue/noted", 1);
            assertThat(c.takeAll(250 - got.size())).isEqualTo(numbers(got.size(), 250));
        } finally {
            HOOKS.faults().heal();
        }
    }

    @Test
    @DisplayName("one-to-many: the ack of a live message does not skip what is still to be fetched")
    void positionWaits() {
        publish("pubsub/wait", 0, 1);
        try (HooksTestClient c = narrow("wait-c", true)) {
            c.subscribe("pubsub/wait", 1);
            assertThat(c.poll(200)).isNull();
            eventually(() -> assertThat(HOOKS.store().positions("wait-c")).isNotEmpty());
        }
        publish("pubsub/wait", 1, 251);
        List<String> got = new ArrayList<>();
        try (HooksTestClient c = narrow("wait-c", true)) {
            c.subscribe("pubsub/wait", 1);
            got.addAll(c.take(30));
            publish("pubsub/wait", 1000, 1001);
            while (!got.contains("1000")) { // comes behind the page that is in memory
                got.addAll(c.take(1));
            }
            assertThat(got).hasSizeLessThan(251);
            c.disconnect();
        }
        try (HooksTestClient c = narrow("wait-c", true)) {
            c.subscribe("pubsub/wait", 1);
            got.addAll(c.takeAll(251 - got.size()));
        }
        Set<String> all = new HashSet<>(got);
        assertThat(all).containsAll(numbers(1, 251)).contains("1000");
        try (HooksTestClient c = narrow("wait-c", true)) {
            c.subscribe("pubsub/wait", 1);
            assertThat(c.takeAll(0)).as("the position went to the end").isEmpty();
        }
    }

    @Test
    @DisplayName("messages that do not fit into the memory of a session come all the same, fetched and retained")
    void large() {
        char[] filler = new char[30_000];
        Arrays.fill(filler, 'x');
        String payload = new String(filler);
        try (HooksTestClient p = HOOKS.clean("large-p");
                HooksTestClient c = narrow("large-c", true)) {
            for (int i = 100; i < 200; i++) {
                p.publish("queue/large", i + payload, 1);
                p.retain("large/" + i, i + payload, 1);
            }
            c.subscribe("queue/large", 1);
            assertThat(c.take(100).stream().map(s -> s.substring(0, 3))).isEqualTo(numbers(100, 200));
            c.subscribe("large/+", 1);
            assertThat(c.take(100).stream().map(s -> s.substring(0, 3))).isEqualTo(numbers(100, 200));
        }
    }

    @Test
    @DisplayName("subscribing again and again under load: each message reaches the client once")
    void once() throws Exception {
        int count = 1500;
        Thread publisher = new Thread(() -> {
            try (HooksTestClient p = HOOKS.durable("storm-p")) {
                for (int i = 0; i < count; i++) {
                    p.publish("queue/storm", "" + i, 1 + i % 2);
                }
            }
        });
        publisher.start();
        List<String> got = new ArrayList<>();
        while (publisher.isAlive() || !HOOKS.queued("queue/storm").isEmpty()) {
            try (HooksTestClient c = HOOKS.clean("storm-c")) {
                c.subscribe("queue/storm", 2).subscribe("queue/+", 2);
                for (HooksTestClient.Packet m = c.poll(50); m != null && got.size() < count * 2; m = c.poll(50)) {
                    got.add(m.payload());
                    c.ack(m);
                    if (got.size() % 37 == 0) {
                        break;
                    }
                }
                c.disconnect();
            }
        }
        publisher.join();
        got.removeIf(s -> !s.matches("\\d{1,4}"));
        assertThat(got).doesNotHaveDuplicates();
        assertThat(new HashSet<>(got)).containsAll(numbers(0, count));
    }
}
