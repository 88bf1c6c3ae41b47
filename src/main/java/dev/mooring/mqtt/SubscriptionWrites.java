package dev.mooring.mqtt;

import dev.mooring.bus.Address;
import dev.mooring.bus.CrashPoint;
import dev.mooring.message.Subscription;
import dev.mooring.session.Settle;
import dev.mooring.store.OnReply;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the store, and in a cluster the other nodes, hear of one connection's subscriptions. Confined to its loop. */
final class SubscriptionWrites {
    private final MqttConnection connection;
    private final Loop loop;
    private boolean announces;

    SubscriptionWrites(MqttConnection connection, Loop loop) {
        this.connection = connection;
        this.loop = loop;
    }

    interface Saved {
        void saved(boolean failed);
    }

    /** Those of a durable session are stored, and known everywhere, before {@code then}. */
    void save(LiveSession o, List<Subscription> added, Saved then) {
        if (!added.isEmpty()) {
            announce(o);
        }
        if (!o.subscriber.durable() || added.isEmpty()) {
            known(o, added, false, then);
            return;
        }
        OnReply saved = reply -> {
            if (connection.sessionOrNull() == o) {
                CrashPoint.SUBSCRIPTION_STORED.hit();
                known(o, added, reply instanceof StoreReply.Failed, then);
            }
        };
        StoreOp save = new StoreOp.SubscriptionsSave(o.subscriber.sessionId(), added);
        connection.delivering().own(o, save, OnReply.orLate(saved));
    }

    /** The session has them no more. Of what ends with its connection there is nothing in the store. */
    void delete(LiveSession o, List<String> filters, @Nullable OnReply then) {
        if (!filters.isEmpty() && o.subscriber.durable()) {
            announce(o);
            connection.delivering().own(o, new StoreOp.SubscriptionsDelete(o.subscriber.sessionId(), filters), then);
        }
    }

    /**
     * Once for all that comes in a turn: an announcement has all subscriptions of the session, and a client may change
     * one of ten thousand again and again.
     */
    private void announce(LiveSession o) {
        if (!announces && o.subscriber.durable() && loop.node.sessions().neighbours() != null) {
            announces = true;
            loop.later(() -> announceNow(o));
        }
    }

    private void announceNow(LiveSession o) {
        if (announces) {
            announces = false;
            if (connection.sessionOrNull() == o) { // else its shard has told what it had at its end
                loop.node.sessions().announce(o.subscriber, o.subscriptions.values());
            }
        }
    }

    /** In a cluster all nodes know the subscription before SUBACK, and have sent what they retain for it until then. */
    private void known(LiveSession o, List<Subscription> added, boolean failed, Saved then) {
        if (failed || added.isEmpty() || loop.node.sessions().neighbours() == null) {
            then.saved(failed);
            return;
        }
        announceNow(o);
        loop.request(Address.PEERS, new Settle(), reply -> {
            if (connection.sessionOrNull() == o) {
                then.saved(false);
            }
        });
    }
}
