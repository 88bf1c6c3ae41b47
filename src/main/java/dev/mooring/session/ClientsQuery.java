package dev.mooring.session;

import dev.mooring.bus.LocalBody;
import java.util.List;

/**
 * Asks a loop, or a shard of the session authority, what it knows of these clients; answered by {@link ClientsFound}. A
 * loop knows those that are connected there, a shard those of its client ids.
 *
 * @param subscriptionsMax per client, in the answer
 */
public record ClientsQuery(List<String> clientIds, int subscriptionsMax) implements LocalBody {
    public ClientsQuery {
        clientIds = List.copyOf(clientIds);
    }
}
