package dev.mooring.sim;

import org.jspecify.annotations.Nullable;

/**
 * The Wills of one client: that of the connection it has or makes, and that of the last one that was accepted and lost,
 * until one is accepted again. Then it is known what has to have become, or must not become, of it.
 */
final class SimWill {
    private final World world;
    private final Checks checks;
    private final boolean persistent;
    private @Nullable Msg now;
    private boolean clean;
    private @Nullable Msg last;
    private @Nullable SimBroker lastBroker;
    private long lostUs;
    private int attempts;
    private boolean hasStrays;

    SimWill(World world, Checks checks, boolean persistent) {
        this.world = world;
        this.checks = checks;
        this.persistent = persistent;
    }

    /** The client sends CONNECT; returns its Will. */
    @Nullable
    Msg attempt(@Nullable Msg will, boolean cleanStart) {
        now = will;
        clean = cleanStart;
        attempts++;
        return will;
    }

    /** A CONNECT of a connection that was given up may come at any time, and end the delay of a later Will. */
    void stray() {
        hasStrays = true;
    }

    /** The client sends DISCONNECT. */
    void goodbye() {
        now = null;
    }

    /** A connection that was accepted is gone. */
    void lost(SimBroker broker) {
        last = now;
        lastBroker = broker;
        lostUs = world.nowUs();
        attempts = 0;
    }

    @Nullable
    Msg last() {
        return last;
    }

    void accepted(SimBroker by) {
        Msg will = last;
        last = null;
        if (will == null || (!persistent && lastBroker != by)) {
            return;
        }
        if (will.delayS == 0 || (clean && attempts == 1 && !hasStrays)) {
            checks.due(will, persistent ? null : lastBroker);
        } else if (!clean && world.nowUs() < lostUs + 1_000_000 * will.delayS) {
            checks.forbid(will, null);
        }
    }
}
