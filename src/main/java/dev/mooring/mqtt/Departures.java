package dev.mooring.mqtt;

import dev.mooring.bus.Address;
import dev.mooring.message.ReasonCode;
import dev.mooring.metrics.ConnectionEnd;
import dev.mooring.session.SessionClosed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Sends the clients of one loop away, as many at a time as it is told. A session goes back to its authority first, and
 * its client is told only when that has it in the store: so whichever node the client comes to finds it there. Confined
 * to the loop.
 */
final class Departures {
    private static final String WHY = "the node stops";

    private final Loop loop;
    private final Map<MqttConnection, Boolean> handingOver = new HashMap<>();

    Departures(Loop loop) {
        this.loop = loop;
    }

    /** Begins with that many clients at most; returns with how many. The order is nobody's: that of a hash table. */
    int begin(int max) {
        List<MqttConnection> some = new ArrayList<>();
        for (MqttConnection connection : loop.connections()) {
            if (some.size() == max) {
                break;
            }
            if (connection.sessionOrNull() != null) { // who is about to get a session is refused by Connecting
                some.add(connection);
            }
        }
        some.forEach(this::begin);
        return some.size();
    }

    private void begin(MqttConnection connection) {
        LiveSession session = connection.sessionOrNull();
        if (session == null) {
            return;
        }
        connection.output().flush(); // what is written belongs before DISCONNECT, and is lost with the session
        SessionClosed closed = connection.release(WHY, ConnectionEnd.byServer(reason()));
        if (closed == null) {
            return;
        }
        boolean explain = session.connect.requestProblemInformation();
        handingOver.put(connection, explain);
        loop.node.metrics().handingOver.incrementAndGet();
        String shard = Address.session(loop.node.sessions().shard(closed.clientId()));
        loop.handOver(shard, closed, () -> end(connection));
    }

    /** Those that are being handed over end now. */
    void endAll() {
        List.copyOf(handingOver.keySet()).forEach(this::end);
    }

    private void end(MqttConnection connection) {
        Boolean explain = handingOver.remove(connection);
        if (explain == null) {
            return; // there was no time left
        }
        loop.node.metrics().handingOver.decrementAndGet();
        Output out = connection.output();
        if (out.version() == 5) {
            String reference = loop.config().drain().serverReference();
            out.disconnect(reason(), reference.isEmpty() ? null : reference, explain ? WHY : null);
        }
        out.hangUp();
    }

    private ReasonCode reason() {
        return loop.config().drain().serverReference().isEmpty()
                ? ReasonCode.SERVER_SHUTTING_DOWN
                : ReasonCode.SERVER_MOVED;
    }
}
