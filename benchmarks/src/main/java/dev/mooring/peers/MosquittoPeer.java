package dev.mooring.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

record MosquittoPeer() implements Peer {
    @Override
    public String name() {
        return "Mosquitto";
    }

    @Override
    public String setup() {
        return "in memory; 1,024 messages in flight, 100,000 queued";
    }

    @Override
    public String version() throws IOException {
        return Programs.version(Programs.find("mosquitto"), "-h");
    }

    @Override
    public Broker start(Path folder) throws IOException {
        int port = Broker.freePort();
        Path config = folder.resolve("mosquitto.conf");
        Files.writeString(config, """
                listener %d 127.0.0.1
                allow_anonymous true
                user root
                persistence false
                max_inflight_messages 1024
                max_queued_messages 100000
                log_type error
                """.formatted(port));
        return Broker.start(folder, port, List.of(Programs.find("mosquitto"), "-c", config.toString()));
    }
}
