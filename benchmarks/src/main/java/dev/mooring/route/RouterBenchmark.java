package dev.mooring.route;

import dev.mooring.message.Subscription;
import dev.mooring.message.TopicName;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What asking for the route of a busy topic costs while other clients come and go. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class RouterBenchmark {
    private static final TopicName TOPIC = TopicName.of("fleet/news");
    private static final int COMERS = 1024;

    /** Of the topic that is published to. */
    @Param({"1", "10", "1000", "100000"})
    int subscribers;

    private final SubscriptionIndex index = new SubscriptionIndex();
    private final Router router = new Router(index);
    private final Subscriber[] comers = new Subscriber[COMERS];
    private final Subscription[] elsewhere = new Subscription[COMERS];
    private final Subscription here = Subscription.of(TOPIC.text(), 0);
    private int next;

    @Setup
    public void subscribe() {
        for (int i = 0; i < subscribers; i++) {
            index.subscribe(subscriber(i), here);
        }
        for (int i = 0; i < COMERS; i++) {
            comers[i] = subscriber(1_000_000 + i);
            elsewhere[i] = Subscription.of("fleet/" + i + "/commands", 0);
        }
    }

    /** Nothing changes. */
    @Benchmark
    public Route quiet() {
        return router.route(TOPIC);
    }

    /** Before each publish one client came and one went, with subscriptions of their own. */
    @Benchmark
    public Route changesElsewhere() {
        int i = next++ & COMERS - 1;
        index.subscribe(comers[i], elsewhere[i]);
        index.unsubscribe(comers[i], elsewhere[i].filter());
        return router.route(TOPIC);
    }

    /** Before each publish one client came to this topic and went again. */
    @Benchmark
    public Route changesHere() {
        int i = next++ & COMERS - 1;
        index.subscribe(comers[i], here);
        index.unsubscribe(comers[i], here.filter());
        return router.route(TOPIC);
    }

    private static Subscriber subscriber(long id) {
        Subscriber subscriber = new Subscriber(id, "c" + id, false);
        subscriber.loop((int) id & 1);
        return subscriber;
    }
}
