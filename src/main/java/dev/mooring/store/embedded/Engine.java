package dev.mooring.store.embedded;

import dev.mooring.bus.CrashPoint;
import dev.mooring.message.Message;
import dev.mooring.store.NewestIds;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import java.io.IOException;
import java.util.function.LongSupplier;
import org.rocksdb.RocksDBException;

/** An open store and what it keeps in memory. Thrown away and built anew when a write has failed. */
final class Engine {
    private static final long MANIFEST_MARK_INTERVAL_MS = 1000;

    final Database database;
    private final Rows rows;
    private final Figures figures;
    private final LongSupplier clock;
    private final Queues queues;
    private final Sessions sessions;
    private final TopicValues values;
    private final TopicMessages messages;
    private final Clients clients;
    private final RuleData ruleData;
    private final NewestIds newestRetained = new NewestIds();
    private final Sweep sweep;
    private long manifestMarkedAtMs;

    Engine(Database database, EmbeddedConfig config, Figures figures, LongSupplier clock) throws RocksDBException {
        this.database = database;
        this.figures = figures;
        this.clock = clock;
        this.rows = new Rows(database.db, database.handles, database.commit);
        this.queues = new Queues(rows, figures);
        this.sessions = new Sessions(rows, figures, queues);
        this.values = new TopicValues(rows, figures, clock);
        this.messages = new TopicMessages(rows, figures, values, clock, config.maxMessagesPerTopic());
        this.clients = new Clients(rows, figures);
        this.ruleData = new RuleData(rows, figures, values, clock);
        this.sweep = new Sweep(rows, figures, values);
    }

    /** To be called before the operations of a batch. */
    void maintain() throws RocksDBException {
        sweep.stepIfDue(clock.getAsLong());
    }

    StoreReply apply(StoreOp op) throws RocksDBException {
        rows.bound();
        return switch (op.kind()) {
            case SESSION_SAVE -> sessions.save(((StoreOp.SessionSave) op).session());
            case SESSION_DELETE -> sessions.delete(((StoreOp.SessionDelete) op).sessionId());
            case SUBSCRIPTIONS_SAVE -> sessions.subscribe((StoreOp.SubscriptionsSave) op);
            case SUBSCRIPTIONS_DELETE -> sessions.unsubscribe((StoreOp.SubscriptionsDelete) op);
            case FETCH_SAVE -> sessions.fetch((StoreOp.FetchSave) op);
            case ENQUEUE -> enqueue((StoreOp.Enqueue) op);
            case INBOUND_RELEASE -> inboundRelease((StoreOp.InboundRelease) op);
            case SENT -> queues.sent((StoreOp.Sent) op);
            case RELEASED -> queues.released((StoreOp.Released) op);
            case DEQUEUE -> dequeue((StoreOp.Dequeue) op);
            case OWNED -> owned((StoreOp.Owned) op);
            case QUEUE_MOVE -> queues.move((StoreOp.QueueMove) op);
            case SESSION_LOAD -> {
                long sessionId = ((StoreOp.SessionLoad) op).sessionId();
                yield queues.load(sessionId, sessions.fetches(sessionId));
            }
            case QUEUE_READ -> queues.read((StoreOp.QueueRead) op);
            case QUEUE_TRIM -> queues.trim((StoreOp.QueueTrim) op);
            case SESSION_SCAN -> sessions.scan((StoreOp.SessionScan) op);
            case RETAINED_SCAN -> {
                StoreOp.RetainedScan scan = (StoreOp.RetainedScan) op;
                yield values.page(Table.RETAINED, scan.afterTopic(), scan.limit());
            }
            case RULE_DATA_SCAN -> ruleData.page((StoreOp.RuleDataScan) op);
            case CLIENT_CONNECTED -> clients.connected((StoreOp.ClientConnected) op);
            case CLIENT_DISCONNECTED -> clients.disconnected((StoreOp.ClientDisconnected) op);
            case NODE_CLEAR -> {
                clients.clearNode(((StoreOp.NodeClear) op).node(), ((StoreOp.NodeClear) op).offlineAtS());
                yield StoreReply.DONE;
            }
            case PROXY_SAVE -> clients.proxies((StoreOp.ProxySave) op);
            case SUBSCRIBE_LOOKUP -> clients.subscriptions(((StoreOp.SubscribeLookup) op).clientId());
            case MESSAGE_PUBLISH -> publish((StoreOp.MessagePublish) op);
            case MESSAGE_STORE -> store((StoreOp.MessageStore) op);
            case MESSAGE_STORE_KEEP_LATEST -> {
                StoreOp.MessageStoreKeepLatest keep = (StoreOp.MessageStoreKeepLatest) op;
                yield put(Table.LATEST, keep.message(), keep.expiresAtMs());
            }
            case MESSAGE_RETAIN -> put(Table.RETAIN, ((StoreOp.MessageRetain) op).message(), Message.NEVER);
            case RETAIN_DELETE -> values.delete(Table.RETAIN, Keys.utf8(((StoreOp.RetainDelete) op).topic()));
            case FETCH_FOR_QUEUE -> messages.fetchForQueue((StoreOp.FetchForQueue) op);
            case FETCH_FOR_PUBSUB -> messages.fetchForPubsub((StoreOp.FetchForPubsub) op);
            case FETCH_FOR_KEEP_LATEST -> {
                StoreOp.FetchForKeepLatest fetch = (StoreOp.FetchForKeepLatest) op;
                yield values.find(Table.LATEST, fetch.filter(), fetch.afterTopic(), fetch.limit());
            }
            case RETAIN_LOOKUP -> {
                StoreOp.RetainLookup lookup = (StoreOp.RetainLookup) op;
                yield values.find(Table.RETAIN, lookup.filter(), lookup.afterTopic(), lookup.limit());
            }
            case ACKED_DELETE -> messages.ackedDelete((StoreOp.AckedDelete) op);
            case ACKED_FOR_QUEUE -> messages.ackedForQueue((StoreOp.AckedForQueue) op);
            case ACKED_FOR_PUBSUB -> messages.ackedForPubsub((StoreOp.AckedForPubsub) op);
            case ACKED_FOR_KEEP_LATEST -> {
                StoreOp.AckedForKeepLatest acked = (StoreOp.AckedForKeepLatest) op;
                yield values.deleteIf(Table.LATEST, acked.topic(), acked.id());
            }
            case COMMANDS -> new StoreReply.Failed(false, "an embedded store has no commands"); // so does configuration
            case ITEMS -> new StoreReply.Failed(false, "items are for a dynamodb pool");
        };
    }

    /** The queues first: what can fail in an ENQUEUE is a read, and only they read. */
    private StoreReply enqueue(StoreOp.Enqueue op) throws RocksDBException {
        Message m = op.message();
        queues.enqueue(op);
        if (op.inboundSessionId() != 0) {
            queues.inbound(op.inboundSessionId(), op.inboundPacketId());
        }
        if (op.retained() != StoreOp.Enqueue.Retained.KEEP
                && newestRetained.isNewest(m.topic().text(), m.id())) {
            if (op.retained() == StoreOp.Enqueue.Retained.SET) {
                put(Table.RETAINED, m, Message.NEVER);
            } else {
                values.delete(Table.RETAINED, m.topic().utf8());
            }
        }
        if (op.willSessionId() != 0) {
            sessions.removeWill(op.willSessionId());
        }
        return StoreReply.DONE;
    }

    private StoreReply owned(StoreOp.Owned owned) throws RocksDBException {
        StoreReply refusal = sessions.refusal(owned.op(), owned.sessionId(), owned.epoch());
        if (refusal != null) {
            return refusal;
        }
        boolean wasApplied = owned.op() instanceof StoreOp.Enqueue e
                && e.inboundSessionId() == owned.sessionId()
                && queues.hasInbound(e.inboundSessionId(), e.inboundPacketId());
        return wasApplied ? StoreReply.DONE : apply(owned.op());
    }

    private StoreReply inboundRelease(StoreOp.InboundRelease op) throws RocksDBException {
        return queues.inboundRelease(op.sessionId(), op.packetId());
    }

    private StoreReply dequeue(StoreOp.Dequeue op) throws RocksDBException {
        return queues.dequeue(op.sessionId(), op.position());
    }

    private StoreReply put(Table table, Message m, long expiresAtMs) throws RocksDBException {
        sweep.wrote();
        return values.put(table, m.topic().utf8(), m, expiresAtMs);
    }

    private StoreReply publish(StoreOp.MessagePublish op) throws RocksDBException {
        sweep.wrote();
        return messages.publish(op.message(), op.expiresAtMs());
    }

    private StoreReply store(StoreOp.MessageStore op) throws RocksDBException {
        sweep.wrote();
        return messages.store(op.message(), op.expiresAtMs());
    }

    int clearNode(String node, long offlineAtS) throws RocksDBException {
        return clients.clearNode(node, offlineAtS);
    }

    /** Makes the batch visible and, with {@code sync}, durable. */
    void commit(boolean sync) throws RocksDBException, IOException {
        CrashPoint.COMMIT_BEGINS.hit();
        queues.write();
        if (rows.commit(sync)) {
            CrashPoint.COMMIT_DONE.hit();
            figures.commits.incrementAndGet();
            if (sync) {
                synced();
            }
        }
        long now = clock.getAsLong();
        if (Math.abs(now - manifestMarkedAtMs) >= MANIFEST_MARK_INTERVAL_MS) {
            manifestMarkedAtMs = now;
            database.markManifest();
        }
    }

    /** Fsync of what was committed without. May be called from any thread while the engine is open. */
    void sync() throws RocksDBException, IOException {
        long commit = rows.commit();
        if (commit > database.mark.state().commit()) {
            database.db.syncWal();
            figures.syncs.incrementAndGet();
            database.mark.commit(commit);
        }
    }

    private void synced() throws IOException {
        figures.syncs.incrementAndGet();
        database.mark.commit(rows.commit());
    }

    int sharedBodies() {
        return queues.sharedBodies();
    }

    /** @param clean whether what is pending in RocksDB is flushed, so that the next open has nothing to replay */
    void close(boolean clean) {
        rows.close();
        if (clean) {
            database.closeClean(rows.commit());
        } else {
            database.close();
        }
    }
}
