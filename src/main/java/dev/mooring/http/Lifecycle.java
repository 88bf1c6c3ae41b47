package dev.mooring.http;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;

/** How far the node is with starting and stopping. Set by the broker, read from any thread. */
public final class Lifecycle {
    /** In this order. */
    public enum Phase {
        OPENING_STORES("the stores are being opened"),
        RESTORING_SESSIONS("sessions and retained messages are being read from the store"),
        OPENING_LISTENERS("the listeners are being opened"),
        RUNNING("running"),
        DRAINING("draining: the node stops, and clients are being sent away"),
        DRAINED("drained: all clients have been sent away, and the node waits for its end");

        private final String text;

        Phase(String text) {
            this.text = text;
        }

        /** For people. */
        public String text() {
            return text;
        }
    }

    private volatile Phase phase = Phase.OPENING_STORES;
    private final Set<String> closedListeners = new ConcurrentSkipListSet<>();

    public Phase phase() {
        return phase;
    }

    public void phase(Phase next) {
        phase = next;
    }

    /** That has to be open, and is not: its way to know clients can't be loaded, or its address can't be had. */
    public void listenerClosed(String name) {
        closedListeners.add(name);
    }

    public void listenerOpen(String name) {
        closedListeners.remove(name);
    }

    /** Names, sorted. */
    List<String> closedListeners() {
        return List.copyOf(closedListeners);
    }

    public boolean hasStarted() {
        return phase.compareTo(Phase.RUNNING) >= 0;
    }
}
