package dev.mooring.session;

import java.util.ArrayDeque;

/**
 * Keeps deliveries that wait for their message to be stored in the order of one client's PUBLISH packets
 * ([MQTT-4.6.0-5]): a store that is late with one may have answered those behind it. Confined to the session.
 */
public final class DeliveryOrder {
    private final ArrayDeque<Place> waiting = new ArrayDeque<>(0);

    /** One delivery, for {@link #stored}. */
    public static final class Place {
        private final Runnable delivery;
        private boolean ready;

        private Place(Runnable delivery) {
            this.delivery = delivery;
        }
    }

    /** The next place; as many as there may be unanswered PUBLISH packets. */
    public Place add(Runnable delivery) {
        Place place = new Place(delivery);
        waiting.add(place);
        return place;
    }

    /** The message is stored: it is delivered once all before it are. */
    public void stored(Place place) {
        place.ready = true;
        for (Place first = waiting.peek(); first != null && first.ready; first = waiting.peek()) {
            waiting.remove();
            first.delivery.run();
        }
    }
}
