package dev.mooring.cluster;

import com.hazelcast.cluster.Address;
import com.hazelcast.config.DiscoveryStrategyConfig;
import com.hazelcast.config.properties.PropertyDefinition;
import com.hazelcast.logging.ILogger;
import com.hazelcast.spi.discovery.AbstractDiscoveryStrategy;
import com.hazelcast.spi.discovery.DiscoveryNode;
import com.hazelcast.spi.discovery.DiscoveryStrategy;
import com.hazelcast.spi.discovery.DiscoveryStrategyFactory;
import com.hazelcast.spi.discovery.SimpleDiscoveryNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where other nodes may be, for Hazelcast: without those whose machine takes a connection, and nothing answers. Such a
 * one is frozen. Hazelcast would wait for it, for ever, with a thread that turns without a pause and serves the
 * connections to all others, so that they end as well and nobody can join.
 *
 * <p>On Hazelcast's threads, which may block: at the start, and from time to time.
 */
final class Hosts extends AbstractDiscoveryStrategy {
    private static final Logger LOG = LoggerFactory.getLogger(Hosts.class);

    /** What members say first, and are answered with. */
    private static final byte[] GREETING = "HZC".getBytes(StandardCharsets.US_ASCII);

    private static final int CONNECT_MS = 1_000 * Membership.CONNECT_TIMEOUT_S;
    /** One that is about to start may listen for a while before it answers. */
    private static final int PATIENCE_MS = 5_000;

    private final MembershipSettings settings;

    private Hosts(ILogger logger, MembershipSettings settings) {
        super(logger, Map.of());
        this.settings = settings;
    }

    /** For the configuration of Hazelcast. */
    static DiscoveryStrategyConfig of(MembershipSettings settings) {
        return new DiscoveryStrategyConfig(new Factory(settings));
    }

    private record Factory(MembershipSettings settings) implements DiscoveryStrategyFactory {
        @Override
        public Class<? extends DiscoveryStrategy> getDiscoveryStrategyType() {
            return Hosts.class;
        }

        @Override
        @SuppressWarnings("rawtypes") // as it is declared there
        public DiscoveryStrategy newDiscoveryStrategy(
                DiscoveryNode self, ILogger logger, Map<String, Comparable> properties) {
            return new Hosts(logger, settings);
        }

        @Override
        public Collection<PropertyDefinition> getConfigurationProperties() {
            return List.of();
        }
    }

    @Override
    public Iterable<DiscoveryNode> discoverNodes() {
        return all().parallelStream()
                .filter(Hosts::isNotSilent)
                .<DiscoveryNode>map(SimpleDiscoveryNode::new)
                .toList();
    }

    private List<Address> all() {
        List<Address> all = new ArrayList<>();
        for (String member : settings.members()) {
            try {
                all.add(address(member));
            } catch (UnknownHostException e) {
                LOG.debug("{} is no host that is known", member);
            }
        }
        if (!settings.serviceDns().isEmpty()) {
            try {
                for (InetAddress each : InetAddress.getAllByName(settings.serviceDns())) {
                    all.add(new Address(each, settings.port()));
                }
            } catch (UnknownHostException e) {
                LOG.debug("{} has no addresses", settings.serviceDns());
            }
        }
        return all;
    }

    /** Of {@code host}, {@code host:port}, {@code [address]} or {@code [address]:port}. */
    private Address address(String member) throws UnknownHostException {
        boolean hasPort = member.matches(".*[^:]:[0-9]+") && !member.endsWith("]");
        int end = hasPort ? member.lastIndexOf(':') : member.length();
        int port = hasPort ? Integer.parseInt(member.substring(end + 1)) : settings.port();
        String host = member.substring(0, end);
        return new Address(host.startsWith("[") ? host.substring(1, host.length() - 1) : host, port);
    }

    private static boolean isNotSilent(Address address) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(address.getInetAddress(), address.getPort()), CONNECT_MS);
            socket.setSoTimeout(PATIENCE_MS);
            socket.getOutputStream().write(GREETING);
            return socket.getInputStream().read() >= 0;
        } catch (SocketTimeoutException e) {
            LOG.info("nothing answers at {}: it is left out", address);
            return false;
        } catch (IOException e) {
            return true; // Hazelcast finds out soon
        }
    }
}
