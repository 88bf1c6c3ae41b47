package dev.mooring.session;

import dev.mooring.bus.Address;
import dev.mooring.bus.CrashPoint;
import dev.mooring.bus.LocalBody;
import dev.mooring.bus.LocalCodec;
import dev.mooring.message.Message;
import dev.mooring.message.Will;
import dev.mooring.route.Subscriber;
import io.vertx.core.Future;

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
        table.store().flush(); // the loop's write must come behind what this shard has stored
        entry.willStored = table.sessions()
                .bus()
                .<LocalBody>request(
                        Address.loop(loop),
                        new PublishMessage(message, storedIn, entry.subscriber.epoch(), will.owner()),
                        LocalCodec.OPTIONS)
                .transform(r -> {
                    CrashPoint.WILL_STORED.hit();
                    if (r.succeeded() && r.result().body() instanceof Published p && p.isForbidden()) {
                        forget(entry);
                    }
                    return Future.succeededFuture();
                });
        return entry.willStored;
    }

    /** It was not allowed any more, and so nothing has taken it out of the store. */
    private void forget(SessionEntry entry) {
        if (entry.subscriber.durable() && table.has(entry)) {
            table.save(entry, entry.loop != Subscriber.OFFLINE, entry.will);
            table.store().flush();
        }
    }
}
