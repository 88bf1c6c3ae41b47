package dev.mooring.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Section {@code cluster}: what a node needs that is one of several. */
class ClusterConfigTest {
    private static final String REDIS = "\"pools\": {\"r\": {\"backend\": \"redis\"}},"
            + " \"session\": {\"pool\": \"r\"}, \"node\": {\"name\": \"n1\"}";

    private static ClusterConfig valid(String cluster) {
        return Config.of("{" + REDIS + ", \"cluster\": {\"enable\": true, " + cluster + "}}")
                .cluster();
    }

    private static String errors(String more) {
        ConfigResult result = new ConfigReader().parse("{" + more + "}");
        assertThat(result).isInstanceOf(ConfigResult.Invalid.class);
        return result.toString();
    }

    private static String clusterErrors(String cluster) {
        return errors(REDIS + ", \"cluster\": {\"enable\": true, " + cluster + "}");
    }

    @Test
    @DisplayName("it is off unless enabled, and then nothing of it matters")
    void off() {
        assertThat(Config.defaults().cluster().enable()).isFalse();
        assertThat(Config.of("{\"cluster\": {\"host\": \"0.0.0.0\", \"link_port\": 7800}}")
                        .cluster()
                        .enable())
                .isFalse();
    }

    @Test
    @DisplayName("each mistake is told in a sentence of its own")
    void sentences() {
        assertThat(errors("\"cluster\": {\"enable\": true, \"members\": [\"a\"]}"))
                .contains("/session/pool: names the embedded pool \"local\", which other nodes can't reach; in a"
                        + " cluster the sessions need a pool whose backend is \"redis\" or \"dynamodb\"")
                .contains("/node: needs \"name\": in a cluster every node has one of its own");
        assertThat(clusterErrors("\"name\": \"c\""))
                .contains("/cluster: needs \"members\", or \"service_dns\": where other nodes may be found");
        assertThat(clusterErrors("\"members\": [\"a\"], \"service_dns\": \"b\""))
                .contains("/cluster/service_dns: stands in place of \"members\": only one of both can be given");
        assertThat(clusterErrors("\"members\": [\"a:0\"]"))
                .contains("/cluster/members/0: must be host or host:port, of an IPv6 address [address]:port");
        assertThat(clusterErrors("\"members\": [\"a\"], \"host\": \"0.0.0.0\""))
                .contains("/cluster: needs \"public_host\": others can't reach this node at 0.0.0.0");
        assertThat(clusterErrors("\"members\": [\"a\"], \"link_port\": 7800"))
                .contains("/cluster/link_port: must not be that of \"port\", which membership needs");
    }

    @Test
    @DisplayName("members by address or by a name in DNS; others are told public_host, if there is one")
    void addresses() {
        ClusterConfig members = valid("\"members\": [\"a\", \"10.0.0.1:7900\", \"[::1]:7900\"]");
        assertThat(members.members()).containsExactly("a", "10.0.0.1:7900", "[::1]:7900");
        assertThat(members.address()).isEqualTo("127.0.0.1");
        ClusterConfig dns =
                valid("\"service_dns\": \"mooring.mqtt.svc\", \"host\": \"0.0.0.0\", \"public_host\": \"10.0.0.7\","
                        + " \"secret\": \"open sesame\"");
        assertThat(dns.address()).isEqualTo("10.0.0.7");
        assertThat(dns.toString()).doesNotContain("sesame");
    }

    @Test
    @DisplayName("the embedded store can't keep what other nodes have to reach; a node needs a name of its own")
    void shared() {
        assertThat(errors("\"cluster\": {\"enable\": true, \"members\": [\"a\"]}"))
                .contains("/session/pool", "embedded", "\"redis\" or \"dynamodb\"", "/node", "needs \"name\"");
    }

    @Test
    @DisplayName("what is missing, and what excludes each other, is told with what to do")
    void mistakes() {
        assertThat(clusterErrors("\"name\": \"c\"")).contains("needs \"members\", or \"service_dns\"");
        assertThat(clusterErrors("\"members\": [\"a\"], \"service_dns\": \"b\""))
                .contains("only one of both");
        assertThat(clusterErrors("\"members\": [\"a:0\", \"a b\", \"::1\", \"a:70000\", \"ok:1\"]"))
                .contains("/cluster/members/0", "/cluster/members/1", "/cluster/members/2", "/cluster/members/3")
                .doesNotContain("/cluster/members/4");
        assertThat(clusterErrors("\"members\": [\"a\"], \"host\": \"0.0.0.0\""))
                .contains("/cluster: needs \"public_host\": others can't reach this node at 0.0.0.0");
        assertThat(clusterErrors("\"members\": [\"a\"], \"host\": \"10.0.0.1\""))
                .contains("needs \"secret\", or \"tls\"");
        assertThat(clusterErrors("\"members\": [\"a\"], \"link_port\": 7800"))
                .contains("/cluster/link_port: must not be that of \"port\", which membership needs");
        assertThat(clusterErrors("\"members\": [\"a\"], \"tls\": {\"enable\": true, \"certfile\": \"none.pem\"}"))
                .contains("/cluster/tls/certfile", "none.pem", "needs \"keyfile\"", "needs \"cacertfile\"");
    }
}
