package dev.mooring.trace;

import dev.mooring.message.TopicFilter;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What is to be recorded, until when, and what waits to be written. Loops add to it, {@link Traces} writes it. Bounded
 * in time, in bytes of its file, and in what may wait: beyond that events are lost, and counted.
 */
public final class Trace {
    /** What {@link #value} names. */
    public enum Kind {
        CLIENTID,
        TOPIC,
        ADDRESS
    }

    /** Events that may wait to be written. */
    private static final int WAITING_MAX = 10_000;

    private final String name;
    private final Kind kind;
    private final String value;
    private final @Nullable TopicFilter filter;
    private final long startedAtMs;
    private final long endsAtMs;
    private final long bytesMax;
    private final ArrayBlockingQueue<String> waiting = new ArrayBlockingQueue<>(WAITING_MAX);
    private final AtomicLong lost = new AtomicLong();
    private volatile long bytes;

    /**
     * @param name also of its file
     * @param value a client id, a topic filter, or an IP address without the port
     * @param endsAtMs wall clock
     * @param bytesMax of the file
     * @throws IllegalArgumentException when {@code value} is no topic filter where it has to be one
     */
    public Trace(String name, Kind kind, String value, long startedAtMs, long endsAtMs, long bytesMax) {
        this.name = name;
        this.kind = kind;
        this.value = value;
        this.filter = kind == Kind.TOPIC ? TopicFilter.of(value) : null;
        this.startedAtMs = startedAtMs;
        this.endsAtMs = endsAtMs;
        this.bytesMax = bytesMax;
    }

    /** @param topic of the message that the event is about, or null */
    boolean wants(String clientId, String address, @Nullable String topic) {
        return switch (kind) {
            case CLIENTID -> value.equals(clientId);
            case ADDRESS -> value.equals(address);
            case TOPIC -> topic != null && filter != null && filter.matches(topic);
        };
    }

    void add(String line) {
        if (!waiting.offer(line)) {
            lost.incrementAndGet();
        }
    }

    /** The next line to be written, or null. */
    @Nullable
    String poll() {
        return waiting.poll();
    }

    void wrote(long more) {
        bytes += more;
    }

    boolean isOver(long nowMs) {
        return nowMs >= endsAtMs || bytes >= bytesMax;
    }

    /** How many bytes its file may still get. */
    long room() {
        return bytesMax - bytes;
    }

    void lose() {
        lost.incrementAndGet();
    }

    public String name() {
        return name;
    }

    public Kind kind() {
        return kind;
    }

    public String value() {
        return value;
    }

    public long startedAtMs() {
        return startedAtMs;
    }

    public long endsAtMs() {
        return endsAtMs;
    }

    public long bytesMax() {
        return bytesMax;
    }

    public long bytes() {
        return bytes;
    }

    /** Events that are not in the file, because it is full or they came too fast. */
    public long lost() {
        return lost.get();
    }
}
