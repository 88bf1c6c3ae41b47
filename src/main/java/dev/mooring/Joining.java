package dev.mooring;

import dev.mooring.bus.Address;
import dev.mooring.bus.LocalCodec;
import dev.mooring.cluster.ClusterSettings;
import dev.mooring.cluster.ClusterVerticle;
import dev.mooring.cluster.Wire;
import dev.mooring.config.Config;
import dev.mooring.metrics.ClusterMetrics;
import dev.mooring.peer.Bodies;
import dev.mooring.peer.Figures;
import dev.mooring.peer.Peers;
import dev.mooring.route.RetainedIndex;
import dev.mooring.session.Neighbours;
import dev.mooring.session.Sessions;
import dev.mooring.store.StoreBatch;
import dev.mooring.store.StoreOp;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.EventBus;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How a node becomes one of several that share the session store. */
final class Joining {
    private static final Logger LOG = LoggerFactory.getLogger(Joining.class);

    /** How long a stop waits for the store, for the sake of the other nodes. */
    private static final long LEAVE_MS = 2_000;

    /** The node has its session store to itself. */
    static final Joining ALONE = new Joining(null, (vertx, links) -> {});

    private final @Nullable ClusterSettings settings;
    private final Wire wire;
    private final Membership membership;

    /** Who is there. */
    interface Membership {
        /** Gives views to {@link ClusterVerticle#view} from now on, the first one before it returns. */
        void watch(Vertx vertx, ClusterVerticle links);
    }

    /** How parts are deployed, to be undeployed in the reverse order. */
    interface Deploying {
        Future<Void> deploy(Deployable verticle);
    }

    /** @param settings null for {@link #ALONE} */
    Joining(@Nullable ClusterSettings settings, Membership membership) {
        this(settings, Wire.of(Bodies.all()), membership);
    }

    /** @param wire what the node understands */
    Joining(@Nullable ClusterSettings settings, Wire wire, Membership membership) {
        this.settings = settings;
        this.wire = wire;
        this.membership = membership;
    }

    @Nullable
    Neighbours neighbours(EventBus bus) {
        return settings == null
                ? null
                : new Neighbours(
                        bus, settings.self().name(), ThreadLocalRandom.current().nextInt(Neighbours.NUMBERS));
    }

    /**
     * Completes when this node knows all that the others have. Loops and shards are there already.
     *
     * @param config that counts now
     * @param stores names on the bus, by pool, as they are now
     */
    Future<Void> open(
            Vertx vertx,
            Supplier<Config> config,
            Supplier<Map<String, String>> stores,
            ClusterMetrics metrics,
            Sessions sessions,
            RetainedIndex retained,
            Figures figures,
            Deploying deploying) {
        Neighbours neighbours = sessions.neighbours();
        if (neighbours == null || settings == null) {
            return Future.succeededFuture();
        }
        Peers peers = new Peers(
                vertx,
                sessions,
                neighbours,
                retained,
                config.get().loops(),
                config.get().cluster().answerTimeoutMs(),
                figures,
                n -> clear(vertx.eventBus(), config.get(), stores.get(), n));
        ClusterVerticle links = new ClusterVerticle(settings, wire, metrics, peers, peers.replicaListener());
        return deploying.deploy(links).compose(v -> peers.open(links)).compose(v -> {
            membership.watch(vertx, links);
            return peers.complete();
        });
    }

    /**
     * Completes when the other nodes have been sent all that this one has for them, and no more will come: so that they
     * can go on at once when the links end. Does not wait for a store that is away.
     */
    Future<Void> leave(Vertx vertx, Sessions sessions) {
        Neighbours neighbours = sessions.neighbours();
        if (neighbours == null) {
            return Future.succeededFuture();
        }
        neighbours.leave();
        Promise<Void> done = Promise.promise();
        long timer = vertx.setTimer(LEAVE_MS, t -> done.tryComplete());
        sessions.settleStored().onComplete(x -> {
            vertx.cancelTimer(timer);
            done.tryComplete();
        });
        return done.future();
    }

    /** Where rules keep who is on line, nobody is on a node that has left. */
    private static void clear(EventBus bus, Config config, Map<String, String> stores, String node) {
        stores.forEach((pool, store) -> {
            List<StoreOp> ops = Stores.first(pool, node, config);
            if (!ops.isEmpty()) {
                LOG.info("clients of node {}, which has left, go off line in pool {}", node, pool);
                bus.send(Address.store(store), new StoreBatch(store, "nobody", 0, ops, 0), LocalCodec.OPTIONS);
            }
        });
    }
}
