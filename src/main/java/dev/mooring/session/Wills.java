package dev.mooring.session;

import dev.mooring.bus.Address;
import dev.mooring.bus.CrashPoint;
import dev.mooring.bus.LocalBody;
import dev.mooring.bus.LocalCodec;
import dev.mooring.message.Message;
import dev.mooring.message.Will;
import dev.mooring.route.Subscriber;
import io.vertx.core.Future;
import io.vertx.core.Promise;

/** How the Wills of one shard's sessions get published. Confined to the shard. */
final class Wills {
    private final SessionTable table;
    private final int loop;

    /** @param loop that routes them */
    Wills(SessionTable table, int loop) {
        this.table = table;
        this.loop = loop;
    }

    /** Completes when the Will is stored where it has to be; nothing waits for its delivery. */
    Future<Void> publish(SessionEntry entry) {
        Will will = entry.will;
        if (will == null) {
            return Future.succeededFuture();
        }
        entry.will = null;
        long now = table.now();
        Message message = will.message(table.sessions().ids().next(now), entry.clientId, now);
        long storedIn = entry.isStored ? entry.subscriber.sessionId() : 0;
        CrashPoint.WILL_DUE.hit();
        PublishMessage publish = new PublishMessage(message, storedIn, entry.subscriber.epoch(), will.owner());
        Promise<Void> stored = Promise.promise();
        entry.willStored = stored.future();
        if (storedIn == 0) {
            send(entry, publish, stored);
        } else { // a store that does several writes at once must not do the record, which has the Will, behind this one
            table.store().whenAnswered(() -> send(entry, publish, stored));
        }
        return entry.willStored;
    }

    private void send(SessionEntry entry, PublishMessage publish, Promise<Void> stored) {
        table.sessions()
                .bus()
                .<LocalBody>request(Address.loop(loop), publish, LocalCodec.OPTIONS)
                .onComplete(r -> {
                    CrashPoint.WILL_STORED.hit();
                    if (r.succeeded() && r.result().body() instanceof Published p && p.isForbidden()) {
                        forget(entry);
                    }
                    stored.complete();
                });
    }

    /** It was not allowed any more, and so nothing has taken it out of the store. */
    private void forget(SessionEntry entry) {
        if (entry.subscriber.durable() && table.has(entry)) {
            table.save(entry, entry.loop != Subscriber.OFFLINE, entry.will);
            table.store().flush();
        }
    }
}
