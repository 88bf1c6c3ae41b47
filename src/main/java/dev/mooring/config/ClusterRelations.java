package dev.mooring.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a node needs that is one of several. Nothing is said of a section that is not enabled. */
final class ClusterRelations {
    /** A name or an IPv4 address, or an IPv6 address in brackets; and a port. */
    private static final Pattern MEMBER = Pattern.compile("([^:\\[\\]\\s]+|\\[[0-9A-Fa-f:.]+])(:([0-9]{1,5}))?");

    private static final Pattern LOOPBACK = Pattern.compile("127\\.[0-9.]+|::1|localhost");

    private static final int PORT_MAX = 65_535;

    private final JsonNode tree;
    private final JsonNode cluster;
    private final Problems problems;

    ClusterRelations(JsonNode tree, Problems problems) {
        this.tree = tree;
        this.cluster = tree.path("cluster");
        this.problems = problems;
    }

    void check() {
        if (!cluster.path("enable").asBoolean() || problems.anyIn("/cluster")) {
            return;
        }
        checkOthers();
        checkAddresses();
        checkTls();
        if (!problems.isWritten("/node/name")) {
            problems.add("/node", "needs \"name\": in a cluster every node has one of its own, that stays the same");
        }
        String pool = tree.at("/session/pool").asText();
        if (tree.path("pools").path(pool).path("backend").asText().equals("embedded")) {
            String text = "names the embedded pool " + Schema.quote(pool) + ", which other nodes can't reach; in a"
                    + " cluster the sessions need a pool whose backend is \"redis\" or \"dynamodb\"";
            problems.replace("/session/pool", text);
        }
    }

    private void checkOthers() {
        JsonNode members = cluster.path("members");
        boolean byDns = !cluster.path("service_dns").asText().isEmpty();
        if (byDns && !members.isEmpty()) {
            problems.add("/cluster/service_dns", "stands in place of \"members\": only one of both can be given");
        } else if (!byDns && members.isEmpty()) {
            problems.add("/cluster", "needs \"members\", or \"service_dns\": where other nodes may be found");
        }
        for (int i = 0; i < members.size(); i++) {
            Matcher member = MEMBER.matcher(members.path(i).asText());
            if (!member.matches() || member.group(3) != null && !isPort(member.group(3))) {
                problems.add("/cluster/members/" + i, "must be host or host:port, of an IPv6 address [address]:port");
            }
        }
    }

    private static boolean isPort(String digits) {
        int port = Integer.parseInt(digits);
        return port > 0 && port <= PORT_MAX;
    }

    private void checkAddresses() {
        String host = cluster.path("host").asText();
        boolean isAny = host.equals("0.0.0.0") || host.equals("::");
        if (isAny && cluster.path("public_host").asText().isEmpty()) {
            problems.add("/cluster", "needs \"public_host\": others can't reach this node at " + host);
        }
        boolean isOpen = !LOOPBACK.matcher(host).matches();
        if (isOpen
                && cluster.path("secret").asText().isEmpty()
                && !cluster.at("/tls/enable").asBoolean()) {
            problems.add(
                    "/cluster",
                    "needs \"secret\", or \"tls\", at " + host
                            + ": else whoever reaches link_port could say that he is one of the nodes");
        }
        if (cluster.path("port").asInt() == cluster.path("link_port").asInt()) {
            problems.add("/cluster/link_port", "must not be that of \"port\", which membership needs");
        }
    }

    private void checkTls() {
        boolean enabled = cluster.at("/tls/enable").asBoolean();
        for (String key : List.of("certfile", "keyfile", "cacertfile")) {
            String file = cluster.path("tls").path(key).asText();
            if (enabled && file.isEmpty()) {
                problems.add("/cluster/tls", "needs \"" + key + "\" when it is enabled");
            } else if (enabled && !ListenerRelations.isFile(file)) {
                problems.add("/cluster/tls/" + key, "there is no file " + Schema.quote(file));
            }
        }
    }
}
