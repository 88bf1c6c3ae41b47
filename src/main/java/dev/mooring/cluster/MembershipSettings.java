package dev.mooring.cluster;

import java.util.List;

/**
 * How this node finds others, and what they are told of it.
 *
 * @param self this life of this node
 * @param cluster name of the cluster
 * @param host to bind to; an address, or 0.0.0.0 for all
 * @param publicHost at which others reach this node
 * @param port of membership
 * @param linkPort at which links are answered
 * @param members host[:port] of some nodes; empty when {@code serviceDns} names them
 * @param serviceDns a name whose addresses are the nodes; empty when {@code members} counts
 * @param noHeartbeatS within which a node that is silent is taken for dead; 3 or more
 */
public record MembershipSettings(
        NodeId self,
        String cluster,
        String host,
        String publicHost,
        int port,
        int linkPort,
        List<String> members,
        String serviceDns,
        int noHeartbeatS) {
    public MembershipSettings {
        members = List.copyOf(members);
    }
}
