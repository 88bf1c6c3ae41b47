package dev.mooring.mqtt;

import dev.mooring.bus.Address;
import dev.mooring.config.Config;
import dev.mooring.config.Limits;
import dev.mooring.store.StoreClient;
import dev.mooring.store.StoreReplies;
import io.vertx.core.eventbus.EventBus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A loop's ways to the stores. A pool that a reload replaces has another store under the same name: what was given to
 * the first one is answered by that. Confined to the loop.
 */
final class PoolClients {
    private final EventBus bus;
    private final int loop;
    private final Map<String, StoreClient> byPool = new HashMap<>();
    /** Those, and the ones that still wait for answers of stores that go. By the store's name on the bus. */
    private final Map<String, StoreClient> byStore = new HashMap<>();

    private final List<StoreClient> all = new ArrayList<>();
    private boolean someGo;

    PoolClients(EventBus bus, int loop) {
        this.bus = bus;
        this.loop = loop;
    }

    /** @param stores names on the bus, by pool */
    void use(Config config, Map<String, String> stores) {
        Limits.StoreQueue bound = config.limits().storeQueue();
        int opsMax = Math.max(1, bound.opsMax() / config.loops());
        long bytesMax = bound.bytesMax() / config.loops();
        flush(); // what was for a store that goes is sent before anybody is told that it may go
        byPool.clear();
        stores.forEach((pool, store) -> {
            StoreClient client = byStore.get(store);
            if (client == null) {
                client = new StoreClient(bus, store, Address.loop(loop), opsMax, bytesMax);
                byStore.put(store, client);
                all.add(client);
            }
            client.bound(opsMax, bytesMax);
            byPool.put(pool, client);
        });
        someGo = all.size() > byPool.size();
        forget();
    }

    StoreClient of(String pool) {
        StoreClient client = byPool.get(pool);
        if (client == null) {
            throw new IllegalStateException("no pool " + pool + ": the configuration was checked");
        }
        return client;
    }

    /** Null when a reload has taken it away: for what was begun before. */
    @Nullable
    StoreClient find(String pool) {
        return byPool.get(pool);
    }

    void replies(StoreReplies replies) {
        StoreClient client = byStore.get(replies.pool());
        if (client == null) {
            throw new IllegalStateException("an answer of " + replies.pool() + ", which was asked nothing");
        }
        client.replies(replies);
        if (someGo) {
            forget();
        }
    }

    private void forget() {
        for (int i = all.size() - 1; i >= 0 && someGo; i--) {
            StoreClient client = all.get(i);
            if (client.outstandingOps() == 0 && !byPool.containsValue(client)) {
                all.remove(i);
                byStore.remove(client.pool());
                someGo = all.size() > byPool.size();
            }
        }
    }

    /** Also those that go. The list changes only with {@link #use} and {@link #replies}. */
    List<StoreClient> all() {
        return all;
    }

    void flush() {
        for (int i = 0; i < all.size(); i++) {
            all.get(i).flush();
        }
    }
}
