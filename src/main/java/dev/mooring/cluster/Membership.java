package dev.mooring.cluster;

import com.hazelcast.cluster.MembershipAdapter;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.config.Config;
import com.hazelcast.config.JavaSerializationFilterConfig;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.NetworkConfig;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who is in the cluster, by Vert.x clustering with Hazelcast, of which nothing else is used: no map, no lock, and of
 * the clustered event bus nothing either. Each node's name, life and address of links stand in the attributes of its
 * member, which are there as long as the member is. With {@link Hosts} the only class that knows Hazelcast; not loaded
 * without a cluster.
 *
 * <p>For all threads.
 */
public final class Membership {
    private static final Logger LOG = LoggerFactory.getLogger(Membership.class);

    private static final String NODE = "mooring.node";
    private static final String EPOCH = "mooring.epoch";
    private static final String HOST = "mooring.host";
    private static final String PORT = "mooring.port";
    private static final String WIRE_MIN = "mooring.wire.min";
    private static final String WIRE = "mooring.wire";

    static final String HEARTBEAT = "hazelcast.heartbeat.interval.seconds";
    static final String SILENCE = "hazelcast.max.no.heartbeat.seconds";

    /** The same on all nodes. Few, since next to nothing is kept in them. */
    private static final String PARTITIONS = "31";

    static final int CONNECT_TIMEOUT_S = 3;

    /** Attributes don't change and events may get lost when two halves of a cluster find each other again. */
    private static final long LOOK_MS = 1_000;

    private static final long NAME_POLL_MS = 200;

    private final MembershipSettings settings;
    private final HazelcastClusterManager manager;
    private volatile List<Member> last = List.of();

    public Membership(MembershipSettings settings) {
        this.settings = settings;
        this.manager = new HazelcastClusterManager(hazelcast(settings));
    }

    /** This life of this node. */
    public NodeId self() {
        return settings.self();
    }

    /**
     * Makes a Vert.x that is a member. Fails, and has closed it again, when the cluster has another node of this name
     * that does not vanish.
     */
    public Future<Vertx> join(VertxBuilder builder, VertxOptions options) {
        // Nothing travels by the clustered event bus, so nobody else has to reach it.
        options.getEventBusOptions().setHost("127.0.0.1").setPort(0).setClusterPublicHost("127.0.0.1");
        return builder.with(options)
                .withClusterManager(manager)
                .buildClustered()
                .recover(cause -> Future.failedFuture(new IllegalStateException(
                        "the cluster can't be joined: " + cause.getMessage() + "; cluster.port is " + settings.host()
                                + ":" + settings.port(),
                        cause)))
                .compose(vertx -> awaitName(vertx)
                        .map(vertx)
                        .recover(cause -> vertx.close().transform(x -> Future.failedFuture(cause))));
    }

    /** A former life of this node may still be taken for alive, for as long as it takes to notice that it is not. */
    private Future<Void> awaitName(Vertx vertx) {
        if (namesake() == null) {
            return Future.succeededFuture();
        }
        LOG.info("the cluster has {} still; waiting until it has noticed its end", namesake());
        Promise<Void> free = Promise.promise();
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(settings.noHeartbeatS() + 5L);
        vertx.setPeriodic(NAME_POLL_MS, id -> {
            Member other = namesake();
            if (other == null) {
                vertx.cancelTimer(id);
                free.tryComplete();
            } else if (System.nanoTime() - until > 0) {
                vertx.cancelTimer(id);
                free.tryFail("the cluster has a node " + other.id().name() + " already, at " + other.host() + ":"
                        + other.port() + "; every node needs a node.name of its own");
            }
        });
        return free.future();
    }

    /** An older member with the name of this node. */
    private @Nullable Member namesake() {
        for (Member member : members()) {
            if (member.id().equals(settings.self())) {
                return null; // who is younger has to give way itself
            }
            if (member.id().isSameNode(settings.self())) {
                return member;
            }
        }
        return null;
    }

    /**
     * All members now, the oldest first, this node included. While the cluster is put together again after a partition,
     * the last ones that were seen.
     */
    public List<Member> members() {
        HazelcastInstance hazelcast = manager.getHazelcastInstance();
        try {
            List<Member> members = new ArrayList<>();
            for (com.hazelcast.cluster.Member member : hazelcast.getCluster().getMembers()) {
                String node = member.getAttribute(NODE);
                if (node != null) { // else it is somebody else's with the same cluster name
                    members.add(new Member(
                            new NodeId(node, Long.parseLong(member.getAttribute(EPOCH))),
                            member.getAttribute(HOST),
                            Integer.parseInt(member.getAttribute(PORT)),
                            Integer.parseInt(member.getAttribute(WIRE_MIN)),
                            Integer.parseInt(member.getAttribute(WIRE))));
                }
            }
            last = List.copyOf(members);
        } catch (HazelcastInstanceNotActiveException e) {
            LOG.debug("no view of the cluster: {}", e.getMessage());
        }
        return last;
    }

    /** Tells {@code view} all members, on any thread, now, whenever they change, and from time to time. */
    public void watch(Vertx vertx, Consumer<List<Member>> view) {
        manager.getHazelcastInstance().getCluster().addMembershipListener(new MembershipAdapter() {
            @Override
            public void memberAdded(MembershipEvent event) {
                view.accept(members());
            }

            @Override
            public void memberRemoved(MembershipEvent event) {
                view.accept(members());
            }
        });
        vertx.setPeriodic(0, LOOK_MS, id -> view.accept(members()));
    }

    /**
     * A silent node is noticed at the first heartbeat after the longest silence, which leaves a tenth of the time, or
     * of ten seconds and less nothing, for what follows.
     */
    static Config hazelcast(MembershipSettings s) {
        Config config = new Config();
        config.setClusterName(s.cluster());
        config.getMemberAttributeConfig()
                .setAttribute(NODE, s.self().name())
                .setAttribute(EPOCH, Long.toString(s.self().epoch()))
                .setAttribute(HOST, s.publicHost())
                .setAttribute(PORT, Integer.toString(s.linkPort()))
                .setAttribute(WIRE_MIN, Integer.toString(Wire.VERSION_MIN))
                .setAttribute(WIRE, Integer.toString(Wire.VERSION));
        network(s, config);
        config.getMetricsConfig().setEnabled(false);
        config.getSerializationConfig()
                .setJavaSerializationFilterConfig(
                        new JavaSerializationFilterConfig()); // none but Hazelcast's and Java's
        int heartbeatS = Math.max(1, s.noHeartbeatS() / 10);
        int silenceS = Math.max(2, s.noHeartbeatS() * 8 / 10);
        set(config, HEARTBEAT, Integer.toString(heartbeatS));
        set(config, SILENCE, Integer.toString(silenceS));
        set(config, "hazelcast.merge.first.run.delay.seconds", Integer.toString(s.noHeartbeatS()));
        set(config, "hazelcast.merge.next.run.delay.seconds", Integer.toString(s.noHeartbeatS()));
        set(config, "hazelcast.wait.seconds.before.join", "1");
        set(config, "hazelcast.partition.count", PARTITIONS);
        set(config, "hazelcast.operation.thread.count", "2");
        set(config, "hazelcast.operation.generic.thread.count", "2");
        set(config, "hazelcast.io.thread.count", "1");
        set(config, "hazelcast.event.thread.count", "1");
        set(config, "hazelcast.phone.home.enabled", "false");
        set(config, "hazelcast.shutdownhook.enabled", "false"); // the broker stops first
        set(config, "hazelcast.logging.type", "slf4j");
        return config;
    }

    private static void set(Config config, String property, String value) {
        config.setProperty(property, value);
    }

    private static void network(MembershipSettings s, Config config) {
        NetworkConfig network = config.getNetworkConfig();
        network.setPort(s.port()).setPortAutoIncrement(false);
        boolean isIpv6 = s.publicHost().contains(":");
        network.setPublicAddress((isIpv6 ? "[" + s.publicHost() + "]" : s.publicHost()) + ":" + s.port());
        if (s.host().equals("0.0.0.0") || s.host().equals("::")) {
            set(config, "hazelcast.socket.bind.any", "true");
        } else {
            set(config, "hazelcast.socket.bind.any", "false");
            set(config, "hazelcast.local.localAddress", s.host());
        }
        JoinConfig join = network.getJoin();
        join.getAutoDetectionConfig().setEnabled(false);
        join.getMulticastConfig().setEnabled(false);
        join.getTcpIpConfig().setConnectionTimeoutSeconds(CONNECT_TIMEOUT_S);
        join.getDiscoveryConfig().addDiscoveryStrategyConfig(Hosts.of(s));
        set(config, "hazelcast.discovery.enabled", "true");
    }
}
