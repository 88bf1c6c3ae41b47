package dev.mooring.route;

import dev.mooring.message.Message;
import dev.mooring.message.TopicFilter;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Gives messages to the sessions of one loop, in the order they came, and measures out how much one turn of the event
 * loop may do. Confined to that loop.
 *
 * <p>A topic may reach a hundred thousand sessions of one loop, and one read may bring thousands of messages. After
 * {@link #WORK_PER_TURN} deliveries and packets the rest waits for the next turn, behind the sockets that have become
 * ready meanwhile; so everybody else is heard in between. While something waits, {@link #isSpent} says so, and the loop
 * reads no further packets; so what waits is bounded by what was on its way already.
 *
 * <p>Nothing is counted per turn: whenever that much has been done, over however many turns, the next turn is forced.
 * That costs one task in thousands of deliveries.
 */
public final class Arrivals {
    /** Deliveries and packets after which the sockets have their turn: about a millisecond. */
    public static final int WORK_PER_TURN = 2_048;

    private final int loop;
    private final int workPerTurn;
    private final Executor nextTurn;
    private final Strays strays;
    private final ArrayDeque<Due> due = new ArrayDeque<>();
    private int left;
    private boolean turning;

    /** Takes what a shared subscription meant for a session that is not here any more. */
    public interface Strays {
        void redeliver(Message message, TopicFilter shared);
    }

    /** A batch that came while others waited, or that was too much for one turn; and how far it got. */
    private static final class Due {
        final Deliveries batch;
        final Runnable then;
        int message;
        int target;

        Due(Deliveries batch, Runnable then) {
            this.batch = batch;
            this.then = then;
        }
    }

    /**
     * @param workPerTurn see {@link #WORK_PER_TURN}
     * @param nextTurn runs a task on this loop after its sockets had a turn
     */
    public Arrivals(int loop, int workPerTurn, Executor nextTurn, Strays strays) {
        this.loop = loop;
        this.workPerTurn = workPerTurn;
        this.nextTurn = nextTurn;
        this.strays = strays;
        this.left = workPerTurn;
    }

    /** From a publisher of this loop. */
    public void deliver(Message message, Target[] targets, @Nullable TopicFilter shared) {
        int done = due.isEmpty() ? deliver(message, targets, shared, 0) : 0;
        if (done < targets.length) {
            Deliveries rest = new Deliveries();
            rest.add(message, targets, shared);
            Due last = new Due(rest, () -> {});
            last.target = done;
            due.add(last);
        }
    }

    /** From another loop. {@code then} runs when all of it is delivered. */
    public void deliver(Deliveries batch, Runnable then) {
        due.add(new Due(batch, then));
        if (due.size() == 1) {
            proceed();
        }
    }

    /** Runs {@code then} once all that has come until now is delivered; often at once. */
    public void afterAll(Runnable then) {
        if (due.isEmpty()) {
            then.run();
        } else {
            due.add(new Due(new Deliveries(), then));
        }
    }

    /** Something was done that takes about as long as {@code deliveries} do. */
    public void worked(int deliveries) {
        left -= deliveries;
        if (left <= 0 && !turning) {
            turning = true;
            nextTurn.execute(this::turn);
        }
    }

    /** Whether the rest, and what sockets may bring, has to wait for the next turn. */
    public boolean isSpent() {
        return left <= 0 || !due.isEmpty();
    }

    private void turn() {
        turning = false;
        left = workPerTurn;
        proceed();
    }

    private void proceed() {
        Due first = due.peek();
        while (first != null && proceed(first)) {
            due.remove();
            first.then.run();
            first = due.peek();
        }
    }

    /** False when some of it is left for another turn. */
    private boolean proceed(Due first) {
        while (first.message < first.batch.size()) {
            Target[] targets = first.batch.targets(first.message);
            Message message = first.batch.message(first.message);
            first.target = deliver(message, targets, first.batch.shared(first.message), first.target);
            if (first.target < targets.length) {
                return false;
            }
            first.message++;
            first.target = 0;
        }
        return true;
    }

    /** Delivers from the target at {@code from} on, as far as this turn goes, and returns how far that was. */
    private int deliver(Message message, Target[] targets, @Nullable TopicFilter shared, int from) {
        int to = Math.min(targets.length, from + Math.max(0, left));
        worked(to - from);
        for (int i = from; i < to; i++) {
            deliver(message, targets[i], shared);
        }
        return to;
    }

    /**
     * A session that left meanwhile has it in its store, or has ended; one that is on another loop by now reads it from
     * its store there.
     */
    private void deliver(Message message, Target target, @Nullable TopicFilter shared) {
        Subscriber s = target.subscriber();
        Inbox inbox = s.loop() == loop ? s.inbox() : null;
        if (inbox != null) {
            deliver(inbox, message, target, shared);
        } else if (shared != null && !target.isDurable()) {
            strays.redeliver(message, shared);
        }
    }

    private static void deliver(Inbox inbox, Message message, Target target, @Nullable TopicFilter shared) {
        try {
            inbox.deliver(message, target, shared);
        } catch (RuntimeException bug) {
            inbox.failed(bug);
        }
    }
}
