package dev.mooring.it;

import dev.mooring.FreePorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code cluster.service_dns}: nodes find each other by a name that has the addresses of all, as that of a headless
 * service of Kubernetes has. A file stands in for the DNS; each node is at an address of its own, at the same ports.
 */
class ClusterDnsIT {
    private static final String SERVICE = "mooring-nodes";

    @TempDir
    private Path folder;

    private int port;
    private int linkPort;

    @BeforeEach
    void ports() throws IOException {
        int[] ports = FreePorts.of(2);
        port = ports[0];
        linkPort = ports[1];
    }

    /** Not started. @param names file of addresses that it looks the service up in */
    private MooringProcess node(String name, String address, Path names) {
        String more = """
                "node": {"name": "%s"},
                "cluster": {"name": "%s", "host": "%s", "port": %d, "link_port": %d, "service_dns": "%s",
                            "secret": "open sesame", "no_heartbeat_s": 5}
                """.formatted(name, folder.getFileName(), address, port, linkPort, SERVICE);
        return Backend.REDIS
                .in(folder.resolve(name), more)
                .options("-Djdk.net.hosts.file=" + names, "-Dsun.net.inetaddr.ttl=1")
                .arguments("-cluster");
    }

    private static void resolve(Path names, String... addresses) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (String address : addresses) {
            lines.append(address).append(' ').append(SERVICE).append('\n');
        }
        Files.writeString(names, lines);
    }

    private static void awaitLinks(MooringProcess one, String name, MooringProcess other, String otherName) {
        one.awaitLine(Pattern.compile("link to " + otherName + "#"));
        other.awaitLine(Pattern.compile("link to " + name + "#"));
    }

    private static void talk(MooringProcess from, MooringProcess to) throws IOException {
        PacketClient subscriber = PacketClient.online(to.port(), Connect.clean("subscriber"));
        PacketClient publisher = PacketClient.online(from.port(), Connect.clean("publisher"));
        subscriber.subscribe("x", 1);
        publisher.publish("x", "works", 1);
        subscriber.takePublish("x", "works");
        subscriber.disconnect();
        publisher.disconnect();
    }

    @Test
    @DisplayName("three nodes that are started at once find each other by the name of a headless service")
    void together() throws IOException {
        Path names = folder.resolve("names");
        resolve(names, "127.0.0.1", "127.0.0.2", "127.0.0.3");
        try (MooringProcess a = node("a", "127.0.0.1", names);
                MooringProcess b = node("b", "127.0.0.2", names);
                MooringProcess c = node("c", "127.0.0.3", names)) {
            a.launch();
            b.launch();
            c.launch();
            for (MooringProcess node : List.of(a, b, c)) {
                node.startedInMs();
            }
            awaitLinks(a, "a", b, "b");
            awaitLinks(b, "b", c, "c");
            awaitLinks(c, "c", a, "a");
            talk(a, c);
            talk(c, b);
        }
    }

    @Test
    @DisplayName("nodes that were alone, since the name had no other address yet, become one cluster once it has")
    void apart() throws IOException {
        Path namesOfA = folder.resolve("names-a");
        Path namesOfB = folder.resolve("names-b");
        resolve(namesOfA, "127.0.0.1");
        resolve(namesOfB, "127.0.0.2");
        try (MooringProcess a = node("a", "127.0.0.1", namesOfA);
                MooringProcess b = node("b", "127.0.0.2", namesOfB)) {
            a.start();
            b.start();
            resolve(namesOfA, "127.0.0.1", "127.0.0.2");
            resolve(namesOfB, "127.0.0.1", "127.0.0.2");
            awaitLinks(a, "a", b, "b");
            talk(a, b);
            talk(b, a);
        }
    }
}
