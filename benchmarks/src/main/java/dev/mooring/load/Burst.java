package dev.mooring.load;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Publishes given QoS 1 messages on one connection, with a bounded number unacknowledged. */
public final class Burst implements Role {
    private static final int WINDOW = 100;

    private final int publisher;
    private final Iterator<Frame> frames;
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private Connection connection;
    private int open;
    private int sequence;

    private Burst(int publisher, List<Frame> frames) {
        this.publisher = publisher;
        this.frames = frames.iterator();
    }

    /** Waits until all are acknowledged. The frames at one place of the list go out on one connection. */
    public static void publish(Load load, int port, String name, List<List<Frame>> frames) {
        List<Burst> bursts = new ArrayList<>();
        for (int i = 0; i < frames.size(); i++) {
            bursts.add(new Burst(i, frames.get(i)));
        }
        List<Connection> connections = load.connect(port, frames.size(), true, n -> name + "-b" + n, bursts::get);
        load.run(() -> connections.forEach(c -> ((Burst) c.role()).start(c)));
        for (Burst burst : bursts) {
            Load.await(burst.done);
        }
        load.close(connections);
    }

    private void start(Connection on) {
        connection = on;
        fill();
    }

    @Override
    public void acked() {
        open--;
        fill();
    }

    @Override
    public void readAll() {
        if (connection != null) {
            connection.flush();
        }
    }

    private void fill() {
        while (open < WINDOW && frames.hasNext()) {
            connection.publish(frames.next(), publisher, sequence++, 0);
            open++;
        }
        connection.flush();
        if (open == 0) {
            done.complete(null);
        }
    }
}
