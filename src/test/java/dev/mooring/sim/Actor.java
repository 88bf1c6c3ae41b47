package dev.mooring.sim;

import java.util.ArrayDeque;

/**
 * A thread of the broker with its queue of tasks: an event loop or the store's worker. What is put into the queue first
 * is run first, whoever put it there; how long it takes until a task is run, and how long the task takes from one
 * effect to the next, is chance. That is what Vert.x guarantees between contexts, and all that it guarantees.
 */
final class Actor {
    final String name;
    private final SimBroker broker;
    private final World world;
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private boolean scheduled;
    private long busyUntilUs;

    Actor(String name, SimBroker broker) {
        this.name = name;
        this.broker = broker;
        this.world = broker.world;
    }

    void post(Runnable task) {
        tasks.add(task);
        schedule();
    }

    /** From another actor, whose task has come to this point only now. */
    void send(Runnable task) {
        world.after(broker.taskUs(), () -> post(task));
    }

    private void schedule() {
        if (!scheduled && !tasks.isEmpty()) {
            scheduled = true;
            long startUs = Math.max(busyUntilUs, world.nowUs()) + world.delayUs(broker.settings.taskUs());
            world.at(startUs, this::runOne);
        }
    }

    private void runOne() {
        Runnable task = tasks.poll();
        if (task != null && broker.isAlive()) {
            broker.run(this, task);
            busyUntilUs = world.nowUs() + broker.taskUs();
            scheduled = false;
            schedule();
        }
    }
}
