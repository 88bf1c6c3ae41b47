package dev.mooring.stored;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** 50 clients that publish at QoS 1, each with at most 20 messages unacknowledged, or at a fixed rate all together. */
final class Publishers {
    private static final int COUNT = 50;
    private static final int WINDOW = 20;
    /** At a fixed rate: a broker that falls behind is not waited for, up to here. */
    private static final int WINDOW_MAX = 1_000;

    private final Servers servers;
    private final byte[] payload;
    private final ByteBuffer in = ByteBuffer.allocateDirect(64 * 1024);
    private final ByteBuffer out = ByteBuffer.allocateDirect(64 * 1024);
    private final long[] latencies = new long[1 << 20]; // of the last acks, ns
    private Client[] clients = {};
    private double rate;
    private long startNs;
    private long sent;
    private long acked;

    Publishers(Servers servers, byte[] payload) {
        this.servers = servers;
        this.payload = payload;
    }

    private static final class Client {
        final SocketChannel channel;
        final byte[] topic;
        final long[] dueNs = new long[65_536]; // by packet id
        int nextId = 1;
        int open;
        int ackBytes; // of an ack that has arrived in part
        int ack;

        Client(SocketChannel channel, int number) {
            this.channel = channel;
            this.topic = ("bench/" + number).getBytes(StandardCharsets.US_ASCII);
        }
    }

    /**
     * @param messagesPerS of all together, or 0: as fast as the windows allow
     * @param most ends after so many acks
     */
    Figures run(int seconds, double messagesPerS, long most) throws IOException {
        rate = messagesPerS;
        sent = 0;
        acked = 0;
        try (Selector selector = Selector.open()) {
            List<SocketChannel> channels = Servers.connect(selector, servers.brokerPort, COUNT);
            connect(channels);
            double brokerBefore = servers.brokerCpu();
            double storeBefore = servers.storeCpu();
            startNs = System.nanoTime();
            long end = startNs + seconds * 1_000_000_000L;
            while (System.nanoTime() < end && acked < most) {
                send();
                if (rate == 0) {
                    selector.select(10);
                } else {
                    selector.select(1);
                }
                long now = System.nanoTime();
                for (SelectionKey key : selector.selectedKeys()) {
                    receive(clients[(Integer) key.attachment()], now);
                }
                selector.selectedKeys().clear();
            }
            double took = (System.nanoTime() - startNs) / 1e9;
            Figures figures = new Figures(
                    acked,
                    took,
                    servers.brokerCpu() - brokerBefore,
                    servers.storeCpu() - storeBefore,
                    Arrays.copyOf(latencies, (int) Math.min(acked, latencies.length)));
            for (SocketChannel channel : channels) {
                channel.close();
            }
            return figures;
        }
    }

    private void connect(List<SocketChannel> channels) throws IOException {
        clients = new Client[COUNT];
        for (int i = 0; i < COUNT; i++) {
            clients[i] = new Client(channels.get(i), i);
            byte[] id = ("bench" + i).getBytes(StandardCharsets.US_ASCII);
            out.clear();
            byte[] protocol = "MQTT".getBytes(StandardCharsets.US_ASCII);
            out.put((byte) 0x10)
                    .put((byte) (12 + id.length))
                    .putShort((short) 4)
                    .put(protocol);
            out.put((byte) 4)
                    .put((byte) 2)
                    .putShort((short) 0)
                    .putShort((short) id.length)
                    .put(id)
                    .flip();
            clients[i].channel.write(out);
        }
        for (Client client : clients) {
            in.clear().limit(4); // CONNACK
            while (in.hasRemaining()) {
                client.channel.read(in);
            }
        }
    }

    /** What may be sent now: at a fixed rate what is due, one of each client in turn. */
    private void send() throws IOException {
        long now = System.nanoTime();
        long due = rate == 0 ? Long.MAX_VALUE : (long) ((now - startNs) / 1e9 * rate);
        int window = rate == 0 ? WINDOW : WINDOW_MAX;
        int first = (int) (sent % COUNT);
        for (int k = 0; k < COUNT && sent < due; k++) {
            Client client = clients[(first + k) % COUNT];
            out.clear();
            while (client.open < window && sent < due && out.remaining() > payload.length + 100) {
                publish(client, rate == 0 ? now : startNs + (long) (sent * 1e9 / rate));
                if (rate != 0) {
                    break;
                }
            }
            out.flip();
            while (out.hasRemaining()) {
                client.channel.write(out);
            }
        }
    }

    private void publish(Client client, long dueNs) {
        int remaining = 2 + client.topic.length + 2 + payload.length;
        out.put((byte) 0x32).put((byte) (remaining & 0x7F | 0x80)).put((byte) (remaining >> 7));
        out.putShort((short) client.topic.length)
                .put(client.topic)
                .putShort((short) client.nextId)
                .put(payload);
        client.dueNs[client.nextId] = dueNs;
        client.nextId = client.nextId == 65_535 ? 1 : client.nextId + 1;
        client.open++;
        sent++;
    }

    private void receive(Client client, long nowNs) throws IOException {
        in.clear();
        if (client.channel.read(in) < 0) {
            throw new IOException("the broker closed a connection; see its log");
        }
        in.flip();
        while (in.hasRemaining()) {
            client.ack = client.ack << 8 | in.get() & 0xFF;
            if (++client.ackBytes == 4) {
                if (client.ack >>> 16 != 0x4002) {
                    throw new IOException("not a PUBACK: " + Integer.toHexString(client.ack));
                }
                latencies[(int) (acked++ % latencies.length)] = nowNs - client.dueNs[client.ack & 0xFFFF];
                client.open--;
                client.ackBytes = 0;
                client.ack = 0;
            }
        }
    }
}
