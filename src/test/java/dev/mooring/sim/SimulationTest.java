package dev.mooring.sim;

import static org.junit.jupiter.api.Assertions.fail;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/**
 * Runs the simulation. {@code -Dsim.seed=N} repeats one seed with its trace; {@code -Dsim.seeds=N} runs so many, from
 * {@code -Dsim.from=N} on; {@code -Dsim.trace=N} shows more than the last 200 lines.
 */
class SimulationTest {
    private static final int SEEDS = 5_000;
    private static Level before = Level.INFO;

    private static Logger logger() {
        return (Logger) LoggerFactory.getLogger("dev.mooring");
    }

    @BeforeAll
    static void quiet() {
        before = logger().getLevel();
        logger().setLevel(Level.OFF); // failing stores are the point here
    }

    @AfterAll
    static void loud() {
        logger().setLevel(before);
    }

    @Test
    @DisplayName(
            "whatever the seed: nothing acknowledged is lost, QoS 2 comes once, order is kept, nothing is left over")
    @Timeout(value = 1, unit = TimeUnit.HOURS)
    void promisesHold() {
        Long one = Long.getLong("sim.seed");
        if (one != null) {
            repeat(one);
            return;
        }
        long from = Long.getLong("sim.from", 0);
        long seeds = Long.getLong("sim.seeds", SEEDS);
        long startNs = System.nanoTime();
        long events = 0;
        for (long seed = from; seed < from + seeds; seed++) {
            Simulation simulation = new Simulation(seed, false);
            try {
                simulation.run();
            } catch (World.Violation | RuntimeException e) {
                repeat(seed);
                fail("seed " + seed + " failed, and not when it was repeated", e);
            }
            events += simulation.eventsHappened();
        }
        double seconds = (System.nanoTime() - startNs) / 1e9;
        System.out.printf("simulation: %d seeds, %d events in %.1f s%n", seeds, events, seconds);
    }

    /** With the trace, which is too slow to keep it always. */
    private static void repeat(long seed) {
        Simulation simulation = new Simulation(seed, true);
        try {
            simulation.run();
        } catch (World.Violation | RuntimeException e) {
            fail(
                    "seed " + seed + ": " + e.getMessage() + "\n" + simulation.settings + "\n"
                            + simulation.world.traceText(),
                    e);
        }
    }
}
