package dev.mooring.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.Subscription;
import dev.mooring.message.TopicFilter;
import dev.mooring.message.TopicName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

class SubscriptionIndexTest {
    private final SubscriptionIndex index = new SubscriptionIndex();

    @Property(tries = 300)
    void says_what_the_naive_model_says(@ForAll long seed) {
        Random random = new Random(seed);
        SubscriptionIndex index = new SubscriptionIndex();
        Router router = new Router(index, 16, 100);
        NaiveRoutes model = new NaiveRoutes();
        List<Subscriber> subscribers = new ArrayList<>();
        for (int i = 0; i < 1 + random.nextInt(20); i++) {
            subscribers.add(subscriber(i, random.nextBoolean(), random.nextInt(4) - 1));
        }
        for (int step = 0; step < 200; step++) {
            Subscriber subscriber = subscribers.get(random.nextInt(subscribers.size()));
            switch (random.nextInt(6)) {
                case 0, 1 -> {
                    Subscription s = Topics.subscription(random);
                    assertThat(index.subscribe(subscriber, s)).isEqualTo(model.subscribe(subscriber, s));
                }
                case 2 -> {
                    TopicFilter filter = Topics.filter(random);
                    assertThat(index.unsubscribe(subscriber, filter)).isEqualTo(model.unsubscribe(subscriber, filter));
                }
                case 3 -> index.move(subscriber, random.nextInt(4) - 1, model.held(subscriber));
                default -> {
                    String topic = Topics.topic(random);
                    assertThat(NaiveRoutes.answer(router.route(TopicName.of(topic))))
                            .as("topic %s", topic)
                            .isEqualTo(model.match(topic));
                }
            }
            assertThat(index.subscriptions()).isEqualTo(model.size());
        }
        Set<String> shown = new HashSet<>();
        index.forEach(m -> shown.add(m.subscriber().sessionId() + " " + m.subscription()));
        assertThat(shown).hasSize((int) model.size());
        model.all.forEach((subscriber, own) -> new ArrayList<>(own.values())
                .forEach(s ->
                        assertThat(index.unsubscribe(subscriber, s.filter())).isEqualTo(s)));
        assertThatNothingIsLeft(index);
    }

    @Test
    void a_hundred_subscribers_of_a_filter_come_and_go() {
        for (String filter : List.of("a/b", "a/+", "a/#", "$share/g/a/b", "$share/g/a/+")) {
            TopicName topic = TopicName.of("a/b");
            List<Subscriber> subscribers = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                subscribers.add(subscriber(i, false, i % 3));
                assertThat(index.subscribe(subscribers.get(i), Subscription.of(filter, 0)))
                        .isTrue();
                assertThat(index.subscribe(subscribers.get(i), Subscription.of(filter, 1)))
                        .isFalse();
                assertThat(reached(topic)).isEqualTo(i + 1);
            }
            for (int i = 0; i < 100; i++) {
                assertThat(index.unsubscribe(subscribers.get(i), TopicFilter.of(filter)))
                        .isEqualTo(Subscription.of(filter, 1));
                assertThat(reached(topic)).isEqualTo(99 - i);
            }
            assertThatNothingIsLeft(index);
        }
    }

    @Test
    void overlapping_subscriptions_make_one_target() {
        Subscriber one = subscriber(1, true, 0);
        index.subscribe(one, new Subscription(TopicFilter.of("a/b"), 0, false, false, 0, 7));
        index.subscribe(one, new Subscription(TopicFilter.of("a/+"), 1, true, true, 0, 5));
        index.subscribe(one, new Subscription(TopicFilter.of("#"), 0, false, false, 0, 7));
        Route route = index.match(TopicName.of("a/b"));
        assertThat(route.live(0)).hasSize(1);
        assertThat(route.durable()).containsExactly(route.live(0)[0]);
        Target target = route.live(0)[0];
        assertThat(target.qos()).isEqualTo(1);
        assertThat(target.retainAsPublished()).isTrue();
        assertThat(target.identifiers()).containsExactly(5, 7, 7);
        assertThat(target.forPublisher(subscriber(2, false, 0))).isSameAs(target);
        Target own = target.forPublisher(one);
        assertThat(own).isNotNull();
        assertThat(own.qos()).isZero();
        assertThat(own.retainAsPublished()).isFalse();
        assertThat(own.identifiers()).containsExactly(7, 7);
    }

    @Test
    void no_local_alone_leaves_nothing_for_the_publisher() {
        Subscriber one = subscriber(1, false, 3);
        index.subscribe(one, new Subscription(TopicFilter.of("a"), 2, true, false, 0, 0));
        index.subscribe(one, new Subscription(TopicFilter.of("a/#"), 2, true, false, 0, 0));
        assertThat(index.match(TopicName.of("a")).live(3)[0].forPublisher(one)).isNull();
        assertThat(index.match(TopicName.of("a/x")).live(3)[0].forPublisher(one))
                .isNull();
        assertThat(index.match(TopicName.of("a")).live(3)[0].forPublisher(null)).isNotNull();
    }

    @Test
    void a_session_has_plain_and_shared_side_by_side() {
        Subscriber one = subscriber(1, false, 0);
        index.subscribe(one, Subscription.of("a", 0));
        index.subscribe(one, Subscription.of("$share/g/a", 1));
        index.subscribe(one, Subscription.of("$share/h/+", 2));
        Route route = index.match(TopicName.of("a"));
        assertThat(route.live(0)).hasSize(1);
        assertThat(route.groups()).hasSize(2);
        assertThat(index.group(TopicFilter.of("$share/g/a"))).isIn((Object[]) route.groups());
        assertThat(index.group(TopicFilter.of("$share/h/+"))).isIn((Object[]) route.groups());
        assertThat(index.group(TopicFilter.of("$share/x/a"))).isNull();
        assertThat(index.filters()).isEqualTo(2);
        assertThat(index.groups()).isEqualTo(2);
        assertThat(index.subscriptions()).isEqualTo(3);
    }

    @Test
    void every_change_has_its_version() {
        Subscriber one = subscriber(1, false, 0);
        long version = index.version();
        index.subscribe(one, Subscription.of("a", 0));
        assertThat(index.version()).isGreaterThan(version);
        version = index.version();
        index.unsubscribe(one, TopicFilter.of("b"));
        assertThat(index.version()).isEqualTo(version);
        index.unsubscribe(one, TopicFilter.of("a"));
        assertThat(index.version()).isGreaterThan(version);
    }

    @Test
    void thirty_two_thousand_levels() {
        Subscriber one = subscriber(1, false, 0);
        String plus = "+/".repeat(32_767) + "+";
        String empty = "/".repeat(32_767);
        String hash = "/".repeat(32_766) + "#";
        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(200), () -> {
            for (String filter : List.of(plus, empty, hash, "+" + empty)) {
                assertThat(index.subscribe(one, Subscription.of(filter, 0))).isTrue();
            }
            assertThat(index.match(TopicName.of(empty)).live(0)).hasSize(1);
            assertThat(index.match(TopicName.of("x" + empty)).live(0)).hasSize(1);
            index.forEach(m -> assertThat(m.subscriber()).isSameAs(one));
            for (String filter : List.of(plus, empty, hash, "+" + empty)) {
                assertThat(index.unsubscribe(one, TopicFilter.of(filter))).isNotNull();
            }
        });
        assertThatNothingIsLeft(index);
    }

    /** 2^14 filters, each level {@code a} or {@code +}, all matching: 2^15 nodes, not 14! ways nor 4^14. */
    @Test
    void overlapping_plus_costs_what_matches() {
        Subscriber one = subscriber(1, false, 0);
        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(200), () -> {
            for (int bits = 0; bits < 1 << 14; bits++) {
                StringBuilder filter = new StringBuilder();
                for (int i = 0; i < 14; i++) {
                    filter.append(i == 0 ? "" : "/").append((bits >> i & 1) == 0 ? "a" : "+");
                }
                index.subscribe(one, new Subscription(TopicFilter.of(filter.toString()), 0, false, false, 0, 1 + bits));
            }
            assertThat(index.nodes()).isLessThan(1 << 15);
            Route route = index.match(TopicName.of("a" + "/a".repeat(13)));
            assertThat(route.live(0)).hasSize(1);
            assertThat(route.live(0)[0].identifiers()).hasSize(1 << 14).isSorted();
        });
    }

    @Test
    void a_hundred_thousand_subscribers_of_one_topic() {
        for (String filter : List.of("news", "+", "$share/g/news")) {
            Assertions.assertTimeoutPreemptively(Duration.ofSeconds(200), () -> {
                List<Subscriber> subscribers = new ArrayList<>();
                for (int i = 0; i < 100_000; i++) {
                    Subscriber subscriber = subscriber(i, false, i % 8);
                    subscribers.add(subscriber);
                    index.subscribe(subscriber, Subscription.of(filter, 0));
                }
                assertThat(reached(TopicName.of("news"))).isEqualTo(100_000);
                TopicFilter key = TopicFilter.of(filter);
                subscribers.forEach(s -> index.unsubscribe(s, key));
            });
            assertThatNothingIsLeft(index);
        }
    }

    @Test
    void a_million_filters() {
        Subscriber one = subscriber(1, false, 0);
        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(200), () -> {
            for (int i = 0; i < 1_000_000; i++) {
                String text = i % 2 == 0 ? "d/" + i : "d/" + i + "/+";
                index.subscribe(one, new Subscription(TopicFilter.of(text), 0, false, false, 0, 0));
            }
            assertThat(index.filters()).isEqualTo(1_000_000);
            assertThat(index.match(TopicName.of("d/777776")).live(0)).hasSize(1);
            assertThat(index.match(TopicName.of("d/777777/x")).live(0)).hasSize(1);
            assertThat(index.match(TopicName.of("d/777777")).isEmpty()).isTrue();
        });
    }

    private int reached(TopicName topic) {
        Route route = index.match(topic);
        int reached = 0;
        for (int loop : route.loops()) {
            reached += route.live(loop).length;
        }
        for (SharedGroup group : route.groups()) {
            reached += group.size();
        }
        return reached;
    }

    static Subscriber subscriber(long id, boolean durable, int loop) {
        Subscriber subscriber = new Subscriber(id, "c" + id, durable);
        subscriber.loop(loop);
        return subscriber;
    }

    static void assertThatNothingIsLeft(SubscriptionIndex index) {
        assertThat(index.nodes()).isZero();
        assertThat(index.filters()).isZero();
        assertThat(index.groups()).isZero();
        assertThat(index.subscriptions()).isZero();
        index.forEach(m -> Assertions.fail("left: " + m));
    }
}
