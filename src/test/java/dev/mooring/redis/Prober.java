package dev.mooring.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * What a fault of a store must leave alone, tried fifty times a second on both event loops of a broker: each loop has a
 * client that pings, and publishes at QoS 0 what a client of the other loop is to get.
 *
 * <p>A ping counts as one during an outage when the store owed answers before it was sent and after it was answered.
 * Every ping has to be answered in time, whether it is one of those or not. What {@link MachineStalls} saw meanwhile,
 * and what the threads concerned spent in the {@link RunQueue}, is not the broker's fault.
 */
final class Prober implements AutoCloseable {
    private static final long EVERY_MS = 20;
    /** Vert.x gives connections to the loops in turn. */
    private static final int CLIENTS = 2;
    /** What the contract of the stores promises. */
    private static final long PING_NS_MAX = TimeUnit.MILLISECONDS.toNanos(100);

    private final LongSupplier owed;
    private final long startNs = System.nanoTime();
    private final MachineStalls stalls = new MachineStalls();
    private final RunQueue loops = RunQueue.of("vert.x-eventloop-thread");
    private final RunQueue clocks;
    private final RunQueue readers;
    private final List<Client> clients = new ArrayList<>();
    private final ScheduledExecutorService clock =
            Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "prober-clock"));
    private final AtomicInteger duringOutage = new AtomicInteger();
    private final AtomicLong mostOwed = new AtomicLong();

    /** @param owed operations that the store has not answered */
    Prober(int port, LongSupplier owed) {
        this.owed = owed;
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(new Client(port, i));
        }
        clients.forEach(Client::start);
        clock.submit(() -> {}); // so that there is its thread
        clocks = RunQueue.of("prober-clock");
        readers = RunQueue.of("prober-reader");
        clock.scheduleAtFixedRate(this::probe, 0, EVERY_MS, TimeUnit.MILLISECONDS);
    }

    private void probe() {
        mostOwed.accumulateAndGet(owed.getAsLong(), Math::max);
        clients.forEach(Client::probe);
    }

    /** Waits until so many more pings were answered while the store owed answers. */
    void awaitDuringOutage(int more) {
        int target = duringOutage.get() + more;
        await().atMost(Duration.ofSeconds(60)).until(() -> duringOutage.get() >= target);
    }

    /** The largest number of operations that was waiting for the store. */
    long mostOwed() {
        return mostOwed.get();
    }

    /** Ends it, and says whether the store's fault was nobody else's. */
    void assertUndisturbed() throws InterruptedException {
        clock.shutdown();
        assertThat(clock.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        for (Client client : clients) {
            await().untilAsserted(() -> {
                assertThat(client.pongs).as("PINGRESP packets").hasSize(client.pings.get());
                assertThat(client.received.get())
                        .as("QoS 0 messages")
                        .isEqualTo(clients.get(1 - client.number).pings.get());
            });
        }
        stalls.close();
        for (Client client : clients) {
            assertThat(client.pongs.stream().filter(this::isLate).map(this::text))
                    .as("late of %d pings", client.pongs.size())
                    .isEmpty();
        }
    }

    /** The longest that the machine stalled at once between the first ping and {@link #assertUndisturbed}. */
    long stalledMs() {
        return TimeUnit.NANOSECONDS.toMillis(stalls.longest(startNs, System.nanoTime()));
    }

    private boolean isLate(Pong pong) {
        long tookNs = pong.answeredNs - pong.sentNs;
        return tookNs > PING_NS_MAX && tookNs - excusedNs(pong) > PING_NS_MAX;
    }

    /** The two overlap: whoever had no processor did not answer the machine's echo either. */
    private long excusedNs(Pong pong) {
        return Math.max(stalls.longest(pong.sentNs, pong.answeredNs), pong.queuedNs);
    }

    private String text(Pong pong) {
        return "%d ms after the start: %d ms, of which the machine stalled %d ms; a loop ran for %d ms of it"
                .formatted(
                        TimeUnit.NANOSECONDS.toMillis(pong.sentNs - startNs),
                        TimeUnit.NANOSECONDS.toMillis(pong.answeredNs - pong.sentNs),
                        TimeUnit.NANOSECONDS.toMillis(excusedNs(pong)),
                        TimeUnit.NANOSECONDS.toMillis(pong.ranNs));
    }

    @Override
    public void close() throws IOException, InterruptedException {
        clock.shutdownNow();
        stalls.close();
        for (Client client : clients) {
            client.socket.close();
        }
    }

    /**
     * @param queuedNs how long threads on its way had no processor
     * @param ranNs how long a loop had one
     */
    private record Pong(long sentNs, long answeredNs, long queuedNs, long ranNs) {}

    private final class Client {
        final int number;
        final Socket socket;
        final DataOutputStream out;
        final DataInputStream in;
        final AtomicInteger pings = new AtomicInteger();
        final AtomicInteger received = new AtomicInteger();
        /** Written by the reader, read when all are there. */
        final Queue<Pong> pongs = new ConcurrentLinkedQueue<>();

        private volatile long sentNs;
        private volatile List<RunQueue.Times> loopsThen = List.of();
        private volatile List<RunQueue.Times> clocksThen = List.of();
        private volatile List<RunQueue.Times> readersThen = List.of();
        private volatile boolean owedThen;
        private volatile boolean waiting;

        Client(int port, int number) {
            this.number = number;
            try {
                socket = new Socket(InetAddress.getLoopbackAddress(), port);
                socket.setTcpNoDelay(true);
                out = new DataOutputStream(socket.getOutputStream());
                in = new DataInputStream(socket.getInputStream());
                byte[] id = ("prober-" + number).getBytes(StandardCharsets.US_ASCII);
                out.write(new byte[] {0x10, (byte) (12 + id.length), 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0});
                out.write(new byte[] {(byte) id.length});
                out.write(id);
                in.readFully(new byte[4]);
                byte[] filter = ("probe/" + (1 - number)).getBytes(StandardCharsets.US_ASCII);
                out.write(new byte[] {(byte) 0x82, (byte) (5 + filter.length), 0, 1, 0, (byte) filter.length});
                out.write(filter);
                out.write(0);
                in.readFully(new byte[5]);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        void start() {
            Thread reader = new Thread(this::read, "prober-reader-" + number);
            reader.setDaemon(true);
            reader.start();
        }

        /** The next when the last is answered: what is late shows in its time. */
        void probe() {
            if (waiting) {
                return;
            }
            waiting = true;
            owedThen = owed.getAsLong() > 0;
            pings.incrementAndGet();
            loopsThen = loops.times();
            clocksThen = clocks.times();
            readersThen = readers.times();
            sentNs = System.nanoTime();
            byte[] topic = ("probe/" + number).getBytes(StandardCharsets.US_ASCII);
            byte[] both = new byte[4 + topic.length + 2];
            both[0] = 0x30;
            both[1] = (byte) (2 + topic.length);
            both[3] = (byte) topic.length;
            System.arraycopy(topic, 0, both, 4, topic.length);
            both[both.length - 2] = (byte) 0xC0;
            try {
                out.write(both);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private void read() {
            try {
                while (true) {
                    int type = in.readUnsignedByte();
                    in.readFully(new byte[in.readUnsignedByte()]);
                    if (type == 0xD0) {
                        long answeredNs = System.nanoTime();
                        RunQueue.Times loop = loops.since(loopsThen);
                        long queuedNs = loop.waitedNs()
                                + clocks.since(clocksThen).waitedNs()
                                + readers.since(readersThen).waitedNs();
                        pongs.add(new Pong(sentNs, answeredNs, queuedNs, loop.ranNs()));
                        if (owedThen && owed.getAsLong() > 0) {
                            duringOutage.incrementAndGet();
                        }
                        waiting = false;
                    } else {
                        received.incrementAndGet();
                    }
                }
            } catch (IOException closed) {
                waiting = true;
            }
        }
    }
}
