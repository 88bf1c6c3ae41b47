package dev.mooring.mqtt;

import dev.mooring.bus.Address;
import dev.mooring.bus.LocalCodec;
import dev.mooring.route.Relays;
import dev.mooring.route.UnderWay;
import io.vertx.core.eventbus.EventBus;
import org.jspecify.annotations.Nullable;

/** What one loop has for other nodes in this tick. Confined to the loop. */
final class OutgoingRelays {
    private final EventBus bus;
    private final UnderWay underWay;
    private final int loop;
    private @Nullable Relays batch;

    OutgoingRelays(EventBus bus, UnderWay underWay, int loop) {
        this.bus = bus;
        this.underWay = underWay;
        this.loop = loop;
    }

    void add(Relays.Item item) {
        Relays open = batch;
        if (open == null) {
            open = new Relays(loop);
            batch = open;
        }
        open.add(item);
    }

    void flush() {
        Relays open = batch;
        if (open != null) {
            batch = null;
            underWay.sentToPeers(open.bytes());
            bus.send(Address.PEERS, open, LocalCodec.OPTIONS);
        }
    }
}
