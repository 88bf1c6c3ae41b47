package dev.mooring.mqtt;

import dev.mooring.bus.Address;
import dev.mooring.bus.LocalCodec;
import dev.mooring.route.Relays;
import io.vertx.core.eventbus.EventBus;
import org.jspecify.annotations.Nullable;

/** What one loop has for other nodes in this tick. Confined to the loop. */
final class OutgoingRelays {
    private final EventBus bus;
    private final int loop;
    private @Nullable Relays batch;

    OutgoingRelays(EventBus bus, int loop) {
        this.bus = bus;
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
            bus.send(Address.PEERS, open, LocalCodec.OPTIONS);
        }
    }
}
