package dev.mooring.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** HiveMQ Community Edition. */
record HiveMqPeer(Path peers, boolean inMemory) implements Peer {
    @Override
    public String name() {
        return inMemory ? "HiveMQ CE (memory)" : "HiveMQ CE (disk)";
    }

    @Override
    public String setup() {
        return (inMemory ? "in memory" : "on disk, without fsync") + "; 100,000 messages queued; heap 1 GiB";
    }

    @Override
    public String version() throws IOException {
        return Programs.jar(folder(), "hivemq-community-edition-embedded");
    }

    @Override
    public Broker start(Path folder) throws IOException {
        int port = Broker.freePort();
        for (String name : List.of("conf", "data", "log", "extensions")) {
            Files.createDirectories(folder.resolve(name));
        }
        Files.writeString(folder.resolve("conf/config.xml"), """
                <?xml version="1.0"?>
                <hivemq>
                  <listeners>
                    <tcp-listener><port>%d</port><bind-address>127.0.0.1</bind-address></tcp-listener>
                  </listeners>
                  <mqtt><queued-messages><max-queue-size>100000</max-queue-size></queued-messages></mqtt>
                  <persistence><mode>%s</mode></persistence>
                  <anonymous-usage-statistics><enabled>false</enabled></anonymous-usage-statistics>
                </hivemq>
                """.formatted(port, inMemory ? "in-memory" : "file"));
        return Broker.start(
                folder,
                port,
                List.of(
                        Programs.java(),
                        HEAP,
                        "-Dhivemq.home=" + folder,
                        "-Dhivemq.config.folder=" + folder.resolve("conf"),
                        "-Dhivemq.data.folder=" + folder.resolve("data"),
                        "-Dhivemq.log.folder=" + folder.resolve("log"),
                        "-Dhivemq.extensions.folder=" + folder.resolve("extensions"),
                        "-cp",
                        peers.resolve("../../peers/hivemq/target/classes").toAbsolutePath() + ":"
                                + Programs.classPath(folder()),
                        "dev.mooring.peers.hivemq.OpenHiveMq"));
    }

    private Path folder() {
        return peers.resolve("hivemq");
    }
}
