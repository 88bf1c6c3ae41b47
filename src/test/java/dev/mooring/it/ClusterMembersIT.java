package dev.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.FreePorts;
import dev.mooring.cli.ExitCode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.StringJoiner;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code -cluster} on two and three processes: who sees whom, and who is seen to end. */
class ClusterMembersIT {
    private static final String SECRET = "\"secret\": \"open sesame\"";

    @TempDir
    private Path folder;

    /** Not started; its state is in Redis, and the others are found by one of the ports. */
    private MooringProcess node(String name, int port, int linkPort, int... seeds) {
        StringJoiner members = new StringJoiner(", ");
        for (int seed : seeds) {
            members.add("\"127.0.0.1:" + seed + "\"");
        }
        String more = """
                "node": {"name": "%s"},
                "cluster": {"name": "%s", "port": %d, "link_port": %d, "members": [%s], %s, "no_heartbeat_s": 5}
                """.formatted(name, folder.getFileName(), port, linkPort, members, SECRET);
        return Backend.REDIS.in(folder.resolve(name + "-" + port), more).arguments("-cluster");
    }

    private static void awaitLink(MooringProcess from, String to) {
        from.awaitLine(Pattern.compile("link to " + to + "#"));
    }

    private static void awaitLeft(MooringProcess at, String who) {
        at.awaitLine(Pattern.compile(who + "#\\w+ has left"));
    }

    @Test
    @DisplayName("three processes link with each other; kill -9 of one is seen, and its next life is let in")
    void threeNodes() throws IOException {
        int[] ports = FreePorts.of(6);
        try (MooringProcess a = node("a", ports[0], ports[3], ports[0]);
                MooringProcess b = node("b", ports[1], ports[4], ports[0]);
                MooringProcess c = node("c", ports[2], ports[5], ports[0])) {
            a.launch();
            b.launch();
            c.launch();
            for (MooringProcess from : new MooringProcess[] {a, b, c}) {
                for (String to : new String[] {"a", "b", "c"}) {
                    if (!from.configuration().toString().contains("/" + to + "-")) {
                        awaitLink(from, to);
                    }
                }
            }
            b.awaitBanner();
            PacketClient client = PacketClient.online(b.port(), Connect.clean("client"));
            client.subscribe("x", 1).publish("x", "works", 1).takePublish("x", "works");
            client.disconnect();
            assertThat(a.output()).doesNotContainPattern("(?m)^[^ ]+ (WARN|ERROR) .*cluster");

            c.kill9();
            awaitLeft(a, "c");
            awaitLeft(b, "c");
            c.start();
            awaitLink(c, "a");
            awaitLink(c, "b");

            b.terminate();
            awaitLeft(a, "b");
            awaitLeft(c, "b");
            assertThat(a.output()).contains("it stops");
        }
    }

    @Test
    @DisplayName("a node begins beside one that is frozen, which was the first of them, and that one comes back")
    void besideAFrozenOne() {
        int[] ports = FreePorts.of(6);
        try (MooringProcess a = node("a", ports[0], ports[3], ports[0], ports[1], ports[2])
                        .start();
                MooringProcess b = node("b", ports[1], ports[4], ports[0], ports[1], ports[2])
                        .start();
                MooringProcess c = node("c", ports[2], ports[5], ports[0], ports[1], ports[2])
                        .start()) {
            awaitLink(b, "c");
            a.freeze();
            awaitLeft(b, "a");
            c.kill9();
            c.start();
            awaitLink(c, "b");
            assertThat(c.output()).contains("nothing answers at");
            a.thaw();
            awaitLink(c, "a");
        }
    }

    @Test
    @DisplayName("a second node with a name that the cluster has is refused with what to do, and disturbs nobody")
    void sameName() throws IOException {
        int[] ports = FreePorts.of(6);
        try (MooringProcess a = node("a", ports[0], ports[3], ports[0]).start();
                MooringProcess b = node("b", ports[1], ports[4], ports[0]).start();
                MooringProcess second = node("b", ports[2], ports[5], ports[0])) {
            awaitLink(a, "b");
            awaitLink(b, "a");
            second.launch();
            int exitCode = second.awaitExit();
            assertThat(exitCode).as(second.output()).isEqualTo(ExitCode.UNAVAILABLE);
            assertThat(second.output()).contains("Mooring can't start", "node b already", "node.name");
            assertThat(a.output()).doesNotContain("has left");
            assertThat(b.output()).doesNotContain("has left");
        }
    }

    @Test
    @DisplayName("a port in use is named, whether it is that of membership or that of links")
    void portInUse() throws IOException {
        int[] ports = FreePorts.of(2);
        for (int taken : ports) {
            try (ServerSocket socket = new ServerSocket(taken, 1, InetAddress.getLoopbackAddress());
                    MooringProcess node = node("taken", ports[0], ports[1], ports[0])) {
                assertThat(socket.isBound()).isTrue();
                node.launch();
                assertThat(node.awaitExit()).as(node.output()).isEqualTo(ExitCode.UNAVAILABLE);
                assertThat(node.output())
                        .contains("Mooring can't start", "" + taken, "in use")
                        .doesNotContainPattern("(?m)^\\s+at [\\w.$/]+\\(");
            }
        }
    }

    @Test
    @DisplayName("without a cluster nothing of Hazelcast is loaded")
    void alone() throws IOException {
        Path classes = folder.resolve("classes.txt");
        try (MooringProcess alone = MooringProcess.in(folder.resolve("alone"))) {
            alone.options("-Xlog:class+load:file=" + classes).start().terminate();
        }
        String loaded = Files.readString(classes);
        assertThat(loaded).contains("dev.mooring.Broker").doesNotContain("com.hazelcast");
    }
}
