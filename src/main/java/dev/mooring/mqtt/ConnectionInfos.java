package dev.mooring.mqtt;

import dev.mooring.session.ClientInfo;
import dev.mooring.session.ClientsFound;
import dev.mooring.session.ClientsQuery;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What administrators may see of the connections of one loop. On that loop. */
final class ConnectionInfos {
    private ConnectionInfos() {}

    /** @param connections of the loop, by client id */
    static ClientsFound of(ClientsQuery query, Map<String, MqttConnection> connections) {
        List<ClientInfo> found = new ArrayList<>();
        for (String clientId : query.clientIds()) {
            MqttConnection connection = connections.get(clientId);
            LiveSession live = connection == null ? null : connection.sessionOrNull();
            if (connection != null && live != null) {
                found.add(of(live, String.valueOf(connection.peer()), query.subscriptionsMax()));
            }
        }
        return new ClientsFound(found);
    }

    private static ClientInfo of(LiveSession live, String address, int subscriptionsMax) {
        ClientInfo.ConnectionInfo connection = new ClientInfo.ConnectionInfo(
                live.connect.protocolVersion(),
                live.identity.username(),
                address,
                live.connect.cleanStart(),
                live.connect.keepAliveS(),
                live.onlineAtS,
                live.connect.receiveMaximum(),
                live.outbox.inflightCount(),
                live.outbox.queuedInMemory(),
                live.outbox.isBehind(),
                live.inbound.unanswered());
        return new ClientInfo(
                live.clientId,
                live.expiryS,
                0,
                null,
                live.subscriptions.size(),
                ClientInfo.first(live.subscriptions.values(), subscriptionsMax),
                live.will,
                connection);
    }
}
