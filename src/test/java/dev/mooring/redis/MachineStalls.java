package dev.mooring.redis;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * When this machine, or this JVM, let threads wait that had nothing to wait for: a collection, a busy neighbour, a
 * machine that was itself stopped. Threads that want a byte back over the loopback network every few milliseconds tell
 * it, a pair for each processor; so a test may ask how much of a delay was nobody's fault. A thread of the broker that
 * blocks stalls none of them.
 */
final class MachineStalls implements AutoCloseable {
    private static final long TICK_NS = TimeUnit.MILLISECONDS.toNanos(5);
    /** What an answer may be late on a machine at rest. */
    private static final long LATE_NS = TimeUnit.MILLISECONDS.toNanos(1);

    /** @param fromNs when a thread wanted to run, by {@link System#nanoTime} */
    record Stall(long fromNs, long toNs) {}

    private final List<Thread> threads = new ArrayList<>();
    private final Queue<Stall> stalls = new ConcurrentLinkedQueue<>();
    private volatile boolean closed;

    MachineStalls() {
        for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
            try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                Socket asking = new Socket(listener.getInetAddress(), listener.getLocalPort());
                Socket answering = listener.accept();
                asking.setTcpNoDelay(true);
                answering.setTcpNoDelay(true);
                run("stalls-answer-" + i, () -> answer(answering));
                run("stalls-ask-" + i, () -> ask(asking));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private void run(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
        threads.add(thread);
    }

    private static void answer(Socket socket) {
        try (socket) {
            for (int asked = socket.getInputStream().read();
                    asked >= 0;
                    asked = socket.getInputStream().read()) {
                socket.getOutputStream().write(asked);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void ask(Socket socket) {
        try (socket) {
            long beforeNs = System.nanoTime();
            while (!closed) {
                LockSupport.parkNanos(TICK_NS);
                socket.getOutputStream().write(1);
                socket.getInputStream().read();
                long nowNs = System.nanoTime();
                if (nowNs - beforeNs > TICK_NS + LATE_NS) {
                    stalls.add(new Stall(beforeNs + TICK_NS, nowNs));
                }
                beforeNs = nowNs;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The most that one answer was late in this time, ns: what a ping might have been late, too. To be asked when
     * {@link #close} has returned.
     */
    long longest(long fromNs, long toNs) {
        return longest(stalls, fromNs, toNs);
    }

    static long longest(Collection<Stall> stalls, long fromNs, long toNs) {
        long longest = 0;
        for (Stall stall : stalls) {
            longest = Math.max(longest, Math.min(stall.toNs, toNs) - Math.max(stall.fromNs, fromNs));
        }
        return longest;
    }

    /** Returns when every thread has told of its last stall. */
    @Override
    public void close() throws InterruptedException {
        closed = true;
        for (Thread thread : threads) {
            thread.join();
        }
    }
}
