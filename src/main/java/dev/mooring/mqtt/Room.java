package dev.mooring.mqtt;

import dev.mooring.route.Arrivals;
import dev.mooring.route.UnderWay;
import dev.mooring.store.StoreClient;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Back-pressure of one loop: the connections that are not read until there is room for what they bring, in the store
 * that it is for, towards the other loops, or in this turn. A connection that brings nothing for a full store goes on:
 * its pings are answered, and its messages of QoS 0 routed. Confined to its loop.
 */
final class Room {
    /** How often a loop with stopped sockets looks for room, milliseconds: nobody says when there is some. */
    private static final long LOOK_MS = 2;

    private static final int NO_STORE = -1;

    private final Loop loop;
    private final Arrivals arrivals;
    private final UnderWay underWay;
    private final List<StoreClient> stores;
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    /** Operations that each store had been given when the read began. */
    private final long[] before;

    private boolean looking;

    /** @param store what it waits for; {@link #NO_STORE} for none */
    private record Waiting(MqttConnection connection, int store) {}

    Room(Loop loop, Arrivals arrivals, UnderWay underWay, List<StoreClient> stores) {
        this.loop = loop;
        this.arrivals = arrivals;
        this.underWay = underWay;
        this.stores = stores;
        this.before = new long[stores.size()];
    }

    /** What is submitted from here on comes of one connection's packets. */
    void readBegins() {
        for (int i = 0; i < before.length; i++) {
            before[i] = stores.get(i).submitted();
        }
    }

    /** Whether more of what this read has brought may come; if not, the connection is told when it may. */
    boolean takesMore(MqttConnection connection) {
        if (arrivals.isSpent() || underWay.isFull()) {
            waitFor(connection, NO_STORE);
            return false;
        }
        for (int i = 0; i < before.length; i++) {
            StoreClient store = stores.get(i);
            if (store.submitted() != before[i] && store.isFull()) {
                waitFor(connection, i);
                return false;
            }
        }
        return true;
    }

    private void waitFor(MqttConnection connection, int store) {
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
        boolean[] hasRoom = new boolean[stores.size()];
        for (int i = 0; i < hasRoom.length; i++) {
            hasRoom[i] = stores.get(i).hasRoom();
        }
        for (int i = waiting.size(); i > 0 && !arrivals.isSpent() && !underWay.isFull(); i--) {
            Waiting next = waiting.remove();
            int store = next.store;
            if (store == NO_STORE || (hasRoom[store] && !stores.get(store).isFull())) {
                next.connection.reading().room();
            } else {
                waiting.add(next);
            }
        }
    }
}
