package dev.mooring.it;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Whether nodes are one broker, as they say themselves and as clients see it. For the thread of the test. */
final class OneBroker implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<MooringProcess> nodes;
    private final List<Witness> witnesses = new ArrayList<>();

    /** A client without a lasting session, which reads one topic. */
    private record Witness(String topic, PacketClient client) {}

    OneBroker(List<MooringProcess> nodes) {
        this.nodes = nodes;
    }

    /** One more client at each node: later ones publish from each node to all of them. */
    void witness() {
        for (MooringProcess node : nodes) {
            String topic = "witness/" + witnesses.size();
            PacketClient client = PacketClient.online(node.address(), Connect.clean(topic));
            witnesses.add(new Witness(topic, client.subscribe(topic, 0)));
        }
    }

    /** What is published at any node comes to the witnesses of all, though nothing of it is stored. */
    void reachesWitnesses() {
        for (int i = 0; i < nodes.size(); i++) {
            try (PacketClient publisher = PacketClient.online(nodes.get(i).address(), Connect.clean("from " + i))) {
                for (Witness witness : witnesses) {
                    publisher.publish(witness.topic, "from " + i, 0);
                    witness.client.expectPublish(witness.topic, "from " + i);
                }
            }
        }
    }

    /** How many others a node has. */
    int peers(int node) {
        return figure(nodes.get(node).ask("GET", "/metrics"), "mooring_cluster_peers");
    }

    /** Whether a node reaches another one. */
    boolean isLinked(int node, int other) {
        return figure(nodes.get(node).ask("GET", "/metrics"), linked(other)) == 1;
    }

    private static String linked(int other) {
        return "mooring_link_connected{node=\"node" + other + "\"}";
    }

    /**
     * Every node has all others and knows what they say of routes and sessions, and of each client one node has a
     * connection.
     *
     * @param clients that come back by themselves; the witnesses are there, too
     */
    boolean isOne(int clients) throws IOException {
        try {
            Map<String, Integer> owners = owners();
            return isTold()
                    && owners.size() == clients
                    && owners.values().stream().allMatch(count -> count == 1);
        } catch (AssertionError e) {
            return false; // a node that does not say so
        }
    }

    private boolean isTold() {
        List<String> said =
                nodes.stream().map(node -> node.ask("GET", "/metrics")).toList();
        int all = said.stream()
                .mapToInt(s -> figure(s, "mooring_replica_entries{of=\"own\"}"))
                .sum();
        for (int node = 0; node < nodes.size(); node++) {
            String figures = said.get(node);
            boolean isWhole = figure(figures, "mooring_cluster_peers") == nodes.size() - 1;
            int known = figure(figures, "mooring_replica_entries{of=\"own\"}")
                    + figure(figures, "mooring_replica_entries{of=\"others\"}");
            for (int other = 0; other < nodes.size(); other++) {
                isWhole &= other == node || figure(figures, linked(other)) == 1;
            }
            if (!isWhole || known != all) {
                return false;
            }
        }
        return true;
    }

    private static int figure(String figures, String name) {
        return figures.lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToInt(line -> (int) Double.parseDouble(line.substring(name.length() + 1)))
                .findFirst()
                .orElse(0);
    }

    /** By client id, how many nodes have a connection of it; without witnesses. */
    private Map<String, Integer> owners() throws IOException {
        Map<String, Integer> owners = new HashMap<>();
        for (MooringProcess node : nodes) {
            JsonNode page = JSON.readTree(node.ask("GET", "/api/v1/clients?state=connected&limit=1000"));
            for (JsonNode client : page.get("items")) {
                String id = client.get("clientid").asText();
                if (!id.startsWith("witness/")) {
                    owners.merge(id, 1, Integer::sum);
                }
            }
        }
        return owners;
    }

    /** For people: what each node knows of the others, and who is there. */
    String said() {
        StringBuilder text = new StringBuilder();
        for (MooringProcess node : nodes) {
            try {
                node.ask("GET", "/metrics")
                        .lines()
                        .filter(line -> line.matches("mooring_(cluster_peers|link_connected|replica_entries).*"))
                        .forEach(line -> text.append('\n').append(line));
                text.append('\n').append(node.ask("GET", "/api/v1/clients?limit=1000"));
            } catch (RuntimeException | AssertionError e) {
                text.append('\n').append(e.getMessage());
            }
            text.append('\n').append(node.output());
        }
        return text.toString();
    }

    @Override
    public void close() {
        witnesses.forEach(witness -> witness.client.close());
    }
}
