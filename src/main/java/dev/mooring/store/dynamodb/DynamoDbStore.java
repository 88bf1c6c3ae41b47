package dev.mooring.store.dynamodb;

import dev.mooring.message.Message;
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
    private final TopicMap topicMap;
    private final TopicMessages messages;
    private final OnePerTopic retained;
    private final OnePerTopic latest;
    private final Positions positions;
    private final Fetches fetches;
    private final RuleItems rules;
    private final RuleData ruleData;
    private final State state;

    public DynamoDbStore(Vertx vertx, DynamoDbConfig config) {
        this(vertx, config, new MessageId(1_000 * System.currentTimeMillis(), -1));
    }

    /** @param floor ids up to this one may be in queues already; those after it come from this life of the broker */
    public DynamoDbStore(Vertx vertx, DynamoDbConfig config, MessageId floor) {
        this.link = new DynamoDbLink(vertx, config);
        Reads reads = new Reads(link);
        Ids ids = new Ids(config.idFormat());
        Bodies bodies = new Bodies(config.timestampUnit(), figures);
        this.presence = new Presence(link, figures);
        this.state = new State(link, floor);
        this.topicMap = new TopicMap(link, ids, figures);
        Topics topics = new Topics(Topics.Kind.MSG, link, reads);
        Depth depth = new Depth(link, reads, ids, topicMap, figures);
        this.messages = new TopicMessages(ids, bodies, topics, depth, figures);
        Topics ofRetained = new Topics(Topics.Kind.RETAIN, link, reads);
        this.retained = new OnePerTopic(Table.RETAIN, link, ids, bodies, ofRetained, reads, figures);
        Topics ofLatest = new Topics(Topics.Kind.LATEST, link, reads);
        this.latest = new OnePerTopic(Table.LATEST, link, ids, bodies, ofLatest, reads, figures);
        this.positions = new Positions(link, reads, ids, figures);
        this.fetches = new Fetches(new Index(link, reads, ids), positions, topics, bodies, reads);
        this.ruleData = new RuleData(link, reads, ids, bodies);
        this.rules = new RuleItems(link);
    }

    /** Messages that gave way because their topic had too many, since the process started. */
    @Override
    public long droppedMessageCount() {
        return figures.droppedMessages.get();
    }

    /** Items in the place of a message that are none, each time that they are met, since the process started. */
    @Override
    public long unreadableMessageCount() {
        return figures.unreadableMessages.get();
    }

    /** Message ids that mqtt_topic_msg_map had no room for, since the process started; their messages are there. */
    @Override
    public long unlistedMessageCount() {
        return figures.unlistedMessages.get();
    }

    /** Operations refused because a topic, a client id or a message is too large, since the process started. */
    @Override
    public long refusedBySizeCount() {
        return figures.refusedBySize.get();
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
        Stages stages = new Stages(
                () -> new Stage(new Writes(link), new Releases(link), topicMap.changes(), positions.moves()));
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
            case MESSAGE_PUBLISH -> messages.publish((StoreOp.MessagePublish) op, answer, stages);
            case MESSAGE_STORE -> messages.store((StoreOp.MessageStore) op, answer, stages);
            case MESSAGE_STORE_KEEP_LATEST -> {
                StoreOp.MessageStoreKeepLatest o = (StoreOp.MessageStoreKeepLatest) op;
                latest.set(o.message(), o.message().retain(), o.expiresAtMs(), answer, stages);
            }
            case MESSAGE_RETAIN ->
                retained.set(((StoreOp.MessageRetain) op).message(), true, Message.NEVER, answer, stages);
            case RETAIN_DELETE -> retained.delete(((StoreOp.RetainDelete) op).topic(), answer, stages);
            case FETCH_FOR_QUEUE -> fetches.forQueue((StoreOp.FetchForQueue) op, answer, stages);
            case FETCH_FOR_PUBSUB -> fetches.forPubsub((StoreOp.FetchForPubsub) op, answer, stages);
            case FETCH_FOR_KEEP_LATEST -> {
                StoreOp.FetchForKeepLatest o = (StoreOp.FetchForKeepLatest) op;
                latest.find(o.filter(), o.afterTopic(), o.limit(), answer, stages);
            }
            case RETAIN_LOOKUP -> {
                StoreOp.RetainLookup o = (StoreOp.RetainLookup) op;
                retained.find(o.filter(), o.afterTopic(), o.limit(), answer, stages);
            }
            case RULE_DATA_SCAN -> ruleData.page((StoreOp.RuleDataScan) op, answer, stages);
            case ACKED_DELETE -> positions.delete((StoreOp.AckedDelete) op, answer, stages);
            case ACKED_FOR_QUEUE -> messages.acked((StoreOp.AckedForQueue) op, answer, stages);
            case ACKED_FOR_PUBSUB -> positions.acked((StoreOp.AckedForPubsub) op, answer, stages);
            case ACKED_FOR_KEEP_LATEST -> latest.acked((StoreOp.AckedForKeepLatest) op, answer, stages);
            case COMMANDS -> answer.refused("commands are for a redis pool");
            case ITEMS -> rules.write((StoreOp.Items) op, answer, stages);
            case SESSION_SAVE,
                    SESSION_DELETE,
                    SUBSCRIPTIONS_SAVE,
                    SUBSCRIPTIONS_DELETE,
                    FETCH_SAVE,
                    SESSION_SCAN,
                    ENQUEUE,
                    INBOUND_RELEASE,
                    SENT,
                    RELEASED,
                    DEQUEUE,
                    QUEUE_MOVE,
                    QUEUE_TRIM,
                    QUEUE_READ,
                    SESSION_LOAD,
                    RETAINED_SCAN -> state.plan(op, answer, stages);
        }
    }
}
