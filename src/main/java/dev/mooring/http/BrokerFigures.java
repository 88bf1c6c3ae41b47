package dev.mooring.http;

import dev.mooring.message.ReasonCode;
import dev.mooring.metrics.LoopMetrics;
import dev.mooring.metrics.Metrics;
import dev.mooring.metrics.ReloadMetrics;
import dev.mooring.mqtt.NetworkMemory;
import dev.mooring.mqtt.NodeState;
import dev.mooring.mqtt.PacketTypes;
import dev.mooring.route.Subscriber;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What clients do, for Prometheus. Reads the broker's own counters when it is asked, so that counting costs what it
 * always did. No label has a client id, a topic, or anything else that clients choose.
 *
 * <p>To be collected on a worker thread: it looks at every session, some ten milliseconds for a million.
 */
final class BrokerFigures implements MultiCollector {
    private final NodeState node;
    private final Lifecycle lifecycle;
    private final String version;

    BrokerFigures(NodeState node, Lifecycle lifecycle, String version) {
        this.node = node;
        this.lifecycle = lifecycle;
        this.version = version;
    }

    @Override
    public MetricSnapshots collect() {
        List<MetricSnapshot> all = new ArrayList<>();
        connections(all);
        rights(all);
        configuration(all);
        traffic(all);
        drops(all);
        state(all);
        queues(all);
        loops(all);
        return new MetricSnapshots(all);
    }

    private void connections(List<MetricSnapshot> all) {
        Metrics m = node.metrics();
        all.add(InfoSnapshot.builder()
                .name("mooring")
                .help("Version of the broker.")
                .dataPoint(InfoSnapshot.InfoDataPointSnapshot.builder()
                        .labels(Labels.of("version", version))
                        .build())
                .build());
        all.add(new Family("connections", "Clients that are connected.")
                .add(m.connections.get())
                .gauge());
        boolean drains = lifecycle.phase().compareTo(Lifecycle.Phase.DRAINING) >= 0;
        all.add(new Family("draining", "1 from when the node begins to send its clients away, else 0.")
                .add(drains ? 1 : 0)
                .gauge());
        all.add(new Family("draining_connections", "Clients that a node that drains has yet to send away.")
                .add(drains ? m.connections.get() + m.handingOver.get() : 0)
                .gauge());
        all.add(new Family("connections_accepted", "Connections that got a CONNACK with success.")
                .add(m.connectionsAccepted.sum())
                .counter());
        Family refused = new Family("connections_refused", "CONNECTs that were refused, by MQTT 5 reason.");
        m.connectionsRefused.forEach((reason, count) -> {
            if (count > 0) {
                refused.add(count, "reason", reason.name().toLowerCase(Locale.ROOT));
            }
        });
        all.add(refused.counter());
        all.add(closed(m).counter());
        all.add(new Family("keep_alive_timeouts", "Connections closed because the client was silent for too long.")
                .add(m.keepAliveTimeouts.sum())
                .counter());
        all.add(new Family("sessions_taken_over", "Connections closed because their client connected again.")
                .add(m.sessionsTakenOver.sum())
                .counter());
        all.add(new Family("authentications", "Outcomes of authentication; failed: the authenticator did not work.")
                .add(m.authenticationsAccepted.sum(), "result", "accepted")
                .add(m.authenticationsRefused.sum(), "result", "refused")
                .add(m.authenticationsFailed.sum(), "result", "failed")
                .counter());
    }

    private static Family closed(Metrics m) {
        Family closed = new Family(
                        "connections_closed", "Ends of accepted connections, by who wanted it, and the MQTT 5 reason.")
                .add(m.connectionsClosedSilently.sum(), "by", "client", "reason", "none")
                .add(m.connectionsLost.sum(), "by", "client", "reason", "lost");
        m.connectionsClosedByClient.forEach((reason, count) -> ended(closed, count, "client", reason));
        m.connectionsClosedByServer.forEach((reason, count) -> ended(closed, count, "server", reason));
        return closed;
    }

    private static void ended(Family closed, long count, String by, ReasonCode reason) {
        if (count > 0) {
            String name =
                    reason == ReasonCode.SUCCESS ? "normal" : reason.name().toLowerCase(Locale.ROOT);
            closed.add(count, "by", by, "reason", name);
        }
    }

    private void rights(List<MetricSnapshot> all) {
        Metrics m = node.metrics();
        all.add(new Family("handshakes_failed", "Connections that failed before MQTT, in TLS or the PROXY protocol.")
                .add(m.handshakesFailed.sum())
                .counter());
        all.add(new Family("authorizations_denied", "What clients asked for and have no right to, by what it was.")
                .add(m.publishesDenied.sum(), "request", "publish")
                .add(m.subscriptionsDenied.sum(), "request", "subscribe")
                .add(m.willsDenied.sum(), "request", "will")
                .counter());
        all.add(new Family(
                        "rights_not_refreshed",
                        "Times that the rights of a connected client stayed as they were, as nobody could say.")
                .add(m.rightsNotRefreshed.sum())
                .counter());
        Family guarded = new Family(
                "guard_entries", "Addresses and client ids being watched or banned, each until it is looked at again.");
        node.guard().sizes().forEach((kind, count) -> guarded.add(count, "kind", kind));
        all.add(guarded.gauge());
        all.add(new Family("checks_waiting", "Password hashes and signatures that wait for a thread, or are under way.")
                .add(node.hashing().waiting())
                .gauge());
        all.add(new Family(
                        "listeners_closed",
                        "Listeners that should be open and are not, as their logins or rules can't be loaded.")
                .add(lifecycle.closedListeners().size())
                .gauge());
    }

    private void configuration(List<MetricSnapshot> all) {
        ReloadMetrics m = node.metrics().reload;
        all.add(new Family("config_reloads", "Times that the configuration was read again, by what came of it.")
                .add(m.applied.sum(), "result", "applied")
                .add(m.unchanged.sum(), "result", "unchanged")
                .add(m.refused.sum(), "result", "refused")
                .add(m.partly.sum(), "result", "partly")
                .counter());
        all.add(new Family(
                        "config_refused",
                        "1 when the file has a configuration that was refused, so that an earlier one counts.")
                .add(m.lastRefused ? 1 : 0)
                .gauge());
        all.add(new Family("config_restart_values", "Values of the file that count only after a restart.")
                .add(m.restartValues)
                .gauge());
        all.add(new Family("config_taken_timestamp_seconds", "When the configuration that counts was taken in.")
                .add(m.takenAtMs / 1000)
                .gauge());
        all.add(InfoSnapshot.builder()
                .name("mooring_config")
                .help("Hash of the configuration that counts, without its secrets: to compare nodes.")
                .dataPoint(InfoSnapshot.InfoDataPointSnapshot.builder()
                        .labels(Labels.of("hash", m.hash))
                        .build())
                .build());
    }

    private void traffic(List<MetricSnapshot> all) {
        Metrics m = node.metrics();
        Family packets = new Family("packets", "MQTT packets, by direction and type.");
        for (PacketTypes type : PacketTypes.values()) {
            long in = 0;
            long out = 0;
            for (LoopMetrics loop : m.loops()) {
                in += loop.packetsReceived(type.number());
                out += loop.packetsSent(type.number());
            }
            String name = type.name().toLowerCase(Locale.ROOT);
            if (type.fromClients()) {
                packets.add(in, "direction", "received", "type", name);
            }
            if (type.fromServers()) {
                packets.add(out, "direction", "sent", "type", name);
            }
        }
        all.add(packets.counter());
        Family messages = new Family("messages", "PUBLISH packets, by direction and QoS.");
        for (int qos = 0; qos <= 2; qos++) {
            long in = 0;
            long out = 0;
            for (LoopMetrics loop : m.loops()) {
                in += loop.messagesReceived(qos);
                out += loop.messagesSent(qos);
            }
            messages.add(in, "direction", "received", "qos", Integer.toString(qos));
            messages.add(out, "direction", "sent", "qos", Integer.toString(qos));
        }
        all.add(messages.counter());
        all.add(new Family("bytes", "Bytes of MQTT, without TLS and WebSocket, by direction.")
                .add(m.bytesReceived.sum(), "direction", "received")
                .add(m.bytesSent.sum(), "direction", "sent")
                .counter());
        all.add(new Family("packets_malformed", "Packets against the standard or a limit; each ends its connection.")
                .add(m.packetsMalformed.sum())
                .counter());
    }

    private void drops(List<MetricSnapshot> all) {
        Metrics m = node.metrics();
        all.add(new Family("messages_dropped", "Messages that a subscriber did not get, by reason.")
                .add(m.droppedExpired.sum(), "reason", "expired")
                .add(m.droppedTooLarge.sum(), "reason", "too_large")
                .add(m.droppedQueueFull.sum(), "reason", "queue_full")
                .add(m.droppedSlowQos0.sum(), "reason", "slow_qos0")
                .add(m.droppedRefused.sum(), "reason", "refused_by_client")
                .add(m.droppedForbidden.sum(), "reason", "forbidden")
                .add(m.droppedNoMember.sum(), "reason", "no_member_of_group")
                .counter());
        all.add(new Family("retained_dropped", "Retained messages that were not kept because a bound was reached.")
                .add(m.droppedRetainedFull.sum())
                .counter());
        all.add(new Family("publishes_rejected", "PUBLISH packets that were refused or could not be stored.")
                .add(m.publishesRejected.sum())
                .counter());
        all.add(new Family("hook_failures", "Operations of hooks that failed without anybody waiting for them.")
                .add(m.hookFailures.sum())
                .counter());
    }

    private void state(List<MetricSnapshot> all) {
        all.add(new Family("sessions", "Sessions, connected or not.")
                .add(node.sessions().count())
                .gauge());
        all.add(new Family("subscriptions", "Subscriptions, shared ones included.")
                .add(node.index().subscriptions())
                .gauge());
        all.add(new Family("subscription_filters", "Different topic filters.")
                .add(node.index().filters())
                .gauge());
        all.add(new Family("shared_groups", "Groups of shared subscriptions.")
                .add(node.index().groups())
                .gauge());
        all.add(new Family("retained_messages", "Retained messages.")
                .add(node.retained().count())
                .gauge());
        all.add(new Family("retained_bytes", "Bytes of retained messages in memory.")
                .add(node.retained().bytes())
                .gauge());
    }

    private void queues(List<MetricSnapshot> all) {
        long count = 0;
        long bytes = 0;
        long longest = 0;
        for (Subscriber s : node.sessions().directory().values()) {
            int own = Math.max(0, s.queuedCount.get());
            count += own;
            bytes += Math.max(0, s.queuedBytes.get());
            longest = Math.max(longest, own);
        }
        all.add(new Family(
                        "queued_messages", "Messages in the queues of persistent sessions, those in flight included.")
                .add(count)
                .gauge());
        all.add(new Family("queued_bytes", "Bytes of these messages.")
                .add(bytes)
                .gauge());
        all.add(new Family("queued_messages_longest", "Messages in the longest of these queues.")
                .add(longest)
                .gauge());
        all.add(new Family("queue_memory_bytes", "Bytes of messages that wait in memory for a client.")
                .add(node.memory().bytes())
                .gauge());
        all.add(new Family("inflight_messages", "Messages at QoS 1 and 2 sent to clients and not acknowledged.")
                .add(Math.max(0, node.metrics().inflight.sum()))
                .gauge());
    }

    private void loops(List<MetricSnapshot> all) {
        Family lag =
                new Family("event_loop_lag_seconds", "Longest wait on an event loop in the last 15 to 30 seconds.");
        Family stalls = new Family("event_loop_stalls", "Turns of an event loop that took longer than 10 ms.");
        Family stalled = new Family("event_loop_stalled_seconds", "How long these turns took.");
        long now = System.nanoTime();
        List<LoopMetrics> loops = node.metrics().loops();
        for (int i = 0; i < loops.size(); i++) {
            LoopMetrics loop = loops.get(i);
            String number = Integer.toString(i);
            lag.add(Math.max(0, loop.lagS(now)), "loop", number);
            stalls.add(loop.stalls(), "loop", number);
            stalled.add(loop.stalledS(), "loop", number);
        }
        all.add(lag.gauge());
        all.add(stalls.counter());
        all.add(stalled.counter());
        all.add(new Family("direct_memory_bytes", "Memory outside the heap that network buffers take.")
                .add(NetworkMemory.directBytes())
                .gauge());
    }
}
