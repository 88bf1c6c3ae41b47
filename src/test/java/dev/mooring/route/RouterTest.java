package dev.mooring.route;

import static dev.mooring.route.SubscriptionIndexTest.subscriber;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.Subscription;
import dev.mooring.message.TopicName;
import java.util.Random;
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
    void follows_a_session_to_another_loop() {
        Router router = new Router(index);
        Subscriber one = subscriber(1, true, 0);
        index.subscribe(one, Subscription.of("a", 1));
        assertThat(router.route(TopicName.of("a")).live(0)).hasSize(1);
        one.loop(5);
        index.changed();
        assertThat(router.route(TopicName.of("a")).live(0)).isEmpty();
        assertThat(router.route(TopicName.of("a")).live(5)).hasSize(1);
        one.loop(Subscriber.OFFLINE);
        index.changed();
        assertThat(router.route(TopicName.of("a")).loops()).isEmpty();
        assertThat(router.route(TopicName.of("a")).durable()).hasSize(1);
    }

    @Test
    void holds_no_more_than_its_bound() {
        for (int i = 0; i < 50; i++) {
            index.subscribe(subscriber(i, false, 0), Subscription.of("wide/#", 0));
        }
        Router router = new Router(index, 1024, 500);
        Random random = new Random(3);
        for (int i = 0; i < 10_000; i++) {
            String topic = (random.nextInt(4) == 0 ? "wide/" : "narrow/") + random.nextInt(50);
            Route route = router.route(TopicName.of(topic));
            assertThat(route.weight()).isEqualTo(topic.startsWith("w") ? 50 : 0);
            assertThat(router.weight()).isBetween(0L, 500L);
            if (random.nextInt(100) == 0) {
                index.changed();
            }
        }
        assertThat(router.hits()).isGreaterThan(1000);
        assertThat(new Router(index, 16, 10).route(TopicName.of("wide/1")).live(0))
                .hasSize(50);
    }
}
