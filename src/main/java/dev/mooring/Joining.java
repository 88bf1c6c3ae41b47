package dev.mooring;

import dev.mooring.bus.Address;
import dev.mooring.bus.LocalCodec;
import dev.mooring.cluster.ClusterSettings;
import dev.mooring.cluster.ClusterVerticle;
import dev.mooring.cluster.Wire;
import dev.mooring.config.Config;
import dev.mooring.metrics.ClusterMetrics;
import dev.mooring.peer.Bodies;
import dev.mooring.peer.Peers;
import dev.mooring.route.RetainedIndex;
import dev.mooring.rule.Function;
import dev.mooring.rule.Rule;
import dev.mooring.session.Neighbours;
import dev.mooring.session.Sessions;
import dev.mooring.store.StoreBatch;
import dev.mooring.store.StoreOp;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.EventBus;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What makes a node one of several that share the session store: its links, and who tells it of the others. */
final class Joining {
    private static final Logger LOG = LoggerFactory.getLogger(Joining.class);
    /** How long a peer is waited for that does not answer. */
    private static final long PATIENCE_MS = 2_000;

    private final ClusterSettings settings;
    private final Membership membership;
    private @Nullable ClusterVerticle links;

    /** Who is there. */
    interface Membership {
        /** Gives views to {@link ClusterVerticle#view} from now on; completes after the first one. */
        Future<Void> join(ClusterVerticle links);
    }

    /** How parts are deployed, to be undeployed in the reverse order. */
    interface Deploying {
        Future<Void> deploy(Deployable verticle);
    }

    Joining(ClusterSettings settings, Membership membership) {
        this.settings = settings;
        this.membership = membership;
    }

    Neighbours neighbours(EventBus bus) {
        return new Neighbours(
                bus, settings.self().name(), ThreadLocalRandom.current().nextInt(Neighbours.NUMBERS));
    }

    /** Completes when this node knows all that the others have. Loops and shards are there already. */
    Future<Void> open(Vertx vertx, Config config, Sessions sessions, RetainedIndex retained, Deploying deploying) {
        Neighbours neighbours = sessions.neighbours();
        if (neighbours == null) {
            return Future.failedFuture(new IllegalStateException("a node without neighbours"));
        }
        Peers peers = new Peers(
                vertx,
                sessions,
                neighbours,
                retained,
                config.loops(),
                PATIENCE_MS,
                node -> clear(vertx.eventBus(), config, node));
        ClusterVerticle verticle =
                new ClusterVerticle(settings, Wire.of(Bodies.all()), new ClusterMetrics(), peers, peers);
        links = verticle;
        return deploying
                .deploy(verticle)
                .compose(v -> peers.open(verticle))
                .compose(v -> membership.join(verticle))
                .compose(v -> peers.complete());
    }

    /** For tests and people: where links of other nodes are answered; 0 before. */
    int port() {
        return links == null ? 0 : links.port();
    }

    /** Where rules keep who is on line, nobody is on a node that has left. */
    private static void clear(EventBus bus, Config config, String node) {
        LOG.info("clients of node {}, which has left, go off line", node);
        StoreOp clear = new StoreOp.NodeClear(node, System.currentTimeMillis() / 1000);
        for (String pool : onlinePools(config)) {
            bus.send(
                    Address.store(pool),
                    new StoreBatch(pool, "nobody", 0, List.of(clear), clear.sizeBytes()),
                    LocalCodec.OPTIONS);
        }
    }

    /** Those in which rules keep who is on line. */
    static Set<String> onlinePools(Config config) {
        Set<String> pools = new LinkedHashSet<>();
        for (Rule rule : config.hooks()) {
            if (rule.enabled() && rule.action() == Function.CLIENT_CONNECTED) {
                pools.add(rule.pool());
            }
        }
        return pools;
    }
}
