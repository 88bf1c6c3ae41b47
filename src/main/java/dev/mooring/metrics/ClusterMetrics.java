package dev.mooring.metrics;

import java.util.Collections;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** Figures of this node among others. For all threads. */
public final class ClusterMetrics {
    /** Other nodes that are there. */
    public final AtomicInteger peers = new AtomicInteger();

    public final LongAdder joined = new LongAdder();
    public final LongAdder left = new LongAdder();
    /** Connections between nodes that did not come about: other version, wrong secret, no member, no protocol. */
    public final LongAdder handshakesRefused = new LongAdder();
    /** Times that a peer had taken this node for dead, or the other way round, while both lived. */
    public final LongAdder interrupted = new LongAdder();

    public final ReplicaMetrics replica = new ReplicaMetrics();

    private final ConcurrentSkipListMap<String, LinkMetrics> links = new ConcurrentSkipListMap<>();

    /** @param node name of the peer */
    public LinkMetrics link(String node) {
        return links.computeIfAbsent(node, n -> new LinkMetrics());
    }

    /** By name of the peer, those that have left included. */
    public Map<String, LinkMetrics> links() {
        return Collections.unmodifiableMap(links);
    }
}
