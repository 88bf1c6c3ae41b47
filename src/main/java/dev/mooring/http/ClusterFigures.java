package dev.mooring.http;

import dev.mooring.metrics.ClusterMetrics;
import dev.mooring.metrics.ReplicaMetrics;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.List;

/** What a node has to do with others, for Prometheus. Labels are names of nodes, of which there are few. */
final class ClusterFigures implements MultiCollector {
    private final ClusterMetrics metrics;

    ClusterFigures(ClusterMetrics metrics) {
        this.metrics = metrics;
    }

    @Override
    public MetricSnapshots collect() {
        List<MetricSnapshot> all = new ArrayList<>();
        members(all);
        links(all);
        replica(all);
        return new MetricSnapshots(all);
    }

    private void members(List<MetricSnapshot> all) {
        all.add(new Family("cluster_peers", "Other nodes that are there.")
                .add(metrics.peers.get())
                .gauge());
        all.add(new Family("cluster_changes", "Nodes that came and went, as this one saw it.")
                .add(metrics.joined.sum(), "change", "joined")
                .add(metrics.left.sum(), "change", "left")
                .add(metrics.interrupted.sum(), "change", "interrupted")
                .counter());
        all.add(new Family(
                        "link_handshakes_refused",
                        "Connections between nodes that failed: other versions, another secret, or no node at all.")
                .add(metrics.handshakesRefused.sum())
                .counter());
    }

    private void links(List<MetricSnapshot> all) {
        Family connected = new Family("link_connected", "1 when the node answers.");
        Family queued = new Family("link_queued_bytes", "What waits for a node, unacknowledged bytes included.");
        Family batches = new Family("link_batches", "Batches to and from a node, by what became of them.");
        Family bytes = new Family("link_bytes", "Bytes to and from a node.");
        Family connects = new Family("link_connects", "Connections that were made to a node.");
        Family full = new Family("link_full", "Times that the queue for a node became full.");
        Family refused = new Family("link_refused", "Batches of messages that did not get into a full queue at once.");
        Family dropped = new Family("link_dropped_qos0", "Messages at QoS 0 for a node whose queue was full.");
        Family skipped = new Family("link_skipped", "What a node of a newer version said, and this one does not know.");
        metrics.links().forEach((node, m) -> {
            connected.add(m.connected ? 1 : 0, "node", node);
            queued.add(m.queuedBytes.get(), "node", node);
            batches.add(m.batchesSent.sum(), "node", node, "result", "sent");
            batches.add(m.batchesResent.sum(), "node", node, "result", "resent");
            batches.add(m.batchesGivenUp.sum(), "node", node, "result", "given_up");
            batches.add(m.batchesReceived.sum(), "node", node, "result", "received");
            batches.add(m.batchesRepeated.sum(), "node", node, "result", "repeated");
            bytes.add(m.bytesReceived.sum(), "node", node, "direction", "received");
            bytes.add(m.bytesSent.sum(), "node", node, "direction", "sent");
            connects.add(m.connects.sum(), "node", node);
            full.add(m.full.sum(), "node", node);
            refused.add(m.refused.sum(), "node", node);
            dropped.add(m.droppedQos0.sum(), "node", node);
            skipped.add(m.skipped.sum(), "node", node);
        });
        all.add(connected.gauge());
        all.add(queued.gauge());
        for (Family counter : List.of(batches, bytes, connects, full, refused, dropped, skipped)) {
            all.add(counter.counter());
        }
    }

    private void replica(List<MetricSnapshot> all) {
        ReplicaMetrics m = metrics.replica;
        all.add(new Family("replica_entries", "Routes and sessions that nodes tell each other of, by whose they are.")
                .add(m.ownEntries.get(), "of", "own")
                .add(m.copiedEntries.sum(), "of", "others")
                .gauge());
        all.add(new Family("replica_deltas", "Batches of changes of them; dropped: a link was full.")
                .add(m.deltasSent.sum(), "result", "sent")
                .add(m.deltasReceived.sum(), "result", "received")
                .add(m.deltasDropped.sum(), "result", "dropped")
                .counter());
        all.add(new Family("replica_pages", "Pages of copies of them.")
                .add(m.pagesSent.sum(), "direction", "sent")
                .add(m.pagesReceived.sum(), "direction", "received")
                .counter());
        all.add(new Family("replica_requests", "Requests for copies; repeated: those again for which nothing had come.")
                .add(m.requestsSent.sum(), "request", "all")
                .add(m.requestsRepeated.sum(), "request", "repeated")
                .counter());
        all.add(new Family("replica_gaps", "Changes that were missing, so that a copy was made anew.")
                .add(m.gaps.sum())
                .counter());
        all.add(new Family(
                        "replica_repairs",
                        "Copies that were unlike their originals although nothing was missing. More than 0 is a bug.")
                .add(m.repairs.sum())
                .counter());
    }
}
