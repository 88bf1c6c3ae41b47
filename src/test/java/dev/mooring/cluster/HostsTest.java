package dev.mooring.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.spi.discovery.DiscoveryNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What Hazelcast is told of other hosts. */
class HostsTest {
    private static final int PORT = 5701;

    private static List<String> found(List<String> members, String serviceDns) {
        MembershipSettings settings = new MembershipSettings(
                new NodeId("a", 1), "cluster", "127.0.0.1", "127.0.0.1", PORT, 5801, members, serviceDns, 10);
        List<String> found = new ArrayList<>();
        Iterable<DiscoveryNode> nodes = Hosts.of(settings)
                .getDiscoveryStrategyFactory()
                .newDiscoveryStrategy(null, null, null)
                .discoverNodes();
        nodes.forEach(node -> found.add(node.getPrivateAddress().getHost() + " "
                + node.getPrivateAddress().getPort()));
        return found;
    }

    @Test
    @DisplayName("whoever takes a connection and is silent is left out, and nobody else")
    void silent() throws Exception {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        try (ServerSocket silent = new ServerSocket(0, 5, loopback);
                ServerSocket answering = new ServerSocket(0, 5, loopback)) {
            Thread answer = new Thread(() -> answer(answering));
            answer.start();
            String closed = "127.0.0.1:1";
            assertThat(found(
                            List.of(
                                    "127.0.0.1:" + silent.getLocalPort(),
                                    closed,
                                    "127.0.0.1:" + answering.getLocalPort()),
                            ""))
                    .containsExactly("127.0.0.1 1", "127.0.0.1 " + answering.getLocalPort());
            answer.join();
        }
    }

    private static void answer(ServerSocket at) {
        try (Socket socket = at.accept()) {
            assertThat(socket.getInputStream().readNBytes(3)).asString().isEqualTo("HZC");
            socket.getOutputStream().write("HZC".getBytes());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    @DisplayName("hosts with and without a port, names, and all addresses of a name; nothing of one that is not known")
    void addresses() {
        assertThat(found(List.of("127.0.0.1", "localhost:1", "[::1]:2", "[::1]", "nowhere.invalid"), ""))
                .containsExactly("127.0.0.1 " + PORT, "localhost 1", "::1 2", "::1 " + PORT);
        assertThat(found(List.of(), "localhost")).contains("127.0.0.1 " + PORT);
        assertThat(found(List.of(), "nowhere.invalid")).isEmpty();
    }
}
