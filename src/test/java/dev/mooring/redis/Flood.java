package dev.mooring.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An MQTT 5 client that publishes numbers at QoS 1 to {@code flood/0} … {@code flood/9} in turn, 50 unacknowledged at a
 * time, and remembers which of them were acknowledged with success. A pinging client too: see {@link #ping}.
 */
public final class Flood implements AutoCloseable {
    public static final int TOPICS = 10;
    static final int WINDOW = 50;

    private final Socket socket;
    private final DataOutputStream out;
    private final DataInputStream in;
    private final int[] numberOf = new int[65_536]; // by packet id
    private final Semaphore window = new Semaphore(WINDOW);
    private final Set<Integer> stored = ConcurrentHashMap.newKeySet();
    private final AtomicInteger refused = new AtomicInteger();
    private final Semaphore pongs = new Semaphore(0);
    private int first;
    private volatile boolean stopping;
    private Thread sender = new Thread(() -> {});

    public Flood(int port, String clientId) {
        try {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            out = new DataOutputStream(socket.getOutputStream());
            in = new DataInputStream(socket.getInputStream());
            byte[] id = clientId.getBytes(StandardCharsets.UTF_8);
            out.write(new byte[] {
                0x10, (byte) (13 + id.length), 0, 4, 'M', 'Q', 'T', 'T', 5, 2, 0, 0, 0, 0, (byte) id.length
            });
            out.write(id);
            in.readFully(new byte[1]);
            int length = in.readUnsignedByte();
            in.readFully(new byte[length]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread reader = new Thread(this::read, clientId + "-reader");
        reader.setDaemon(true);
        reader.start();
    }

    public static Flood start(int port, String clientId) {
        return start(port, clientId, 0);
    }

    /** @param first number; 65,535 of them may be on their way */
    public static Flood start(int port, String clientId, int first) {
        Flood flood = new Flood(port, clientId);
        flood.first = first;
        flood.sender = new Thread(flood::send, clientId + "-sender");
        flood.sender.setDaemon(true);
        flood.sender.start();
        return flood;
    }

    /** Numbers whose PUBACK said success. */
    public Set<Integer> stored() {
        return stored;
    }

    public int refused() {
        return refused.get();
    }

    /** Whether PINGRESP came within two seconds: nothing that a store does may hold it up. */
    public boolean ping() throws Exception {
        synchronized (out) {
            out.write(new byte[] {(byte) 0xC0, 0});
        }
        return pongs.tryAcquire(2, TimeUnit.SECONDS);
    }

    private void send() {
        try {
            for (int number = first; !stopping; number++) {
                window.acquire();
                int packetId = number % 65_535 + 1;
                numberOf[packetId] = number;
                byte[] topic = ("flood/" + number % TOPICS).getBytes(StandardCharsets.US_ASCII);
                byte[] payload = Integer.toString(number).getBytes(StandardCharsets.US_ASCII);
                synchronized (out) {
                    out.writeByte(0x32);
                    out.writeByte(2 + topic.length + 2 + 1 + payload.length);
                    out.writeShort(topic.length);
                    out.write(topic);
                    out.writeShort(packetId);
                    out.writeByte(0);
                    out.write(payload);
                    out.flush();
                }
            }
        } catch (IOException | InterruptedException e) {
            stopping = true;
        }
    }

    private void read() {
        try {
            while (true) {
                int type = in.readUnsignedByte();
                byte[] body = new byte[in.readUnsignedByte()];
                in.readFully(body);
                if (type == 0x40) {
                    int packetId = (body[0] & 0xFF) << 8 | body[1] & 0xFF;
                    boolean good = body.length == 2 || (body[2] & 0xFF) < 0x80;
                    if (good) {
                        stored.add(numberOf[packetId]);
                    } else {
                        refused.incrementAndGet();
                    }
                    window.release();
                } else if (type == 0xD0) {
                    pongs.release();
                }
            }
        } catch (IOException closed) {
            stopping = true;
        }
    }

    /** Of tens of thousands, which an assertion that compares each with each takes a minute for. */
    public static void assertNoneMissing(Collection<Integer> found, Collection<Integer> acknowledged) {
        Set<Integer> missing = new HashSet<>(acknowledged);
        missing.removeAll(Set.copyOf(found));
        assertThat(missing).as("acknowledged and not there").isEmpty();
    }

    /** Sends no more. Returns what was acknowledged until now; more may be later. */
    public Set<Integer> stop() throws InterruptedException {
        stopping = true;
        sender.interrupt();
        sender.join();
        return Set.copyOf(stored);
    }

    @Override
    public void close() throws Exception {
        stop();
        socket.close();
    }
}
