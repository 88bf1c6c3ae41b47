package dev.mooring.store;

import dev.mooring.bus.Address;
import dev.mooring.bus.LocalCodec;
import io.vertx.core.eventbus.EventBus;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One context's way to the store of one pool: collects operations until {@link #flush}, then sends them as one batch,
 * and hands each answer to whoever asked. Confined to its context.
 *
 * <p>The bus has no back-pressure, so the bound is kept here: {@link #isFull} tells the context to stop reading the
 * sockets that feed it.
 */
public final class StoreClient {
    private static final Logger LOG = LoggerFactory.getLogger(StoreClient.class);

    private final EventBus bus;
    private final String pool;
    private final String replyTo;
    private int opsMax;
    private long bytesMax;
    private final ArrayDeque<Sent> sent = new ArrayDeque<>();
    private final Map<Long, Sent> late = new HashMap<>(); // by sequence
    private List<StoreOp> ops = new ArrayList<>();
    private List<@Nullable OnReply> waiting = new ArrayList<>();
    private long batchBytes;
    private long sequence;
    private boolean grown;
    private int outstandingOps;
    private long outstandingBytes;

    private static final class Sent {
        final long sequence;
        final List<@Nullable OnReply> waiting;
        final long bytes;
        int unanswered;

        Sent(long sequence, List<@Nullable OnReply> waiting, long bytes) {
            this.sequence = sequence;
            this.waiting = waiting;
            this.bytes = bytes;
            this.unanswered = waiting.size();
        }
    }

    /**
     * @param replyTo this context's own address; its consumer passes {@link StoreReplies} to {@link #replies}
     * @param opsMax operations submitted and not answered from which on {@link #isFull} is true
     * @param bytesMax likewise in bytes, by {@link StoreOp#sizeBytes}
     */
    public StoreClient(EventBus bus, String pool, String replyTo, int opsMax, long bytesMax) {
        this.bus = bus;
        this.pool = pool;
        this.replyTo = replyTo;
        this.opsMax = opsMax;
        this.bytesMax = bytesMax;
    }

    public String pool() {
        return pool;
    }

    /** Other bounds, see the constructor. */
    public void bound(int ops, long bytes) {
        opsMax = ops;
        bytesMax = bytes;
    }

    /** Adds an operation to the batch of this tick; {@code onReply} may be null when nobody waits. */
    public void submit(StoreOp op, @Nullable OnReply onReply) {
        ops.add(op);
        waiting.add(onReply);
        int bytes = op.sizeBytes();
        batchBytes += bytes;
        outstandingBytes += bytes;
        outstandingOps++;
        grown = true;
    }

    /** As {@link #submit}, if there is room: for what may be dropped, so that nobody has to wait for it. */
    public boolean offer(StoreOp op, @Nullable OnReply onReply) {
        if (isFull()) {
            return false;
        }
        boolean before = grown;
        submit(op, onReply);
        grown = before;
        return true;
    }

    public boolean hasPending() {
        return !ops.isEmpty();
    }

    /** Sends what was collected. What the store is sent before another send on the bus, it gets before. */
    public void flush() {
        if (ops.isEmpty()) {
            return;
        }
        long seq = sequence++;
        sent.add(new Sent(seq, waiting, batchBytes));
        StoreBatch batch = new StoreBatch(pool, replyTo, seq, ops, batchBytes);
        ops = new ArrayList<>();
        waiting = new ArrayList<>();
        batchBytes = 0;
        bus.send(Address.store(pool), batch, LocalCodec.OPTIONS);
    }

    /** Passes the answers of one batch on; those that are late come later, and say so the first time. */
    public void replies(StoreReplies answers) {
        long seq = answers.sequence();
        Sent first = sent.peek();
        boolean isFirst = first != null && first.sequence == seq;
        Sent batch = isFirst ? sent.poll() : late.remove(seq);
        if (batch == null) {
            throw new IllegalStateException("store." + pool + " answered batch " + seq + " out of order");
        }
        List<@Nullable StoreReply> replies = answers.replies();
        int answered = 0;
        for (StoreReply reply : replies) {
            answered += reply == null ? 0 : 1;
        }
        outstandingOps -= answered;
        batch.unanswered -= answered;
        if (batch.unanswered > 0) {
            late.put(seq, batch);
        } else {
            outstandingBytes -= batch.bytes;
        }
        for (int i = 0; i < replies.size(); i++) {
            OnReply onReply = batch.waiting.get(i);
            StoreReply reply = replies.get(i);
            if (onReply != null && (reply != null || isFirst)) {
                answer(onReply, reply);
            }
        }
    }

    /** A bug in one receiver must not keep the others from their answers. */
    private void answer(OnReply onReply, @Nullable StoreReply reply) {
        try {
            if (reply == null) {
                onReply.late();
            } else {
                onReply.reply(reply);
            }
        } catch (RuntimeException bug) {
            LOG.error("the receiver of an answer from store {} threw", pool, bug);
        }
    }

    public boolean isFull() {
        return outstandingOps >= opsMax || outstandingBytes >= bytesMax;
    }

    /** Whether reading may go on after {@link #isFull}: half of the bound is free again. */
    public boolean hasRoom() {
        return outstandingOps <= opsMax / 2 && outstandingBytes <= bytesMax / 2;
    }

    /** {@link #hasGrown} counts from here on. */
    public void mark() {
        grown = false;
    }

    /** Whether operations had to be taken since {@link #mark}. */
    public boolean hasGrown() {
        return grown;
    }

    public int outstandingOps() {
        return outstandingOps;
    }
}
