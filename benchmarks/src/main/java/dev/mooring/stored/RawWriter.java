package dev.mooring.stored;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** What the broker writes for each message, pipelined straight into Redis: HSET of 7 fields, EXPIRE, ZADD. */
final class RawWriter {
    private static final int CONNECTIONS = 8;
    private static final int PIPELINE = 64;
    private static final byte[] CRLF = {'\r', '\n'};

    private final Servers servers;
    private final byte[] payload;
    private long number;

    RawWriter(Servers servers, byte[] payload) {
        this.servers = servers;
        this.payload = payload;
    }

    Figures run(int seconds) throws IOException {
        try (Selector selector = Selector.open()) {
            List<SocketChannel> channels = Servers.connect(selector, servers.storePort, CONNECTIONS);
            double storeBefore = servers.storeCpu();
            long start = System.nanoTime();
            long end = start + seconds * 1_000_000_000L;
            long answered = 0;
            int[] open = new int[CONNECTIONS];
            ByteBuffer in = ByteBuffer.allocateDirect(64 * 1024);
            for (int i = 0; i < CONNECTIONS; i++) {
                open[i] = batch(channels.get(i), i);
            }
            while (System.nanoTime() < end) {
                selector.select(100);
                for (SelectionKey key : selector.selectedKeys()) {
                    int i = (Integer) key.attachment();
                    open[i] -= lines((SocketChannel) key.channel(), in);
                    if (open[i] == 0) {
                        answered += PIPELINE;
                        open[i] = batch((SocketChannel) key.channel(), i);
                    }
                }
                selector.selectedKeys().clear();
            }
            double took = (System.nanoTime() - start) / 1e9;
            double storeCpu = servers.storeCpu() - storeBefore;
            for (SocketChannel channel : channels) {
                channel.close();
            }
            return new Figures(answered, took, 0, storeCpu, new long[0]);
        }
    }

    /** Returns the commands sent. */
    private int batch(SocketChannel to, int connection) throws IOException {
        ByteBuffer out = ByteBuffer.allocate(PIPELINE * (payload.length + 500));
        byte[] topic = b("bench/" + connection);
        for (int i = 0; i < PIPELINE; i++) {
            byte[] id = b(String.format("2VFt0k%014d", number++));
            byte[] body = join("mqtt:msg:", id);
            command(
                    out,
                    b("HSET"),
                    body,
                    b("id"),
                    id,
                    b("from"),
                    b("publisher"),
                    b("qos"),
                    b("1"),
                    b("topic"),
                    topic,
                    b("payload"),
                    payload,
                    b("ts"),
                    b("1542338754"),
                    b("retain"),
                    b("false"));
            command(out, b("EXPIRE"), body, b("3600"));
            command(out, b("ZADD"), join("mqtt:msg:", topic), b("1"), id);
        }
        out.flip();
        while (out.hasRemaining()) {
            to.write(out);
        }
        return 3 * PIPELINE;
    }

    private static void command(ByteBuffer out, byte[]... words) {
        out.put((byte) '*').put(b("" + words.length)).put(CRLF);
        for (byte[] word : words) {
            out.put((byte) '$').put(b("" + word.length)).put(CRLF).put(word).put(CRLF);
        }
    }

    private static byte[] b(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] join(String prefix, byte[] rest) {
        byte[] all = Arrays.copyOf(b(prefix), prefix.length() + rest.length);
        System.arraycopy(rest, 0, all, prefix.length(), rest.length);
        return all;
    }

    private static int lines(SocketChannel from, ByteBuffer in) throws IOException {
        in.clear();
        if (from.read(in) < 0) {
            throw new IOException("connection closed");
        }
        in.flip();
        int lines = 0;
        while (in.hasRemaining()) {
            byte c = in.get();
            if (c == '-') {
                throw new IOException("Redis answered an error");
            }
            lines += c == '\n' ? 1 : 0;
        }
        return lines;
    }
}
