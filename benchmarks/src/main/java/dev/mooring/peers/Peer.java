package dev.mooring.peers;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A broker that can be measured, and how it is set up for that. */
interface Peer {
    /** Of all brokers that run on Java. */
    String HEAP = "-Xmx1g";

    String name();

    /** For the report: what is kept on disk, and what differs from its defaults. */
    String setup();

    /** Its version; or throws with what is missing here. */
    String version() throws IOException;

    /** @param folder empty, for its configuration and data */
    Broker start(Path folder) throws IOException;

    /** All, in the order of the report. */
    static List<Peer> all(List<Path> mooringJars, Path peersFolder) {
        List<Peer> peers = new ArrayList<>();
        for (Path jar : mooringJars) {
            peers.add(new MooringPeer(jar, mooringJars.size() == 1));
        }
        peers.add(new MosquittoPeer());
        peers.add(new NatsPeer());
        peers.add(new RabbitMqPeer());
        peers.add(new HiveMqPeer(peersFolder, true));
        peers.add(new HiveMqPeer(peersFolder, false));
        peers.add(new MoquettePeer(peersFolder));
        peers.add(new ArtemisPeer(peersFolder));
        return peers;
    }
}
