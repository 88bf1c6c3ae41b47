package dev.mooring.store.redis;

import dev.mooring.store.Store;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Response;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A store on Redis: one server, the master behind Sentinels, or a cluster.
 *
 * <p><b>Order.</b> One connection carries all commands, so they take effect in the order of the operations; in a
 * cluster one connection to each master, and whatever belongs together is either in one slot or written body before
 * index. Everything that reads before it writes is a script of one slot ({@link Script}).
 *
 * <p><b>Durability</b> is Redis's: what appendfsync and replication keep. {@code min_replicas} makes it wait.
 *
 * <p>Confined to the context that opened it, an event loop; nothing here blocks.
 */
public final class RedisStore implements Store {
    static final Logger LOG = LoggerFactory.getLogger(RedisStore.class);

    private final RedisConfig config;
    private final RedisLink link;
    private final Figures figures = new Figures();
    private final Presence presence;
    private final Sessions sessions = new Sessions();
    private final Queues queues = new Queues();
    private final TopicMessages messages;
    private final Retained retained;
    private final Latest latest;
    private final Positions positions;
    private final Fetches fetches;
    private final Turns turns = new Turns();
    private final RuleData ruleData;

    public RedisStore(Vertx vertx, RedisConfig config) {
        this.config = config;
        this.link = new RedisLink(vertx, config);
        this.presence = new Presence(config);
        Ids ids = new Ids(config.idFormat());
        Bodies bodies = new Bodies(config.timestampUnit(), figures);
        BodyReader reader = new BodyReader(bodies);
        Topics topics = new Topics(Topics.Kind.MSG, this::aside);
        Indexing indexing = new Indexing(config.maxMessagesPerTopic(), figures, this::aside);
        this.messages = new TopicMessages(ids, bodies, topics, indexing);
        this.retained = new Retained(config, ids, bodies, new Topics(Topics.Kind.RETAIN, this::aside), reader);
        this.latest = new Latest(ids, bodies, new Topics(Topics.Kind.LATEST, this::aside), reader);
        this.positions = new Positions(ids);
        this.ruleData = new RuleData(new Keyspace(vertx, config), ids, bodies, reader);
        this.fetches = new Fetches(new Index(ids), positions, topics, reader);
    }

    @Override
    public long droppedMessageCount() {
        return figures.droppedMessages.get();
    }

    /** Hashes in the place of a message, which another program may have written. */
    @Override
    public long unreadableMessageCount() {
        return figures.unreadableMessages.get();
    }

    /** For housekeeping that no operation waits for. */
    private Pipeline aside() {
        return new Pipeline(link, config.isCluster(), 16);
    }

    @Override
    public Future<Void> open() {
        return link.open();
    }

    @Override
    public Future<Void> close() {
        return link.close();
    }

    @Override
    public boolean blocking() {
        return false;
    }

    /**
     * One server works on one batch while the next is on its way and one is being written; its answers come in order,
     * so the rounds of batches do as well. Several servers do not wait for each other.
     */
    @Override
    public int commitsAtOnce() {
        return config.isCluster() ? 1 : 4;
    }

    /** Larger batches cost more than they save. */
    @Override
    public int commitOpsMax() {
        return 256;
    }

    @Override
    public Future<List<StoreReply>> apply(List<StoreOp> batch) {
        Pipeline pipeline = new Pipeline(link, config.isCluster(), 4 * batch.size());
        StoreReply[] replies = new StoreReply[batch.size()];
        for (int i = 0; i < replies.length; i++) {
            start(batch.get(i), replies, i, pipeline);
        }
        return pipeline.run().map(v -> Arrays.asList(replies));
    }

    /** Asks for what the operation needs; its reply is in place when the pipeline has run. */
    private void start(StoreOp asked, StoreReply[] replies, int at, Pipeline pipeline) {
        Owner owner = asked instanceof StoreOp.Owned o ? new Owner(o.sessionId(), o.epoch()) : null;
        StoreOp op = asked instanceof StoreOp.Owned o ? o.op() : asked;
        @Nullable
        Future<? extends StoreReply> reply = switch (op.kind()) {
            case CLIENT_CONNECTED -> presence.connected((StoreOp.ClientConnected) op, pipeline);
            case CLIENT_DISCONNECTED -> presence.disconnected((StoreOp.ClientDisconnected) op, pipeline);
            case NODE_CLEAR -> presence.clear((StoreOp.NodeClear) op, pipeline);
            case PROXY_SAVE -> presence.save((StoreOp.ProxySave) op, pipeline);
            case COMMANDS -> Commands.send((StoreOp.Commands) op, pipeline);
            case ITEMS -> // the configuration sees to it
                Future.succeededFuture(new StoreReply.Failed(false, "items are for a dynamodb pool"));
            case SUBSCRIBE_LOOKUP -> presence.lookup((StoreOp.SubscribeLookup) op, pipeline);
            case FETCH_FOR_QUEUE -> fetches.forQueue((StoreOp.FetchForQueue) op, pipeline);
            case FETCH_FOR_PUBSUB -> {
                StoreOp.FetchForPubsub fetch = (StoreOp.FetchForPubsub) op;
                yield turns.take(fetch.clientId(), pipeline, () -> fetches.forPubsub(fetch, pipeline));
            }
            case FETCH_FOR_KEEP_LATEST -> latest.fetch((StoreOp.FetchForKeepLatest) op, pipeline);
            case RETAIN_LOOKUP -> retained.lookup((StoreOp.RetainLookup) op, pipeline);
            case ACKED_DELETE -> {
                StoreOp.AckedDelete delete = (StoreOp.AckedDelete) op;
                yield turns.take(delete.clientId(), pipeline, () -> positions.delete(delete, pipeline));
            }
            case MESSAGE_PUBLISH,
                    MESSAGE_STORE,
                    MESSAGE_STORE_KEEP_LATEST,
                    MESSAGE_RETAIN,
                    RETAIN_DELETE,
                    ACKED_FOR_QUEUE,
                    ACKED_FOR_PUBSUB,
                    ACKED_FOR_KEEP_LATEST -> {
                write(op, new Several(replies, at), pipeline);
                yield null;
            }
            case OWNED -> throw new IllegalArgumentException("an owner's operation of an owner");
            case SESSION_SAVE -> sessions.save(((StoreOp.SessionSave) op).session(), owner, pipeline);
            case SESSION_DELETE -> sessions.delete((StoreOp.SessionDelete) op, owner, pipeline);
            case SUBSCRIPTIONS_SAVE -> sessions.subscribe((StoreOp.SubscriptionsSave) op, owner, pipeline);
            case SUBSCRIPTIONS_DELETE -> sessions.unsubscribe((StoreOp.SubscriptionsDelete) op, owner, pipeline);
            case FETCH_SAVE -> sessions.fetch((StoreOp.FetchSave) op, pipeline);
            case SESSION_SCAN -> sessions.scan((StoreOp.SessionScan) op, pipeline);
            case ENQUEUE -> queues.enqueue((StoreOp.Enqueue) op, owner, pipeline);
            case INBOUND_RELEASE -> queues.inboundRelease((StoreOp.InboundRelease) op, owner, pipeline);
            case SENT -> queues.sent((StoreOp.Sent) op, owner, pipeline);
            case RELEASED -> queues.released((StoreOp.Released) op, owner, pipeline);
            case DEQUEUE -> queues.dequeue((StoreOp.Dequeue) op, pipeline);
            case QUEUE_MOVE -> queues.move((StoreOp.QueueMove) op, pipeline);
            case QUEUE_TRIM -> queues.trim((StoreOp.QueueTrim) op, pipeline);
            case QUEUE_READ -> queues.read((StoreOp.QueueRead) op, pipeline);
            case SESSION_LOAD -> queues.load((StoreOp.SessionLoad) op, pipeline);
            case RULE_DATA_SCAN -> ruleData.page((StoreOp.RuleDataScan) op, pipeline);
            case RETAINED_SCAN -> queues.retained((StoreOp.RetainedScan) op, pipeline);
        };
        if (reply != null) { // completes in the answer's turn
            reply.onComplete(done -> replies[at] = done, cause -> replies[at] = RedisErrors.failed(cause));
        }
    }

    /** What comes in numbers and has no result: without futures. */
    private void write(StoreOp op, Several done, Pipeline pipeline) {
        switch (op.kind()) {
            case MESSAGE_PUBLISH -> messages.publish((StoreOp.MessagePublish) op, done, pipeline);
            case MESSAGE_STORE -> messages.store((StoreOp.MessageStore) op, done, pipeline);
            case MESSAGE_STORE_KEEP_LATEST -> latest.store((StoreOp.MessageStoreKeepLatest) op, done, pipeline);
            case MESSAGE_RETAIN -> retained.set((StoreOp.MessageRetain) op, done, pipeline);
            case RETAIN_DELETE -> retained.delete(((StoreOp.RetainDelete) op).topic(), done, pipeline);
            case ACKED_FOR_QUEUE -> messages.acked((StoreOp.AckedForQueue) op, done, pipeline);
            case ACKED_FOR_PUBSUB -> {
                StoreOp.AckedForPubsub acked = (StoreOp.AckedForPubsub) op;
                turns.share(acked.clientId(), pipeline, done, told -> positions.acked(acked, told, pipeline));
            }
            case ACKED_FOR_KEEP_LATEST -> latest.acked((StoreOp.AckedForKeepLatest) op, done, pipeline);
            default -> throw new IllegalArgumentException("has a result: " + op.kind());
        }
    }

    /** DONE when all are, or the first failure. All are waited for. */
    @SafeVarargs
    static Future<StoreReply> done(Future<@Nullable Response>... commands) {
        return done(Arrays.asList(commands));
    }

    static Future<StoreReply> done(List<Future<@Nullable Response>> commands) {
        return Future.join(commands).map(StoreReply.DONE);
    }

    /** A part of what a script answered with a table. */
    static Response part(@Nullable Response table, int at) {
        if (table == null) {
            throw new IllegalStateException("a script answered nil");
        }
        return table.get(at);
    }

    /** A value that cannot be used: said, and left where it is for a person or a newer program. */
    static void damaged(String what, Exception cause) {
        LOG.error("skipped {} that cannot be read: {}; its bytes are kept", what, cause.getMessage());
    }
}
