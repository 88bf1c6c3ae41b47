package dev.mooring.redis;

import dev.mooring.FreePorts;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.DelayQueue;
import java.util.concurrent.Delayed;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A network between the broker and a port on this machine, as bad as a test wants it. All methods may be called at any
 * time, from any thread, and count for connections that exist and for those to come.
 */
public final class SlowProxy implements AutoCloseable {
    private static final int CHUNK_BYTES = 16 * 1024;

    private final int port;
    private final int target;
    private final Way toServer = new Way();
    private final Way toClient = new Way();
    private final Set<Pair> pairs = ConcurrentHashMap.newKeySet();
    private ServerSocket listener;
    private Thread acceptor;

    /** What happens to bytes in one direction, of all connections together. */
    private static final class Way {
        volatile long delayNs;
        /** Bytes that still pass before all connections are cut; negative when none are counted. */
        private long left = -1;

        /** What becomes of the next bytes. One decision: a test counts from when it says so. */
        synchronized Passage pass(int length) {
            if (left < 0) {
                return new Passage(length, false);
            }
            int bytes = (int) Math.min(left, length);
            left -= bytes;
            boolean cut = left == 0;
            left = cut ? -1 : left;
            return new Passage(bytes, cut);
        }

        synchronized void cutAfter(long bytes) {
            left = bytes;
        }
    }

    private record Passage(int bytes, boolean cut) {}

    private SlowProxy(int target, ServerSocket listener) {
        this.target = target;
        this.listener = listener;
        this.port = listener.getLocalPort();
        this.acceptor = run("accept", () -> accept(listener));
    }

    /** In front of a port on the loopback address; without faults at first. */
    public static SlowProxy before(int target) {
        try {
            return new SlowProxy(target, listen(FreePorts.of(1)[0]));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where to connect to. */
    public int port() {
        return port;
    }

    /** For the configuration of a pool. */
    public String server() {
        return "127.0.0.1:" + port;
    }

    public int connections() {
        return pairs.size();
    }

    /** How long each byte is under way; bytes sent already keep their time. */
    public void delay(long toServerMs, long toClientMs) {
        toServer.delayNs = TimeUnit.MILLISECONDS.toNanos(toServerMs);
        toClient.delayNs = TimeUnit.MILLISECONDS.toNanos(toClientMs);
    }

    /** What connections that exist now send to the server waits on its way until {@link #release}; others' passes. */
    public void hold() {
        pairs.forEach(pair -> {
            pair.held = true;
            pair.gate = new CountDownLatch(1);
        });
    }

    /** Connections that were held once, and whose server, or the way to it, has not ended yet. */
    public long held() {
        return pairs.stream().filter(pair -> pair.held).count();
    }

    /** Also of connections whose client has gone meanwhile. */
    public void release() {
        pairs.forEach(pair -> pair.gate.countDown());
    }

    /** Bytes that wait on their way to the server. */
    public long bytesToServer() {
        return pairs.stream().mapToLong(pair -> pair.toServerBytes.get()).sum();
    }

    /** Ends all connections now; what was under way is lost. New ones may come. */
    public void cut() {
        pairs.forEach(Pair::close);
    }

    /** Lets so many bytes more through to the server, then cuts, once: the rest of a command never arrives. */
    public void cutAfterToServer(long bytes) {
        toServer.cutAfter(bytes);
    }

    /** Lets so many bytes more through to the client, then cuts, once; with 0 the next answer is lost. */
    public void cutAfterToClient(long bytes) {
        toClient.cutAfter(bytes);
    }

    /** Connections are refused from now on; those that exist stay. */
    public synchronized void refuse() {
        close(listener);
        try {
            acceptor.join(); // as long as it waits there, a last one may still come
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Connections are accepted again, on the same port. */
    public synchronized void accept() {
        try {
            ServerSocket again = listen(port);
            listener = again;
            acceptor = run("accept", () -> accept(again));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        refuse();
        cut();
        FreePorts.giveBack(port);
    }

    private static ServerSocket listen(int port) throws IOException {
        ServerSocket socket = new ServerSocket();
        socket.setReuseAddress(true);
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return socket;
    }

    private void accept(ServerSocket from) {
        while (!from.isClosed()) {
            try {
                Socket client = from.accept();
                Socket server = new Socket();
                Pair pair = new Pair(client, server);
                pairs.add(pair);
                try {
                    server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target), 5_000);
                    pair.start();
                } catch (IOException e) {
                    pair.close(); // the client sees that its server is away
                }
            } catch (IOException e) {
                return; // refuse()
            }
        }
    }

    /** One connection of a client and the one to the server that belongs to it. */
    private final class Pair {
        private final Socket client;
        private final Socket server;
        private volatile CountDownLatch gate = new CountDownLatch(0);
        private volatile boolean held;
        private final AtomicLong toServerBytes = new AtomicLong();

        Pair(Socket client, Socket server) {
            this.client = client;
            this.server = server;
        }

        void start() throws IOException {
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
            pump(client, server, toServer);
            pump(server, client, toClient);
        }

        private void pump(Socket from, Socket to, Way way) {
            DelayQueue<Chunk> underWay = new DelayQueue<>();
            run("read", () -> read(from, way, underWay));
            run("write", () -> write(to, way, underWay));
        }

        private void read(Socket from, Way way, DelayQueue<Chunk> underWay) {
            byte[] buffer = new byte[CHUNK_BYTES];
            long lastNs = System.nanoTime();
            try {
                InputStream in = from.getInputStream();
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    // Bytes don't overtake each other, not even when the delay has become less: each has a time of its
                    // own.
                    lastNs = Math.max(lastNs + 1, System.nanoTime() + way.delayNs);
                    if (way == toServer) {
                        toServerBytes.addAndGet(n);
                    }
                    underWay.add(new Chunk(Arrays.copyOf(buffer, n), lastNs));
                }
            } catch (IOException e) {
                lastNs = System.nanoTime(); // cut: nothing more comes
            }
            underWay.add(new Chunk(new byte[0], Math.max(lastNs + 1, System.nanoTime() + way.delayNs)));
        }

        private void write(Socket to, Way way, DelayQueue<Chunk> underWay) {
            try {
                OutputStream out = to.getOutputStream();
                for (Chunk chunk = underWay.take(); chunk.bytes.length > 0; chunk = underWay.take()) {
                    if (way == toServer) {
                        gate.await();
                        toServerBytes.addAndGet(-chunk.bytes.length);
                    }
                    Passage passage = way.pass(chunk.bytes.length);
                    out.write(chunk.bytes, 0, passage.bytes);
                    if (passage.cut) {
                        cut();
                        return;
                    }
                }
            } catch (IOException e) {
                // Closed by either side, or cut: the other half has to end too.
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            close();
        }

        void close() {
            pairs.remove(this);
            SlowProxy.close(client);
            SlowProxy.close(server);
        }
    }

    /** @param bytes none for the end */
    private record Chunk(byte[] bytes, long dueNs) implements Delayed {
        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(dueNs - System.nanoTime(), TimeUnit.NANOSECONDS);
        }

        @Override
        public int compareTo(Delayed other) {
            return Long.compare(dueNs, ((Chunk) other).dueNs);
        }
    }

    private static Thread run(String name, Runnable task) {
        Thread thread = new Thread(task, "proxy-" + name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static void close(AutoCloseable socket) {
        try {
            socket.close();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
