package dev.mooring.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.Subscription;
import dev.mooring.message.TopicFilter;
import dev.mooring.message.TopicName;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.junit.jupiter.api.Test;

/** Threads that subscribe, unsubscribe and match at the same time; no sleeps, a fixed amount of work. */
class SubscriptionIndexStressTest {
    private static final int WRITERS = 4;
    private static final int STEPS = 20_000;
    private static final String[] FILTERS = {"a", "a/b", "a/#", "+", "+/b", "#", "a/+", "$share/g/a", "$share/g/a/+"};

    private final SubscriptionIndex index = new SubscriptionIndex();

    /** What a writer promises: this session is reached by this topic, from now until the slot changes. */
    private record Promise(Subscriber subscriber, TopicName topic) {}

    private final AtomicReferenceArray<Promise> promises = new AtomicReferenceArray<>(WRITERS);

    @Test
    void nothing_is_lost_and_everything_is_seen() throws Exception {
        List<NaiveRoutes> models = new ArrayList<>();
        List<Callable<Void>> writers = new ArrayList<>();
        for (int w = 0; w < WRITERS; w++) {
            int writer = w;
            NaiveRoutes model = new NaiveRoutes();
            models.add(model);
            writers.add(() -> write(writer, model));
        }
        AtomicBoolean done = new AtomicBoolean();
        List<Router> routers = List.of(new Router(index, 64, 10_000), new Router(index));
        runTogether(
                writers,
                List.of(() -> checkPromises(routers.get(0), done), () -> checkPromises(routers.get(1), done)),
                done);

        NaiveRoutes all = new NaiveRoutes();
        models.forEach(m -> all.all.putAll(m.all));
        assertThat(index.subscriptions()).isEqualTo(all.size());
        Random random = new Random(1);
        for (int i = 0; i < 200; i++) {
            String topic = i == 0 ? "a" : i == 1 ? "a/b" : Topics.topic(random);
            assertThat(NaiveRoutes.answer(index, topic)).isEqualTo(all.match(topic));
            for (Router router : routers) { // what is remembered from the turmoil is not out of date
                assertThat(NaiveRoutes.answer(router.route(TopicName.of(topic))))
                        .isEqualTo(all.match(topic));
            }
        }
        List<Callable<Void>> leavers = new ArrayList<>();
        models.forEach(m -> leavers.add(() -> {
            m.all.forEach((subscriber, own) -> own.values().forEach(s -> index.unsubscribe(subscriber, s.filter())));
            return null;
        }));
        runTogether(leavers, List.of(), done);
        SubscriptionIndexTest.assertThatNothingIsLeft(index);
    }

    /** The same few filters, made and emptied all the time: pruning against adding. */
    @Test
    void a_branch_that_is_pruned_and_comes_back_is_not_lost() throws Exception {
        List<Callable<Void>> writers = new ArrayList<>();
        for (int w = 0; w < WRITERS; w++) {
            Subscriber subscriber = SubscriptionIndexTest.subscriber(w, false, 0);
            writers.add(() -> {
                for (int i = 0; i < STEPS; i++) {
                    String filter = FILTERS[i % FILTERS.length];
                    TopicName topic = TopicName.of(filter.endsWith("a") ? "a" : "a/b");
                    Subscription s = Subscription.of(filter, 0);
                    index.subscribe(subscriber, s);
                    if (!filter.equals("+")) {
                        assertThat(reaches(index.match(topic), subscriber)).isTrue();
                    }
                    index.unsubscribe(subscriber, s.filter());
                    assertThat(reaches(index.match(topic), subscriber)).isFalse();
                }
                return null;
            });
        }
        runTogether(writers, List.of(), new AtomicBoolean());
        SubscriptionIndexTest.assertThatNothingIsLeft(index);
    }

    private Void write(int writer, NaiveRoutes model) {
        Random random = new Random(writer);
        List<Subscriber> own = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            own.add(SubscriptionIndexTest.subscriber(1 + writer * 100L + i, i % 2 == 0, i % 4));
        }
        Subscriber stable = SubscriptionIndexTest.subscriber(1000 + writer, false, writer);
        for (int step = 0; step < STEPS; step++) {
            Subscriber subscriber = own.get(random.nextInt(own.size()));
            if (random.nextInt(5) < 3) {
                Subscription s = Topics.subscription(random);
                assertThat(index.subscribe(subscriber, s)).isEqualTo(model.subscribe(subscriber, s));
            } else {
                TopicFilter filter = Topics.filter(random);
                assertThat(index.unsubscribe(subscriber, filter)).isEqualTo(model.unsubscribe(subscriber, filter));
            }
            if (step % 16 == 0) { // another promise: kept first, then told; withdrawn first, then broken
                Promise former = promises.getAndSet(writer, null);
                if (former != null) {
                    model.all.remove(stable).values().forEach(s -> index.unsubscribe(stable, s.filter()));
                }
                String topic = Topics.topic(random);
                Subscription s = Subscription.of(topic + (step % 32 == 0 ? "/#" : ""), 0);
                index.subscribe(stable, s);
                model.subscribe(stable, s);
                promises.set(writer, new Promise(stable, TopicName.of(topic)));
            }
        }
        return null;
    }

    private Void checkPromises(Router router, AtomicBoolean done) {
        for (int i = 0; !done.get(); i++) {
            int writer = i % WRITERS;
            Promise promise = promises.get(writer);
            if (promise != null) {
                boolean reached = reaches(router.route(promise.topic()), promise.subscriber());
                assertThat(reached || promises.get(writer) != promise)
                        .as("%s", promise)
                        .isTrue();
            }
        }
        return null;
    }

    private static boolean reaches(Route route, Subscriber subscriber) {
        for (Target target : route.live(subscriber.loop())) {
            if (target.subscriber() == subscriber) {
                return true;
            }
        }
        for (SharedGroup group : route.groups()) {
            if (group.members().stream().anyMatch(m -> m.subscriber() == subscriber)) {
                return true;
            }
        }
        return false;
    }

    private static void runTogether(List<Callable<Void>> workers, List<Callable<Void>> watchers, AtomicBoolean done)
            throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(workers.size() + watchers.size());
        try {
            List<Future<Void>> watching = new ArrayList<>();
            watchers.forEach(w -> watching.add(threads.submit(w)));
            List<Future<Void>> working = new ArrayList<>();
            workers.forEach(w -> working.add(threads.submit(w)));
            try {
                get(working);
            } finally {
                done.set(true);
            }
            get(watching);
        } finally {
            threads.shutdownNow();
        }
    }

    private static void get(List<Future<Void>> futures) throws InterruptedException, ExecutionException {
        for (Future<Void> future : futures) {
            future.get();
        }
    }
}
