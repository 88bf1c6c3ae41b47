package dev.mooring.mqtt;

import dev.mooring.bus.Address;
import dev.mooring.bus.LocalCodec;
import dev.mooring.message.Message;
import dev.mooring.message.TopicFilter;
import dev.mooring.route.Deliveries;
import dev.mooring.route.Target;
import dev.mooring.route.UnderWay;
import io.vertx.core.eventbus.EventBus;
import org.jspecify.annotations.Nullable;

/** What one loop has for the other loops in this tick. Confined to the loop. */
final class OutgoingDeliveries {
    private final EventBus bus;
    private final UnderWay underWay;
    private final @Nullable Deliveries[] batches;

    OutgoingDeliveries(EventBus bus, UnderWay underWay, int loops) {
        this.bus = bus;
        this.underWay = underWay;
        this.batches = new Deliveries[loops];
    }

    void add(int loop, Message message, Target[] targets, @Nullable TopicFilter shared) {
        Deliveries open = batches[loop];
        if (open == null) {
            open = new Deliveries();
            batches[loop] = open;
        }
        open.add(message, targets, shared);
    }

    void flush() {
        for (int i = 0; i < batches.length; i++) {
            Deliveries batch = batches[i];
            if (batch != null) {
                batches[i] = null;
                underWay.sent(i, batch.bytes());
                bus.send(Address.loop(i), batch, LocalCodec.OPTIONS);
            }
        }
    }
}
