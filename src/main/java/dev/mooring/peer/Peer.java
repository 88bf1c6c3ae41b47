package dev.mooring.peer;

import dev.mooring.cluster.PeerLink;
import dev.mooring.route.Subscriber;
import java.util.ArrayList;
import java.util.List;

/** Another node as long as it is there. Confined to the context of the links. */
final class Peer {
    final int number;
    final PeerLink link;
    /** Has the filters of its sessions that end with their connection. */
    final Subscriber filters;

    /** Whether all is known that it has told. */
    boolean isComplete;
    /** When it was last heard of, once it has left; else 0. */
    long lostAtMs;

    /** That it has asked for and that are not answered yet. */
    final List<Runnable> fences = new ArrayList<>(0);

    /** Something was not sent, since too much waited. */
    boolean hasMissed;

    Peer(int number, PeerLink link) {
        this.number = number;
        this.link = link;
        this.filters = new Subscriber(-2 - number, "", false);
    }
}
