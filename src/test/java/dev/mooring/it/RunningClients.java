package dev.mooring.it;

import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Clients of one test, a thread each. For the thread of the test. */
final class RunningClients implements AutoCloseable {
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Future<?>> running = new ArrayList<>();

    void run(Runnable client) {
        running.add(threads.submit(client));
    }

    /** A client that fails ends the waiting. */
    void waitFor(Callable<Boolean> condition) {
        await().atMost(60, TimeUnit.SECONDS).until(() -> {
            for (Future<?> client : running) {
                if (client.isDone()) {
                    client.get();
                }
            }
            return condition.call();
        });
    }

    /** All of them come to their end, and none has failed. */
    void join() throws Exception {
        for (Future<?> client : running) {
            client.get(MooringProcess.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
