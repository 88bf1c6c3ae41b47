package dev.mooring;

import dev.mooring.cluster.ClusterSettings;
import dev.mooring.cluster.LinkTls;
import dev.mooring.cluster.Membership;
import dev.mooring.cluster.MembershipSettings;
import dev.mooring.cluster.NodeId;
import dev.mooring.config.ClusterConfig;
import dev.mooring.config.Config;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** From the configuration to the parts of a cluster. */
final class Clustering {
    private static final int RANDOM_BITS = 20;
    /** Of each second of {@code no_heartbeat_s}: a tenth is left for what follows when a node is taken for dead. */
    private static final int SILENCE_MS_PER_S = 900;

    private Clustering() {}

    /** A new life of the node of the configuration: later ones have greater numbers as long as the clock goes on. */
    static NodeId born(Config config) {
        long random = ThreadLocalRandom.current().nextLong(1L << RANDOM_BITS);
        return new NodeId(config.node().name(), System.currentTimeMillis() << RANDOM_BITS | random);
    }

    static Membership membership(Config config, NodeId self) {
        ClusterConfig c = config.cluster();
        return new Membership(new MembershipSettings(
                self,
                c.name(),
                c.host(),
                c.address(),
                c.port(),
                c.linkPort(),
                c.members(),
                c.serviceDns(),
                c.noHeartbeatS()));
    }

    static Joining joining(Config config, Membership members) {
        return new Joining(settings(config, members.self()), (vertx, links) -> {
            links.view(members.members());
            members.watch(vertx, links::view);
        });
    }

    static ClusterSettings settings(Config config, NodeId self) {
        ClusterConfig c = config.cluster();
        ClusterConfig.Tls tls = c.tls();
        return new ClusterSettings(
                self,
                c.host(),
                c.linkPort(),
                c.secret(),
                tls.enable() ? new LinkTls(tls.certfile(), tls.keyfile(), tls.cacertfile()) : LinkTls.NONE,
                c.linkBytesMax(),
                c.noHeartbeatS() * SILENCE_MS_PER_S,
                (int) TimeUnit.SECONDS.toMillis(c.digestIntervalS()));
    }
}
