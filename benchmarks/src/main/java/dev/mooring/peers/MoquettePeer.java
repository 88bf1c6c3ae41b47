package dev.mooring.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

record MoquettePeer(Path peers) implements Peer {
    @Override
    public String name() {
        return "Moquette";
    }

    @Override
    public String setup() {
        return "in memory; heap 1 GiB";
    }

    @Override
    public String version() throws IOException {
        return Programs.jar(folder(), "moquette-broker");
    }

    @Override
    public Broker start(Path folder) throws IOException {
        int port = Broker.freePort();
        Files.createDirectories(folder.resolve("config"));
        Files.createDirectories(folder.resolve("data"));
        Files.writeString(folder.resolve("config/moquette.conf"), """
                host 127.0.0.1
                port %d
                allow_anonymous true
                persistence_enabled false
                data_path %s
                telemetry_enabled false
                """.formatted(port, folder.resolve("data")));
        Files.writeString(folder.resolve("log4j.properties"), """
                log4j.rootLogger=ERROR, out
                log4j.appender.out=org.apache.log4j.ConsoleAppender
                log4j.appender.out.layout=org.apache.log4j.SimpleLayout
                """);
        return Broker.start(
                folder,
                port,
                List.of(
                        Programs.java(),
                        HEAP,
                        "-Dmoquette.path=" + folder,
                        "-cp",
                        folder + ":" + Programs.classPath(folder()),
                        "io.moquette.broker.Server"));
    }

    private Path folder() {
        return peers.resolve("moquette");
    }
}
