package dev.mooring.store;

import dev.mooring.bus.Address;
import dev.mooring.bus.LocalCodec;
import io.vertx.core.eventbus.EventBus;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
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
    private final int opsMax;
    private final long bytesMax;
    private final ArrayDeque<Sent> sent = new ArrayDeque<>();
    private List<StoreOp> ops = new ArrayList<>();
    private List<@Nullable OnReply> waiting = new ArrayList<>();
    private long batchBytes;
    private long sequence;
    private int outstandingOps;
    private long outstandingBytes;

    private record Sent(long sequence, List<@Nullable OnReply> waiting, long bytes) {}

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

    /** Adds an operation to the batch of this tick; {@code onReply} may be null when nobody waits. */
    public void submit(StoreOp op, @Nullable OnReply onReply) {
        ops.add(op);
        waiting.add(onReply);
        int bytes = op.sizeBytes();
        batchBytes += bytes;
        outstandingBytes += bytes;
        outstandingOps++;
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

    /** Passes the answers of one batch on. */
    public void replies(StoreReplies replies) {
        Sent head = sent.poll();
        if (head == null || head.sequence != replies.sequence()) {
            throw new IllegalStateException(
                    "store." + pool + " answered batch " + replies.sequence() + " out of order");
        }
        outstandingOps -= head.waiting.size();
        outstandingBytes -= head.bytes;
        for (int i = 0; i < head.waiting.size(); i++) {
            OnReply onReply = head.waiting.get(i);
            if (onReply != null) {
                answer(onReply, replies.replies().get(i));
            }
        }
    }

    /** A bug in one receiver must not keep the others from their answers. */
    private void answer(OnReply onReply, StoreReply reply) {
        try {
            onReply.reply(reply);
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

    public int outstandingOps() {
        return outstandingOps;
    }
}
