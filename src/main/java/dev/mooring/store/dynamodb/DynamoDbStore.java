package dev.mooring.store.dynamodb;

import dev.mooring.message.MessageId;
import dev.mooring.store.Store;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Arrays;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A store on Amazon DynamoDB.
 *
 * <p><b>Order.</b> Calls are independent of each other, so order is made here: {@link Stages}. One batch is worked on
 * at a time.
 *
 * <p><b>Durability</b> is DynamoDB's: a write is answered when it is on disk in two places at least.
 *
 * <p>Confined to the context that opened it, an event loop; nothing here blocks.
 */
public final class DynamoDbStore implements Store {
    static final Logger LOG = LoggerFactory.getLogger(DynamoDbStore.class);

    private final DynamoDbLink link;
    private final Figures figures = new Figures();
    private final Presence presence;
    private final State state;

    public DynamoDbStore(Vertx vertx, DynamoDbConfig config) {
        this(vertx, config, new MessageId(1_000 * System.currentTimeMillis(), -1));
    }

    /** @param floor ids up to this one may be in queues already; those after it come from this life of the broker */
    public DynamoDbStore(Vertx vertx, DynamoDbConfig config, MessageId floor) {
        this.link = new DynamoDbLink(vertx, config);
        this.presence = new Presence(link, figures);
        this.state = new State(link, figures, floor);
    }

    @Override
    public Future<Void> open() {
        return link.open()
                .compose(v -> new Tables(link).open())
                .recover(cause -> link.close().transform(x -> Future.failedFuture(cause)));
    }

    @Override
    public Future<Void> close() {
        return link.close();
    }

    @Override
    public boolean blocking() {
        return false;
    }

    /** A larger one makes those wait who come first. */
    @Override
    public int commitOpsMax() {
        return 1_024;
    }

    @Override
    public Future<List<StoreReply>> apply(List<StoreOp> batch) {
        Stages stages = new Stages(link);
        StoreReply[] replies = new StoreReply[batch.size()];
        for (int i = 0; i < replies.length; i++) {
            plan(batch.get(i), new Answer(replies, i), stages);
        }
        return stages.run().map(v -> Arrays.asList(replies));
    }

    /** Puts what the operation does into a stage; its reply is in place when that has run. */
    private void plan(StoreOp op, Answer answer, Stages stages) {
        switch (op.kind()) {
            case CLIENT_CONNECTED -> presence.connected((StoreOp.ClientConnected) op, answer, stages);
            case CLIENT_DISCONNECTED -> presence.disconnected((StoreOp.ClientDisconnected) op, answer, stages);
            case NODE_CLEAR -> presence.clear((StoreOp.NodeClear) op, answer, stages);
            case PROXY_SAVE -> presence.save((StoreOp.ProxySave) op, answer, stages);
            case SUBSCRIBE_LOOKUP -> presence.lookup((StoreOp.SubscribeLookup) op, answer, stages);
            case SESSION_SAVE,
                    SESSION_DELETE,
                    SUBSCRIPTIONS_SAVE,
                    SUBSCRIPTIONS_DELETE,
                    FETCH_SAVE,
                    ENQUEUE,
                    INBOUND_RELEASE,
                    SENT,
                    RELEASED,
                    DEQUEUE,
                    QUEUE_MOVE,
                    SESSION_LOAD,
                    QUEUE_READ,
                    QUEUE_TRIM,
                    SESSION_SCAN,
                    RETAINED_SCAN -> state.plan(op, answer, stages);
            default -> answer.refused("not built yet: " + op.kind());
        }
    }
}
