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

/** Matching, subscribing and unsubscribing beside subscriptions of one kind that do not match. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class SubscriptionIndexBenchmark {
    private static final int CHANGES = 4096;
    private static final TopicName TOPIC = TopicName.of("plant/hall/7/robot/3/state");

    @Param({"10", "100000", "1000000"})
    int filters;

    @Param({"plant/hall/n%d", "plant/+/n%d", "plant/hall/n%d/#", "$share/crew/plant/hall/n%d"})
    String kind;

    private final SubscriptionIndex index = new SubscriptionIndex();
    private final Subscriber subscriber = new Subscriber(1, "c", false);
    private final Subscription[] more = new Subscription[CHANGES];
    private int next;

    @Setup
    public void subscribe() {
        for (int i = 0; i < filters; i++) {
            index.subscribe(subscriber, filter(i));
        }
        for (int i = 0; i < CHANGES; i++) {
            more[i] = filter(filters + i);
        }
        index.subscribe(subscriber, Subscription.of(TOPIC.text(), 0));
        index.subscribe(subscriber, Subscription.of("plant/hall/+/robot/3/state", 0));
    }

    private Subscription filter(int number) {
        return Subscription.of(kind.replace("%d", "" + number), 0);
    }

    /** One exact filter and one with a wildcard match. */
    @Benchmark
    public Route match() {
        return index.match(TOPIC);
    }

    /** One subscribe and one unsubscribe. */
    @Benchmark
    public Subscription change() {
        Subscription subscription = more[next++ & CHANGES - 1];
        index.subscribe(subscriber, subscription);
        return index.unsubscribe(subscriber, subscription.filter());
    }
}
