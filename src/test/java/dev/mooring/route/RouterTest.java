package dev.mooring.route;

import static dev.mooring.route.SubscriptionIndexTest.subscriber;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.Subscription;
import dev.mooring.message.TopicFilter;
import dev.mooring.message.TopicName;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class RouterTest {
    private final SubscriptionIndex index = new SubscriptionIndex();

    @Test
    void remembers_while_nothing_changes() {
        Router router = new Router(index);
        index.subscribe(subscriber(1, false, 0), Subscription.of("a", 0));
        Route first = router.route(TopicName.of("a"));
        assertThat(router.route(TopicName.of("a"))).isSameAs(first);
        assertThat(router.hits()).isEqualTo(1);
        index.subscribe(subscriber(2, false, 0), Subscription.of("a", 0));
        assertThat(router.route(TopicName.of("a")).live(0)).hasSize(2);
        assertThat(router.misses()).isEqualTo(2);
        assertThat(router.route(TopicName.of("b")).isEmpty()).isTrue();
    }

    @Test
    void a_change_elsewhere_costs_no_match() {
        Router router = new Router(index);
        Subscriber one = subscriber(1, true, 0);
        index.subscribe(one, Subscription.of("a/b", 1));
        Route first = router.route(TopicName.of("a/b"));
        for (String elsewhere : List.of("a", "a/c", "a/b/c", "+", "a/+/c", "$share/g/a/c", "b/#")) {
            index.subscribe(one, Subscription.of(elsewhere, 0));
            assertThat(router.route(TopicName.of("a/b"))).isSameAs(first);
            index.move(one, 0, List.of(Subscription.of(elsewhere, 0)));
            assertThat(router.route(TopicName.of("a/b"))).isSameAs(first);
        }
        for (String here : List.of("a/b", "a/+", "+/b", "#", "a/b/#", "$share/g/a/b")) {
            Route before = router.route(TopicName.of("a/b"));
            index.subscribe(one, Subscription.of(here, 0));
            assertThat(router.route(TopicName.of("a/b"))).isNotSameAs(before);
        }
    }

    /** The log is a ring: what it has lost counts as a change of everything. */
    @Test
    void a_change_is_not_lost_among_many() {
        for (int i = 0; i < 2 * ChangeLog.KEPT; i++) {
            index.subscribe(subscriber(i, false, 0), Subscription.of("a", 0));
        }
        Subscriber other = subscriber(-1, false, 0);
        for (int many :
                new int[] {1, 100, ChangeLog.KEPT - 2, ChangeLog.KEPT - 1, ChangeLog.KEPT, 3 * ChangeLog.KEPT}) {
            Router router = new Router(index);
            Route before = router.route(TopicName.of("a"));
            churnElsewhere(many);
            assertThat(router.route(TopicName.of("a")) == before).isEqualTo(many <= ChangeLog.KEPT);
            before = router.route(TopicName.of("a"));
            index.subscribe(other, Subscription.of("a", 0));
            churnElsewhere(many);
            assertThat(router.route(TopicName.of("a")).live(0)).hasSize(before.live(0).length + 1);
            index.unsubscribe(other, TopicFilter.of("a"));
            churnElsewhere(many);
            assertThat(router.route(TopicName.of("a")).live(0)).hasSize(before.live(0).length);
        }
    }

    private void churnElsewhere(int changes) {
        Subscriber other = subscriber(-2, false, 0);
        for (int i = 0; i < changes; i++) {
            index.subscribe(other, Subscription.of("b", i & 1));
        }
    }

    @Test
    void a_filter_too_long_for_the_log_concerns_everybody() {
        Router router = new Router(index);
        Subscriber one = subscriber(1, false, 0);
        String topic = "l".repeat(ChangeLog.LENGTH_MAX + 1);
        assertThat(router.route(TopicName.of(topic)).isEmpty()).isTrue();
        Route other = router.route(TopicName.of("a"));
        index.subscribe(one, Subscription.of(topic, 0));
        assertThat(router.route(TopicName.of(topic)).live(0)).hasSize(1);
        assertThat(router.route(TopicName.of("a"))).isEqualTo(Route.EMPTY);
        assertThat(router.misses()).isEqualTo(4);
        assertThat(other).isSameAs(Route.EMPTY);
    }

    /** Routers that are asked often and seldom, over topics few enough that most answers come from their memory. */
    @Property(tries = 200)
    void what_is_remembered_is_what_the_naive_model_says(@ForAll long seed) {
        Random random = new Random(seed);
        SubscriptionIndex index = new SubscriptionIndex();
        NaiveRoutes model = new NaiveRoutes();
        Router often = new Router(index);
        Router seldom = new Router(index);
        List<Subscriber> subscribers = new ArrayList<>();
        for (int i = 0; i < 1 + random.nextInt(30); i++) {
            subscribers.add(subscriber(i, random.nextBoolean(), random.nextInt(4) - 1));
        }
        List<TopicName> topics = new ArrayList<>();
        for (int i = 0; i < 1 + random.nextInt(6); i++) {
            topics.add(TopicName.of(Topics.topic(random)));
        }
        for (int step = 0; step < 300; step++) {
            Subscriber subscriber = subscribers.get(random.nextInt(subscribers.size()));
            switch (random.nextInt(6)) {
                case 0, 1, 2 -> {
                    Subscription s = Topics.subscription(random);
                    index.subscribe(subscriber, s);
                    model.subscribe(subscriber, s);
                }
                case 3 -> {
                    TopicFilter filter = Topics.filter(random);
                    index.unsubscribe(subscriber, filter);
                    model.unsubscribe(subscriber, filter);
                }
                case 4 -> index.move(subscriber, random.nextInt(4) - 1, model.held(subscriber));
                default -> {
                    Router router = random.nextInt(10) == 0 ? seldom : often;
                    TopicName topic = topics.get(random.nextInt(topics.size()));
                    assertThat(NaiveRoutes.answer(router.route(topic)))
                            .as("topic %s", topic)
                            .isEqualTo(model.match(topic.text()));
                }
            }
        }
    }

    @Test
    void follows_a_session_to_another_loop() {
        Router router = new Router(index);
        Subscriber one = subscriber(1, true, 0);
        List<Subscription> held = List.of(Subscription.of("a", 1));
        index.subscribe(one, held.get(0));
        assertThat(router.route(TopicName.of("a")).live(0)).hasSize(1);
        index.move(one, 5, held);
        assertThat(router.route(TopicName.of("a")).live(0)).isEmpty();
        assertThat(router.route(TopicName.of("a")).live(5)).hasSize(1);
        index.move(one, Subscriber.OFFLINE, held);
        assertThat(router.route(TopicName.of("a")).loops()).isEmpty();
        assertThat(router.route(TopicName.of("a")).durable()).hasSize(1);
    }

    @Test
    void holds_no_more_than_its_bound() {
        for (int i = 0; i < 50; i++) {
            index.subscribe(subscriber(i, false, 0), Subscription.of("wide/#", 0));
        }
        Router router = new Router(index, 1024, 500);
        Subscriber other = subscriber(50, false, 0);
        Random random = new Random(3);
        for (int i = 0; i < 10_000; i++) {
            String topic = (random.nextInt(4) == 0 ? "wide/" : "narrow/") + random.nextInt(50);
            Route route = router.route(TopicName.of(topic));
            assertThat(route.weight()).isEqualTo(topic.startsWith("w") ? 50 : 0);
            assertThat(router.weight()).isBetween(0L, 500L);
            if (random.nextInt(100) == 0) {
                index.move(other, 1, List.of(Subscription.of("#", 0))); // as good as a change of everything
            }
        }
        assertThat(router.hits()).isGreaterThan(1000);
        assertThat(new Router(index, 16, 10).route(TopicName.of("wide/1")).live(0))
                .hasSize(50);
    }
}
