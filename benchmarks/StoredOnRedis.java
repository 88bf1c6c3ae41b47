import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * What it costs that every QoS 1 message is in Redis before its PUBACK, beside the same writes sent raw.
 *
 * <p>Starts a redis-server without persistence (from the PATH) and target/mooring.jar, both on free ports of loopback,
 * and takes turns: a round of raw pipelined HSET (7 fields) + EXPIRE + ZADD, a round of 50 publishers with a window of 20
 * QoS 1 messages. Then the latency of the ack at half the rate, timed from when a message was due. Prints a Markdown
 * table. No dependency but a JDK 17:
 *
 * <pre>java benchmarks/StoredOnRedis.java [rounds=3] [seconds=8] [memory=0]</pre>
 *
 * memory=10000000 publishes so many messages with a TTL of 10 s at the end, and prints the broker's memory as it goes.
 */
public class StoredOnRedis {
    static final int PUBLISHERS = 50;
    static final int WINDOW = 20;
    static final int PAYLOAD = 256;
    static final int RAW_CONNECTIONS = 8;
    static final int RAW_PIPELINE = 64;

    static Process redis;
    static Process broker;
    static int redisPort;
    static int brokerPort;

    public static void main(String[] args) throws Exception {
        int rounds = option(args, "rounds", 3);
        int seconds = option(args, "seconds", 8);
        int memory = option(args, "memory", 0);
        Path dir = Files.createTempDirectory("mooring-benchmark");
        redisPort = freePort();
        brokerPort = freePort();
        Runtime.getRuntime().addShutdownHook(new Thread(StoredOnRedis::stop));
        redis = start(dir, "redis", "redis-server", "--port", "" + redisPort, "--save", "", "--dir", dir.toString());
        Path config = dir.resolve("conf.json");
        Files.writeString(config, configuration(dir, memory > 0 ? 10 : 3600));
        broker = start(
                dir, "mooring", System.getProperty("java.home") + "/bin/java", "-Xmx512m", "-jar",
                new File("target/mooring.jar").getAbsolutePath(), "-conf", config.toString());
        await(redisPort);
        await(brokerPort);
        System.out.printf(
                "%s, JDK %s, %d cores, payload %d bytes%n%n| round | raw msg/s | stored msg/s | ratio | broker CPU µs/msg"
                        + " | Redis CPU µs/msg: raw | stored |%n|---|---|---|---|---|---|---|%n",
                version("redis-server", "--version"), System.getProperty("java.version"),
                Runtime.getRuntime().availableProcessors(), PAYLOAD);
        publish(4, 0); // both sides warm
        raw(2);
        flush();
        List<Double> ratios = new ArrayList<>();
        List<Double> rates = new ArrayList<>();
        for (int i = 1; i <= rounds; i++) {
            Figures raw = raw(seconds);
            flush();
            Figures stored = publish(seconds, 0);
            flush();
            double ratio = stored.rate() / raw.rate();
            ratios.add(ratio);
            rates.add(stored.rate());
            System.out.printf(
                    Locale.ROOT, "| %d | %,.0f | %,.0f | %.2f | %.1f | %.1f | %.1f |%n", i, raw.rate(), stored.rate(), ratio,
                    stored.brokerUs(), raw.redisUs(), stored.redisUs());
        }
        double half = rates.stream().sorted().toList().get(rates.size() / 2) / 2;
        Figures latency = publish(seconds, half);
        System.out.printf(
                Locale.ROOT, "%nAck latency at %,.0f msg/s: p50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms.%n", half,
                latency.percentileMs(0.5), latency.percentileMs(0.99), latency.percentileMs(0.999));
        if (memory > 0) {
            memory(memory);
        }
    }

    record Figures(long messages, double seconds, double brokerCpuS, double redisCpuS, long[] latenciesNs) {
        double rate() {
            return messages / seconds;
        }

        double brokerUs() {
            return 1e6 * brokerCpuS / messages;
        }

        double redisUs() {
            return 1e6 * redisCpuS / messages;
        }

        double percentileMs(double p) {
            long[] sorted = latenciesNs.clone();
            Arrays.sort(sorted);
            return sorted.length == 0 ? 0 : sorted[(int) Math.min(sorted.length - 1, p * sorted.length)] / 1e6;
        }
    }

    // ---- raw: the same writes, pipelined, no broker

    static Figures raw(int seconds) throws IOException {
        try (Selector selector = Selector.open()) {
            List<SocketChannel> channels = connect(selector, redisPort, RAW_CONNECTIONS);
            double redisBefore = cpu(redis);
            long start = System.nanoTime();
            long end = start + seconds * 1_000_000_000L;
            long number = 0;
            long answered = 0;
            long[] open = new long[RAW_CONNECTIONS];
            ByteBuffer in = ByteBuffer.allocateDirect(64 * 1024);
            for (int i = 0; i < RAW_CONNECTIONS; i++) {
                number = rawBatch(channels.get(i), i, number);
                open[i] = 3L * RAW_PIPELINE;
            }
            while (System.nanoTime() < end) {
                selector.select(100);
                for (SelectionKey key : selector.selectedKeys()) {
                    int i = (Integer) key.attachment();
                    open[i] -= lines((SocketChannel) key.channel(), in);
                    if (open[i] == 0) {
                        answered += RAW_PIPELINE;
                        number = rawBatch((SocketChannel) key.channel(), i, number);
                        open[i] = 3L * RAW_PIPELINE;
                    }
                }
                selector.selectedKeys().clear();
            }
            double took = (System.nanoTime() - start) / 1e9;
            double redisCpu = cpu(redis) - redisBefore;
            for (SocketChannel channel : channels) {
                channel.close();
            }
            return new Figures(answered, took, 0, redisCpu, new long[0]);
        }
    }

    static final byte[] PAYLOAD_BYTES = "x".repeat(PAYLOAD).getBytes(StandardCharsets.US_ASCII);

    static long rawBatch(SocketChannel to, int connection, long number) throws IOException {
        ByteBuffer out = ByteBuffer.allocate(RAW_PIPELINE * 700);
        byte[] topic = ("bench/" + connection).getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < RAW_PIPELINE; i++) {
            byte[] id = String.format("2VFt0k%014d", number++).getBytes(StandardCharsets.US_ASCII);
            byte[] body = join("mqtt:msg:", id);
            command(
                    out, b("HSET"), body, b("id"), id, b("from"), b("publisher"), b("qos"), b("1"), b("topic"), topic,
                    b("payload"), PAYLOAD_BYTES, b("ts"), b("1542338754"), b("retain"), b("false"));
            command(out, b("EXPIRE"), body, b("3600"));
            command(out, b("ZADD"), join("mqtt:msg:", topic), b("1"), id);
        }
        out.flip();
        while (out.hasRemaining()) {
            to.write(out);
        }
        return number;
    }

    static void command(ByteBuffer out, byte[]... words) {
        out.put((byte) '*').put(b("" + words.length)).put(CRLF);
        for (byte[] word : words) {
            out.put((byte) '$').put(b("" + word.length)).put(CRLF).put(word).put(CRLF);
        }
    }

    static final byte[] CRLF = {'\r', '\n'};

    static byte[] b(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    static byte[] join(String prefix, byte[] rest) {
        byte[] all = Arrays.copyOf(b(prefix), prefix.length() + rest.length);
        System.arraycopy(rest, 0, all, prefix.length(), rest.length);
        return all;
    }

    static int lines(SocketChannel from, ByteBuffer in) throws IOException {
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

    // ---- through the broker

    static final class Publisher {
        final SocketChannel channel;
        final byte[] topic;
        final long[] dueNs = new long[65_536];
        int nextId = 1;
        int open;
        int ackBytes; // of an ack that has arrived in part
        int ackId;

        Publisher(SocketChannel channel, int number) {
            this.channel = channel;
            this.topic = b("bench/" + number);
        }

        void add(ByteBuffer out, long due) {
            int remaining = 2 + topic.length + 2 + PAYLOAD;
            out.put((byte) 0x32).put((byte) (remaining & 0x7F | 0x80)).put((byte) (remaining >> 7));
            out.putShort((short) topic.length).put(topic).putShort((short) nextId).put(PAYLOAD_BYTES);
            dueNs[nextId] = due;
            nextId = nextId == 65_535 ? 1 : nextId + 1;
            open++;
        }
    }

    /** @param rate messages a second of all together, or 0: as fast as the window allows */
    static Figures publish(int seconds, double rate) throws IOException {
        return publish(seconds, rate, Long.MAX_VALUE);
    }

    static Figures publish(int seconds, double rate, long most) throws IOException {
        try (Selector selector = Selector.open()) {
            List<SocketChannel> channels = connect(selector, brokerPort, PUBLISHERS);
            Publisher[] publishers = new Publisher[PUBLISHERS];
            for (int i = 0; i < PUBLISHERS; i++) {
                publishers[i] = new Publisher(channels.get(i), i);
                byte[] clientId = b("bench" + i);
                ByteBuffer connect = ByteBuffer.allocate(64);
                connect.put((byte) 0x10).put((byte) (12 + clientId.length)).putShort((short) 4).put(b("MQTT"));
                connect.put((byte) 4).put((byte) 2).putShort((short) 0).putShort((short) clientId.length).put(clientId);
                channels.get(i).write(connect.flip());
            }
            ByteBuffer in = ByteBuffer.allocateDirect(64 * 1024);
            ByteBuffer out = ByteBuffer.allocateDirect(64 * 1024);
            for (Publisher p : publishers) { // CONNACK
                in.clear().limit(4);
                while (in.hasRemaining()) {
                    p.channel.read(in);
                }
            }
            double brokerBefore = cpu(broker);
            double redisBefore = cpu(redis);
            long start = System.nanoTime();
            long end = start + seconds * 1_000_000_000L;
            long sent = 0;
            long acked = 0;
            long[] latencies = new long[1 << 20];
            int latencyCount = 0;
            while (System.nanoTime() < end && acked < most) {
                long now = System.nanoTime();
                long due = rate == 0 ? Long.MAX_VALUE : (long) ((now - start) / 1e9 * rate);
                int first = (int) (sent % PUBLISHERS);
                for (int k = 0; k < PUBLISHERS && sent < due; k++) {
                    Publisher p = publishers[(first + k) % PUBLISHERS];
                    out.clear();
                    while (p.open < (rate == 0 ? WINDOW : 1_000) && sent < due && out.remaining() > 1_000) {
                        p.add(out, rate == 0 ? now : start + (long) (sent * 1e9 / rate));
                        sent++;
                        if (rate != 0) {
                            break; // one each, in turn
                        }
                    }
                    out.flip();
                    while (out.hasRemaining()) {
                        p.channel.write(out);
                    }
                }
                if (rate == 0) {
                    selector.select(10);
                } else {
                    selector.selectNow();
                }
                long at = System.nanoTime();
                for (SelectionKey key : selector.selectedKeys()) {
                    Publisher p = publishers[(Integer) key.attachment()];
                    in.clear();
                    if (p.channel.read(in) < 0) {
                        throw new IOException("the broker closed a connection; see its log");
                    }
                    in.flip();
                    while (in.hasRemaining()) {
                        int octet = in.get() & 0xFF;
                        if (p.ackBytes == 0 && octet != 0x40) {
                            throw new IOException("not a PUBACK: " + octet);
                        }
                        p.ackId = p.ackId << 8 | octet;
                        if (++p.ackBytes == 4) {
                            p.ackBytes = 0;
                            p.open--;
                            acked++;
                            latencies[latencyCount++ & latencies.length - 1] = at - p.dueNs[p.ackId & 0xFFFF];
                            p.ackId = 0;
                        }
                    }
                }
                selector.selectedKeys().clear();
            }
            double took = (System.nanoTime() - start) / 1e9;
            Figures figures = new Figures(
                    acked, took, cpu(broker) - brokerBefore, cpu(redis) - redisBefore,
                    Arrays.copyOf(latencies, Math.min(latencyCount, latencies.length)));
            for (SocketChannel channel : channels) {
                channel.close();
            }
            return figures;
        }
    }

    static void memory(long messages) throws Exception {
        System.out.printf("%n| stored so far | broker RSS MiB | Redis RSS MiB |%n|---|---|---|%n");
        long total = 0;
        while (total < messages) {
            total += publish(3_600, 0, messages / 10).messages();
            System.out.printf("| %,d | %d | %d |%n", total, rssMib(broker), rssMib(redis));
        }
    }

    // ---- processes

    static String configuration(Path dir, int expiredTime) {
        return """
                {"listeners": [{"type": "tcp", "host": "127.0.0.1", "port": %d}],
                 "pools": {"local": {"backend": "embedded", "path": "%s"},
                           "pool1": {"backend": "redis", "server": "127.0.0.1:%d"}},
                 "session": {"pool": "local"},
                 "hooks": {"message.publish": [
                   {"topic": "#", "action": {"function": "on_message_publish"}, "expired_time": %d, "pool": "pool1"}]}}
                """
                .formatted(brokerPort, dir.resolve("data"), redisPort, expiredTime);
    }

    static Process start(Path dir, String name, String... command) throws IOException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(dir.resolve(name + ".log").toFile())
                .start();
    }

    static void stop() {
        for (Process process : new Process[] {broker, redis}) {
            if (process != null) {
                process.destroy();
                try {
                    if (!process.waitFor(10, TimeUnit.SECONDS)) {
                        process.destroyForcibly();
                    }
                } catch (InterruptedException e) {
                    process.destroyForcibly();
                }
            }
        }
    }

    static void flush() throws IOException {
        try (SocketChannel channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", redisPort))) {
            channel.write(ByteBuffer.wrap(b("FLUSHALL\r\n")));
            channel.read(ByteBuffer.allocate(64));
        }
    }

    static double cpu(Process process) {
        return process.toHandle().info().totalCpuDuration().orElse(Duration.ZERO).toNanos() / 1e9;
    }

    static long rssMib(Process process) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
            }
        }
        return 0;
    }

    static String version(String... command) throws IOException {
        Process process = new ProcessBuilder(command).start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).replaceAll(" sha=.*\\s*", "");
    }

    static List<SocketChannel> connect(Selector selector, int port, int count) throws IOException {
        List<SocketChannel> channels = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            SocketChannel channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", port));
            channel.socket().setTcpNoDelay(true);
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ, i);
            channels.add(channel);
        }
        return channels;
    }

    static void await(int port) throws Exception {
        for (int i = 0; i < 300; i++) {
            try (SocketChannel channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", port))) {
                return;
            } catch (IOException notYet) {
                TimeUnit.MILLISECONDS.sleep(100);
            }
        }
        throw new IOException("nothing listens on port " + port + "; see the logs beside the configuration");
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    static int option(String[] args, String name, int otherwise) {
        for (String arg : args) {
            if (arg.startsWith(name + "=")) {
                return Integer.parseInt(arg.substring(name.length() + 1));
            }
        }
        return otherwise;
    }
}
