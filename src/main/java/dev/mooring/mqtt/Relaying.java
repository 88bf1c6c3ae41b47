package dev.mooring.mqtt;

import dev.mooring.session.DeliveryOrder;
import dev.mooring.store.OnReply;
import dev.mooring.store.StoreReply;

/**
 * A message that goes to other nodes once it is stored, and its publisher's messages before it are: a subscriber there
 * could acknowledge it before the store has it, and the entry would stay for ever.
 */
final class Relaying implements OnReply {
    private final DeliveryOrder order;
    private final DeliveryOrder.Place place;
    private final OnReply next;
    private boolean isStored;

    /** @param next who waits for the store's answer besides */
    Relaying(DeliveryOrder order, Runnable relay, OnReply next) {
        this.order = order;
        this.next = next;
        this.place = order.add(() -> {
            if (isStored) {
                relay.run();
            }
        });
    }

    @Override
    public void reply(StoreReply reply) {
        isStored = !(reply instanceof StoreReply.Failed);
        order.stored(place);
        next.reply(reply);
    }

    @Override
    public void late() {
        next.late();
    }
}
