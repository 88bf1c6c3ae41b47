package dev.mooring.cluster;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * What goes to a peer: batches with a number each, kept until the peer has acknowledged them. Pure; confined to its
 * owner.
 *
 * <p>A session is a sequence of numbers without a gap, over any number of connections. It ends only when the peer does
 * not know it any more, since it had taken this node for dead; the next one goes on counting.
 */
final class SendWindow {
    /** A batch is closed when it has so many bytes; a single body may have more. */
    static final int BATCH_BYTES = 64 * 1024;

    /** A frame, complete. */
    record Batch(long number, byte[] frame) {}

    private final ArrayDeque<Batch> unacknowledged = new ArrayDeque<>();
    private final BodyWriter open = new BodyWriter(1024);
    private int begun;
    private long session;
    private long base; // number before the first one of the session
    private long closed; // number of the last closed batch
    private long sent; // highest number that was on a connection
    private long queuedBytes;

    /** @param session any number that is not that of a life before */
    SendWindow(long session) {
        this.session = session;
        begin();
    }

    long session() {
        return session;
    }

    /** The number before the first one of the session. */
    long base() {
        return base;
    }

    /** Whether nothing of the session can have reached the peer. */
    boolean isFresh() {
        return sent == base;
    }

    /** Bytes that are not acknowledged, sent or not. */
    long queuedBytes() {
        return isOpenUsed() ? queuedBytes + open.size() : queuedBytes;
    }

    /** The number that the batch will have into which {@link #open} is written. */
    long openNumber() {
        return closed + 1;
    }

    /** Of the last batch that has something in it. */
    long lastNumber() {
        return isOpenUsed() ? closed + 1 : closed;
    }

    /** To write bodies to. */
    BodyWriter open() {
        return open;
    }

    boolean isOpenFull() {
        return open.size() >= BATCH_BYTES;
    }

    /** @return whether there is anything to close */
    boolean isOpenUsed() {
        return open.size() > begun;
    }

    /** To be sent, and kept. */
    Batch close() {
        Frames.end(open);
        Batch batch = new Batch(++closed, open.toBytes());
        unacknowledged.add(batch);
        queuedBytes += batch.frame().length;
        begin();
        return batch;
    }

    private void begin() {
        open.cut(0);
        Frames.begin(open, Frames.BATCH);
        open.i64(closed + 1);
        begun = open.size();
    }

    /**
     * The peer has all up to this number.
     *
     * @return whether that is news
     * @throws Malformed when there is no such batch
     */
    boolean acknowledged(long number) throws Malformed {
        if (number > closed) {
            throw new Malformed("batch " + number + " is acknowledged, the last one is " + closed);
        }
        boolean news = false;
        for (Batch first = unacknowledged.peek(); first != null && first.number() <= number; ) {
            unacknowledged.remove();
            queuedBytes -= first.frame().length;
            news = true;
            first = unacknowledged.peek();
        }
        return news;
    }

    /**
     * The batch goes onto a connection.
     *
     * @return whether it was on another one before
     */
    boolean sent(Batch batch) {
        boolean again = batch.number() <= sent;
        sent = Math.max(sent, batch.number());
        return again;
    }

    /** What has to be sent, again, on a new connection: in order. */
    List<Batch> unacknowledged() {
        return new ArrayList<>(unacknowledged);
    }

    /**
     * Begins another session; what was in this one is given up.
     *
     * @return how many batches that were
     */
    int restart() {
        int given = unacknowledged.size();
        if (isOpenUsed()) {
            given++;
            closed++;
        }
        unacknowledged.clear();
        queuedBytes = 0;
        base = closed;
        sent = closed;
        session++;
        begin();
        return given;
    }
}
