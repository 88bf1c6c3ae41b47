package dev.mooring.peers;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** @param only there is no second jar that it has to be told from */
record MooringPeer(Path jar, boolean only) implements Peer {
    @Override
    public String name() {
        return only ? "Mooring" : "Mooring " + jar.getFileName();
    }

    @Override
    public String setup() {
        return "sessions and their messages on disk, fsynced before the ack; metrics on; heap 1 GiB";
    }

    @Override
    public String version() throws IOException {
        if (!Files.exists(jar)) {
            throw new IOException("no " + jar);
        }
        return Programs.version(Programs.java(), "-jar", jar.toAbsolutePath().toString(), "--version");
    }

    @Override
    public Broker start(Path folder) throws IOException {
        int port = Broker.freePort();
        int http = Broker.freePort();
        Path config = folder.resolve("conf.json");
        Files.writeString(config, """
                {"listeners": [{"type": "tcp", "host": "127.0.0.1", "port": %d}],
                 "http": {"port": %d},
                 "pools": {"local": {"backend": "embedded", "path": "%s", "sync": "always"}},
                 "session": {"pool": "local"}}
                """.formatted(port, http, folder.resolve("data")));
        return Broker.start(
                folder,
                port,
                List.of(Programs.java(), HEAP, "-jar", jar.toAbsolutePath().toString(), "-conf", config.toString()),
                URI.create("http://127.0.0.1:" + http + "/metrics"));
    }
}
