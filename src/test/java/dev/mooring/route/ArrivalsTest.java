package dev.mooring.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.PublishProperties;
import dev.mooring.message.TopicFilter;
import dev.mooring.message.TopicName;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** How much one turn of a loop delivers, and in which order. */
class ArrivalsTest {
    private static final int WORK = 10;

    private final SubscriptionIndex index = new SubscriptionIndex();
    private final ArrayDeque<Runnable> turns = new ArrayDeque<>();
    private final List<String> heard = new ArrayList<>();
    private final List<String> strayed = new ArrayList<>();
    private final Arrivals arrivals =
            new Arrivals(0, WORK, turns::add, (message, shared) -> strayed.add(text(message) + " " + shared.text()));

    @Test
    @DisplayName("what one turn can deliver is delivered at once, and nobody has to wait for a next turn")
    void atOnce() {
        arrivals.deliver(message("a"), targets(WORK - 1), null);
        assertThat(heard).hasSize(WORK - 1);
        assertThat(arrivals.isSpent()).isFalse();
        assertThat(turns).isEmpty();
        arrivals.afterAll(() -> heard.add("after"));
        assertThat(heard).endsWith("after");
    }

    @Test
    @DisplayName("a message for many is delivered in slices; until it is done the loop takes no more")
    void slices() {
        arrivals.deliver(message("a"), targets(2 * WORK + 1), null);
        assertThat(heard).hasSize(WORK);
        assertThat(arrivals.isSpent()).isTrue();
        turn();
        assertThat(heard).hasSize(2 * WORK);
        assertThat(arrivals.isSpent()).isTrue();
        turn();
        assertThat(heard).hasSize(2 * WORK + 1).doesNotHaveDuplicates();
        assertThat(arrivals.isSpent()).isFalse();
        assertThat(turns).isEmpty();
    }

    @Test
    @DisplayName("small messages of many turns together are as much as one large one")
    void smallOnesAddUp() {
        Target[] one = targets(1);
        for (int i = 0; i < WORK; i++) {
            arrivals.deliver(message("a" + i), one, null);
        }
        assertThat(heard).hasSize(WORK);
        assertThat(arrivals.isSpent()).isTrue();
        arrivals.deliver(message("late"), one, null);
        assertThat(heard).hasSize(WORK);
        turn();
        assertThat(heard).last().asString().startsWith("late");
        assertThat(arrivals.isSpent()).isFalse();
    }

    @Test
    @DisplayName("packets that deliver nothing use up the turn as well")
    void packetsCount() {
        for (int i = 0; i < 3 * WORK; i++) {
            arrivals.worked(1);
        }
        assertThat(arrivals.isSpent()).isTrue();
        assertThat(turns).hasSize(1);
        turn();
        assertThat(arrivals.isSpent()).isFalse();
    }

    @Test
    @DisplayName("each session gets messages in the order they came, of both loops")
    void order() {
        Target[] many = targets(WORK + 3);
        arrivals.deliver(message("1"), many, null);
        Deliveries batch = new Deliveries();
        batch.add(message("2"), many, null);
        batch.add(message("3"), many, null);
        arrivals.deliver(batch, () -> heard.add("batch"));
        arrivals.deliver(message("4"), many, null);
        arrivals.afterAll(() -> heard.add("after"));
        assertThat(heard).doesNotContain("batch", "after");
        turnAll();
        for (Target target : many) {
            String client = target.subscriber().clientId();
            assertThat(heard.stream().filter(h -> h.endsWith(" " + client)))
                    .containsExactly("1 " + client, "2 " + client, "3 " + client, "4 " + client);
        }
        assertThat(heard.indexOf("batch")).isGreaterThan(heard.indexOf("3 c0")).isLessThan(heard.lastIndexOf("4 c0"));
        assertThat(heard).endsWith("after");
    }

    @Test
    @DisplayName("a session that leaves while it waits for its slice gets nothing; a shared message finds another way")
    void leaves() {
        Target[] many = targets(WORK + 2);
        Subscriber gone = many[WORK].subscriber();
        Subscriber moved = many[WORK + 1].subscriber();
        arrivals.deliver(message("a"), many, null);
        arrivals.deliver(message("s"), new Target[] {many[WORK]}, TopicFilter.parse("$share/g/a"));
        gone.inbox(null);
        index.move(moved, 1, List.of());
        turnAll();
        assertThat(heard).hasSize(WORK);
        assertThat(strayed).containsExactly("s $share/g/a");
    }

    @Test
    @DisplayName("what a delivery sets off is delivered behind it")
    void nested() {
        Target[] many = targets(WORK + 1);
        Target[] one = targets(1);
        many[WORK].subscriber().inbox(new Inbox() {
            @Override
            public void deliver(Message message, Target target, @Nullable TopicFilter shared) {
                heard.add(text(message) + " nesting");
                arrivals.deliver(message("inner"), one, null);
            }

            @Override
            public void failed(RuntimeException bug) {
                throw bug;
            }
        });
        arrivals.deliver(message("a"), many, null);
        arrivals.deliver(message("b"), one, null);
        turnAll();
        assertThat(heard.subList(WORK, heard.size())).containsExactly("a nesting", "b c0", "inner c0");
    }

    private void turn() {
        assertThat(turns).hasSize(1);
        turns.remove().run();
    }

    private void turnAll() {
        while (!turns.isEmpty()) {
            turn();
        }
    }

    private Target[] targets(int count) {
        Target[] targets = new Target[count];
        for (int i = 0; i < count; i++) {
            Subscriber s = new Subscriber(i, "c" + i, false);
            index.move(s, 0, List.of());
            s.inbox(new Inbox() {
                @Override
                public void deliver(Message message, Target target, @Nullable TopicFilter shared) {
                    heard.add(text(message) + " " + target.subscriber().clientId());
                }

                @Override
                public void failed(RuntimeException bug) {
                    throw bug;
                }
            });
            targets[i] = new Target(s, 0, false, Target.NO_IDENTIFIERS, null, true);
        }
        return targets;
    }

    private static String text(Message message) {
        return message.topic().text();
    }

    private static Message message(String topic) {
        return new Message(
                MessageId.ZERO,
                "p",
                TopicName.of(topic),
                0,
                false,
                new byte[0],
                PublishProperties.EMPTY,
                0,
                Message.NEVER);
    }
}
