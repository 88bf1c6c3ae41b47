package dev.mooring.mqtt;

import dev.mooring.route.Arrivals;
import dev.mooring.route.UnderWay;
import dev.mooring.store.StoreClient;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Back-pressure of one loop: the connections that are not read until there is room for what they bring, in the store
 * that it is for, towards the other loops, or in this turn. A connection that brings nothing for a full store goes on:
 * its pings are answered, and its messages of QoS 0 routed. Confined to its loop.
 */
final class Room {
    /** How often a loop with stopped sockets looks for room, milliseconds: nobody says when there is some. */
    private static final long LOOK_MS = 2;

    private final Loop loop;
    private final Arrivals arrivals;
    private final UnderWay underWay;
    private final List<StoreClient> stores;
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private final List<StoreClient> withRoom = new ArrayList<>();
    private boolean looking;

    /** @param store what it waits for, or null */
    private record Waiting(
            MqttConnection connection, @Nullable StoreClient store) {}

    /** @param stores another list of them after a reload */
    Room(Loop loop, Arrivals arrivals, UnderWay underWay, List<StoreClient> stores) {
        this.loop = loop;
        this.arrivals = arrivals;
        this.underWay = underWay;
        this.stores = stores;
    }

    /** What is submitted from here on comes of one connection's packets. */
    void readBegins() {
        for (int i = 0; i < stores.size(); i++) {
            stores.get(i).mark();
        }
    }

    /** Whether more of what this read has brought may come; if not, the connection is told when it may. */
    boolean takesMore(MqttConnection connection) {
        if (arrivals.isSpent() || underWay.isFull()) {
            waitFor(connection, null);
            return false;
        }
        for (int i = 0; i < stores.size(); i++) {
            StoreClient store = stores.get(i);
            if (store.hasGrown() && store.isFull()) {
                waitFor(connection, store);
                return false;
            }
        }
        return true;
    }

    private void waitFor(MqttConnection connection, @Nullable StoreClient store) {
        waiting.add(new Waiting(connection, store));
        if (!looking) { // one look at a time, also when who has just been let go waits again
            looking = true;
            lookSoon();
        }
    }

    private void lookSoon() {
        loop.eventLoop.schedule(
                () -> {
                    loop.wake();
                    look();
                    looking = !waiting.isEmpty();
                    if (looking) {
                        lookSoon();
                    }
                },
                LOOK_MS,
                TimeUnit.MILLISECONDS);
    }

    /** Reads again where there is room: a store that was full has to be half empty first. */
    void look() {
        if (waiting.isEmpty() || arrivals.isSpent() || !underWay.hasRoom()) {
            return;
        }
        withRoom.clear();
        for (int i = 0; i < stores.size(); i++) {
            if (stores.get(i).hasRoom()) {
                withRoom.add(stores.get(i));
            }
        }
        for (int i = waiting.size(); i > 0 && !arrivals.isSpent() && !underWay.isFull(); i--) {
            Waiting next = waiting.remove();
            StoreClient store = next.store;
            boolean hasRoom = store == null || !stores.contains(store) || withRoom.contains(store);
            if (hasRoom && (store == null || !store.isFull())) { // one that a reload has taken away is not waited for
                next.connection.reading().room();
            } else {
                waiting.add(next);
            }
        }
    }
}
