package dev.mooring.peers;

import dev.mooring.load.Load;

/** One thing that is measured of each broker. */
interface Scenario {
    /** A word, for the command line and file names. */
    String name();

    String title();

    /**
     * Whether each run gets a broker that was started for it, because it leaves something behind or asks for memory.
     */
    boolean wantsFreshBroker();

    /** Runs that come before the rounds, beside the time of a warm-up: for those that can't be made longer. */
    default int warmUps() {
        return 1;
    }

    /** Whether it is about what Mooring promises, and long: peers are left out unless they are asked for. */
    default boolean isOurOwn() {
        return false;
    }

    /**
     * Throws what kept it from being measured.
     *
     * @param seconds of what can be made longer or shorter; a run of few is a warm-up
     * @param id differs from run to run
     */
    Figures run(Broker broker, Load load, double seconds, String id) throws Exception;
}
