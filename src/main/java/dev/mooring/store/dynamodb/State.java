package dev.mooring.store.dynamodb;

import dev.mooring.message.MessageId;
import dev.mooring.store.StoreOp;

/**
 * The broker's own durable state: what each operation does, in stages.
 *
 * <p><b>Keys of the stages.</b> What is about one queue entry, mark or packet id shares the stage with all else that
 * only writes; the last word on an item counts. What reads or deletes a session comes after everything about it before,
 * and before everything after.
 */
final class State {
    /** Of what changes who holds shared bodies: a move from a holder to another must not be looked at half-way. */
    static final String HOLDERS = "holders";

    record Session(long sessionId) {}

    /** Record, Will, subscriptions, fetches. */
    record Head(long sessionId) {}

    record Inbound(long sessionId, int packetId) {}

    record Topic(String retained) {}

    private final Sessions sessions;
    private final SessionScan scan;
    private final Enqueues enqueues;
    private final Queues queues;
    private final QueueMoves moves;
    private final QueueTrims trims;
    private final RetainedState retained;

    /** @param floor greatest id that an earlier life of this broker may have written */
    State(DynamoDbLink link, MessageId floor) {
        SharedBodies bodies = new SharedBodies(link);
        KnownParts known = new KnownParts(floor);
        QueueRows rows = new QueueRows(link, bodies, known);
        this.sessions = new Sessions(link, bodies);
        this.scan = new SessionScan(link);
        this.retained = new RetainedState(link);
        this.enqueues = new Enqueues(link, bodies, known, retained, floor);
        this.queues = new Queues(link, rows, known);
        this.moves = new QueueMoves(link, bodies, known);
        this.trims = new QueueTrims(link, rows);
    }

    void plan(StoreOp op, Answer answer, Stages stages) {
        switch (op.kind()) {
            case SESSION_SAVE -> sessions.save(((StoreOp.SessionSave) op).session(), answer, stages);
            case SESSION_DELETE -> sessions.delete((StoreOp.SessionDelete) op, answer, stages);
            case SUBSCRIPTIONS_SAVE -> sessions.subscribe((StoreOp.SubscriptionsSave) op, answer, stages);
            case SUBSCRIPTIONS_DELETE -> sessions.unsubscribe((StoreOp.SubscriptionsDelete) op, answer, stages);
            case FETCH_SAVE -> sessions.fetch((StoreOp.FetchSave) op, answer, stages);
            case ENQUEUE -> enqueues.plan((StoreOp.Enqueue) op, answer, stages);
            case INBOUND_RELEASE -> queues.inboundRelease((StoreOp.InboundRelease) op, answer, stages);
            case SENT -> queues.sent((StoreOp.Sent) op, answer, stages);
            case RELEASED -> queues.released((StoreOp.Released) op, answer, stages);
            case DEQUEUE -> queues.dequeue((StoreOp.Dequeue) op, answer, stages);
            case QUEUE_MOVE -> moves.move((StoreOp.QueueMove) op, answer, stages);
            case QUEUE_TRIM -> trims.trim((StoreOp.QueueTrim) op, answer, stages);
            case QUEUE_READ -> queues.read((StoreOp.QueueRead) op, answer, stages);
            case SESSION_LOAD -> queues.load((StoreOp.SessionLoad) op, answer, stages);
            case SESSION_SCAN -> scan.scan((StoreOp.SessionScan) op, answer, stages);
            case RETAINED_SCAN -> retained.scan((StoreOp.RetainedScan) op, answer, stages);
            default -> throw new IllegalArgumentException("not of the broker's own state: " + op.kind());
        }
    }

    /** A value that cannot be used: said, and left where it is for a person or a newer program. */
    static void damaged(String what, Exception cause) {
        DynamoDbStore.LOG.error("skipped {} that cannot be read: {}; its bytes are kept", what, cause.getMessage());
    }
}
