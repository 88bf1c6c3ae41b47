package dev.mooring.route;

import static dev.mooring.route.SharedGroup.ANY_LOOP;
import static dev.mooring.route.SubscriptionIndexTest.subscriber;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.Subscription;
import dev.mooring.message.TopicFilter;
import dev.mooring.message.TopicName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SharedGroupTest {
    private static final String FILTER = "$share/g/a/+";

    private final SubscriptionIndex index = new SubscriptionIndex();

    @Test
    void takes_turns_among_those_on_line() {
        List<Subscriber> members = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            members.add(join(i, false, i % 3 == 0 ? Subscriber.OFFLINE : i % 4, 1));
        }
        for (int i = 0; i < 20; i += 5) {
            index.unsubscribe(members.get(i), TopicFilter.of(FILTER));
        }
        Map<Subscriber, Integer> counts = count(group(), 1100, ANY_LOOP);
        for (int i = 0; i < 20; i++) {
            boolean there = i % 5 != 0 && i % 3 != 0;
            assertThat(counts.getOrDefault(members.get(i), 0)).isEqualTo(there ? 100 : 0);
        }
    }

    @Test
    void prefers_a_loop_but_not_to_the_point_of_silence() {
        Subscriber here = join(1, false, 0, 1);
        Subscriber hereToo = join(2, false, 0, 1);
        Subscriber there = join(3, false, 1, 1);
        assertThat(count(group(), 10, 0)).containsEntry(here, 5).containsEntry(hereToo, 5);
        assertThat(count(group(), 10, 1)).containsEntry(there, 10);
        assertThat(count(group(), 9, 7)).containsEntry(here, 3).containsEntry(there, 3);
    }

    @Test
    void nobody_on_line_is_noticed_and_forgotten() {
        Subscriber one = join(1, true, Subscriber.OFFLINE, 1);
        SharedGroup group = group();
        assertThat(group.pick(ANY_LOOP)).isNull();
        assertThat(group.pick(ANY_LOOP)).isNull();
        assertThat(group.hasDurableMember()).isTrue();
        index.move(one, 2, List.of(Subscription.of(FILTER, 1)));
        assertThat(group.pick(ANY_LOOP)).isNotNull();
        index.move(one, Subscriber.OFFLINE, List.of(Subscription.of(FILTER, 1)));
        assertThat(group.pick(ANY_LOOP)).isNull();
        Subscriber two = join(2, false, 0, 0);
        Target target = group.pick(ANY_LOOP);
        assertThat(target).isNotNull();
        assertThat(target.subscriber()).isSameAs(two);
    }

    @Test
    void fails_over_to_another_member() {
        Subscriber one = join(1, false, 0, 1);
        assertThat(group().pickOther(t -> t.subscriber() != one)).isNull();
        Subscriber two = join(2, false, 1, 2);
        for (int i = 0; i < 5; i++) {
            Target target = group().pickOther(t -> t.subscriber() != one);
            assertThat(target).isNotNull();
            assertThat(target.subscriber()).isSameAs(two);
            assertThat(target.qos()).isEqualTo(2);
        }
    }

    @Test
    void durable_members_are_counted_through_replacement_and_leaving() {
        Subscriber one = join(1, true, 0, 0);
        assertThat(group().hasDurableMember()).isFalse();
        join(2, false, 0, 2);
        assertThat(group().hasDurableMember()).isFalse();
        index.subscribe(one, Subscription.of(FILTER, 1));
        assertThat(group().hasDurableMember()).isTrue();
        assertThat(group().size()).isEqualTo(2);
        index.unsubscribe(one, TopicFilter.of(FILTER));
        assertThat(group().hasDurableMember()).isFalse();
        assertThat(group().members()).hasSize(1);
    }

    @Test
    void the_queue_is_given_once() {
        join(1, true, 0, 1);
        SharedGroup group = group();
        assertThat(group.queueSessionId()).isZero();
        Subscriber queue = group.queue(77);
        assertThat(group.queue(78)).isSameAs(queue);
        assertThat(group.queueSessionId()).isEqualTo(77);
        assertThat(queue.durable()).isTrue();
        assertThat(queue.loop()).isEqualTo(Subscriber.OFFLINE);
    }

    @Test
    void members_come_and_go_in_great_numbers() {
        Subscriber stable = join(0, false, 0, 1);
        List<Subscriber> others = new ArrayList<>();
        for (int i = 1; i <= 5000; i++) {
            others.add(join(i, false, Subscriber.OFFLINE, 1));
        }
        SharedGroup group = group();
        for (Subscriber other : others) {
            Target target = group.pick(ANY_LOOP);
            assertThat(target).isNotNull();
            assertThat(target.subscriber()).isSameAs(stable);
            index.unsubscribe(other, TopicFilter.of(FILTER));
        }
        assertThat(group.members()).hasSize(1);
    }

    /** A member who is there all the time is never overlooked, however much the array changes around it. */
    @Test
    void a_stable_member_is_always_found() throws Exception {
        Subscriber stable = join(0, false, 0, 1);
        SharedGroup group = group();
        AtomicInteger working = new AtomicInteger(2);
        List<Thread> writers = new ArrayList<>();
        for (int w = 1; w <= 2; w++) {
            int writer = w;
            Thread thread = new Thread(() -> {
                Random random = new Random(writer);
                Subscriber[] own = new Subscriber[40];
                for (int i = 0; i < 40_000; i++) {
                    int at = random.nextInt(own.length);
                    Subscriber leaving = own[at];
                    own[at] = leaving == null ? join(writer * 100L + at, false, Subscriber.OFFLINE, 1) : null;
                    if (leaving != null) {
                        index.unsubscribe(leaving, TopicFilter.of(FILTER));
                    }
                }
                working.decrementAndGet();
            });
            writers.add(thread);
            thread.start();
        }
        int missed = 0;
        while (working.get() > 0) {
            Target target = group.pick(ANY_LOOP);
            missed += target == null || target.subscriber() != stable ? 1 : 0;
        }
        for (Thread writer : writers) {
            writer.join();
        }
        assertThat(missed).isZero();
        assertThat(group.members()).hasSize(group.size());
    }

    private Subscriber join(long id, boolean durable, int loop, int qos) {
        Subscriber subscriber = subscriber(id, durable, loop);
        index.subscribe(subscriber, Subscription.of(FILTER, qos));
        return subscriber;
    }

    private SharedGroup group() {
        return index.match(TopicName.of("a/b")).groups()[0];
    }

    private static Map<Subscriber, Integer> count(SharedGroup group, int picks, int preferredLoop) {
        Map<Subscriber, Integer> counts = new HashMap<>();
        for (int i = 0; i < picks; i++) {
            Target target = group.pick(preferredLoop);
            assertThat(target).isNotNull();
            counts.merge(target.subscriber(), 1, Integer::sum);
        }
        return counts;
    }
}
