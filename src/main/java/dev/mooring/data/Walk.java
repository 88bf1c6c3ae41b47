package dev.mooring.data;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.Subscription;
import dev.mooring.store.Fetch;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import dev.mooring.store.StoreReply.QueueEntry;
import dev.mooring.store.StoreReply.StoredSession;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Goes through all that a store has and gives a line for each thing, sessions first, each followed by what is its own.
 * Holds one page, and what one session has in flight, at a time.
 */
final class Walk {
    private static final int PAGE = 200;
    private static final int PAGE_BYTES = 1 << 20;

    private final OpenStore store;
    private final Sink sink;
    private long clients;
    private long onLine;

    /** Where the lines go. */
    interface Sink {
        /** @param bytes of the message in it, or 0 */
        void line(LineType type, ObjectNode line, long bytes) throws IOException;
    }

    Walk(OpenStore store, Sink sink) {
        this.store = store;
        this.sink = sink;
    }

    /** @param withState whether the store can be asked for the broker's own state */
    void run(boolean withState) throws IOException, Unusable {
        if (withState) {
            sessions();
            retained();
        }
        rules();
    }

    /** Clients that rules have noted, on line or not: this is told, and is nothing to move. */
    long clients() {
        return clients;
    }

    long onLine() {
        return onLine;
    }

    private void sessions() throws IOException, Unusable {
        long after = 0;
        boolean more = true;
        while (more) {
            StoreReply.Sessions page = store.ask(new StoreOp.SessionScan(after, PAGE), StoreReply.Sessions.class);
            for (StoredSession stored : page.sessions()) {
                after = stored.session().sessionId();
                session(stored);
            }
            more = page.more();
        }
    }

    private void session(StoredSession stored) throws IOException, Unusable {
        long id = stored.session().sessionId();
        sink.line(LineType.SESSION, Lines.session(stored.session()), 0);
        for (Subscription s : stored.subscriptions()) {
            sink.line(LineType.SUBSCRIPTION, Lines.subscription(id, s), 0);
        }
        StoreReply.SessionState state = store.ask(new StoreOp.SessionLoad(id), StoreReply.SessionState.class);
        for (Fetch fetch : state.fetches()) {
            sink.line(LineType.FETCH, Lines.fetch(id, fetch), 0);
        }
        for (int packetId : state.inboundPacketIds()) {
            sink.line(LineType.INBOUND, Lines.inbound(id, packetId), 0);
        }
        for (QueueEntry entry : state.inFlight()) {
            queued(id, entry);
        }
        MessageId after = MessageId.ZERO;
        boolean more = stored.queuedCount() > 0;
        while (more) {
            StoreReply.Entries page =
                    store.ask(new StoreOp.QueueRead(id, after, PAGE, PAGE_BYTES), StoreReply.Entries.class);
            for (QueueEntry entry : page.entries()) {
                after = entry.position();
                queued(id, entry);
            }
            more = page.more();
        }
    }

    private void queued(long sessionId, QueueEntry entry) throws IOException {
        Message m = entry.message();
        sink.line(LineType.QUEUED, Lines.queued(sessionId, entry), m == null ? 0 : m.sizeBytes());
    }

    private void retained() throws IOException, Unusable {
        String after = "";
        @Nullable MessageId next = MessageId.ZERO;
        while (next != null) {
            StoreReply.Messages page = store.ask(new StoreOp.RetainedScan(after, PAGE), StoreReply.Messages.class);
            for (Message m : page.messages()) {
                after = m.topic().text();
                sink.line(LineType.RETAINED, Lines.message(m), m.sizeBytes());
            }
            next = page.nextAfter();
        }
    }

    private void rules() throws IOException, Unusable {
        @Nullable String after = "";
        while (after != null) {
            StoreReply.RuleData page = store.ask(new StoreOp.RuleDataScan(after, PAGE), StoreReply.RuleData.class);
            for (StoreOp write : page.writes()) {
                rule(write);
            }
            after = page.nextAfter();
        }
    }

    private void rule(StoreOp write) throws IOException {
        switch (write.kind()) {
            case CLIENT_CONNECTED -> {
                clients++;
                onLine++;
            }
            case CLIENT_DISCONNECTED -> clients++;
            case PROXY_SAVE -> {
                StoreOp.ProxySave save = (StoreOp.ProxySave) write;
                for (Subscription s : save.saved()) {
                    sink.line(LineType.RULE_SUBSCRIPTION, Lines.lookedUp(save.clientId(), s), 0);
                }
            }
            case ACKED_FOR_PUBSUB ->
                sink.line(LineType.RULE_POSITION, Lines.position((StoreOp.AckedForPubsub) write), 0);
            case MESSAGE_PUBLISH -> {
                StoreOp.MessagePublish op = (StoreOp.MessagePublish) write;
                stored(LineType.RULE_MESSAGE, op.message(), op.expiresAtMs());
            }
            case MESSAGE_STORE -> {
                StoreOp.MessageStore op = (StoreOp.MessageStore) write;
                stored(LineType.RULE_HISTORY, op.message(), op.expiresAtMs());
            }
            case MESSAGE_STORE_KEEP_LATEST -> {
                StoreOp.MessageStoreKeepLatest op = (StoreOp.MessageStoreKeepLatest) write;
                stored(LineType.RULE_LATEST, op.message(), op.expiresAtMs());
            }
            case MESSAGE_RETAIN ->
                stored(LineType.RULE_RETAINED, ((StoreOp.MessageRetain) write).message(), Message.NEVER);
            default -> throw new IllegalStateException("not of the rules' data: " + write.kind());
        }
    }

    private void stored(LineType type, Message m, long endsAtMs) throws IOException {
        sink.line(type, Lines.stored(m, endsAtMs), m.sizeBytes());
    }
}
