package dev.mooring.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

record NatsPeer() implements Peer {
    @Override
    public String name() {
        return "NATS";
    }

    @Override
    public String setup() {
        return "QoS 1 by JetStream on disk, without fsync; 65,535 acks pending";
    }

    @Override
    public String version() throws IOException {
        return Programs.version(Programs.find("nats-server"), "--version");
    }

    @Override
    public Broker start(Path folder) throws IOException {
        int port = Broker.freePort();
        Path config = folder.resolve("nats.conf");
        Files.writeString(config, """
                server_name: bench
                listen: "127.0.0.1:%d"
                jetstream { store_dir: "%s" }
                mqtt { listen: "127.0.0.1:%d", max_ack_pending: 65535 }
                """.formatted(Broker.freePort(), folder.resolve("data"), port));
        return Broker.start(folder, port, List.of(Programs.find("nats-server"), "-c", config.toString()));
    }
}
