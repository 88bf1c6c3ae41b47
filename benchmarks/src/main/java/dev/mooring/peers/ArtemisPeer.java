package dev.mooring.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** ActiveMQ Artemis. */
record ArtemisPeer(Path peers) implements Peer {
    @Override
    public String name() {
        return "Artemis";
    }

    @Override
    public String setup() {
        return "in memory; heap 1 GiB";
    }

    @Override
    public String version() throws IOException {
        return Programs.jar(folder(), "artemis-server");
    }

    @Override
    public Broker start(Path folder) throws IOException {
        int port = Broker.freePort();
        Files.createDirectories(folder.resolve("etc"));
        Files.writeString(folder.resolve("etc/broker.xml"), """
                <configuration xmlns="urn:activemq">
                  <core xmlns="urn:activemq:core">
                    <persistence-enabled>false</persistence-enabled>
                    <security-enabled>false</security-enabled>
                    <acceptors>
                      <acceptor name="mqtt">tcp://127.0.0.1:%d?protocols=MQTT</acceptor>
                    </acceptors>
                  </core>
                </configuration>
                """.formatted(port));
        return Broker.start(
                folder,
                port,
                List.of(
                        Programs.java(),
                        HEAP,
                        "-cp",
                        Programs.classPath(folder()),
                        "org.apache.activemq.artemis.core.server.embedded.Main",
                        folder.toString()));
    }

    private Path folder() {
        return peers.resolve("artemis");
    }
}
