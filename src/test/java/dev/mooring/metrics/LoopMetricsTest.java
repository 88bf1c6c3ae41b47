package dev.mooring.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LoopMetricsTest {
    private static final long MS = 1_000_000;

    private final LoopMetrics loop = new LoopMetrics();

    private void turn(long fromNs, long toNs) {
        loop.turnBegins(fromNs);
        loop.turnEnds(toNs);
    }

    @Test
    void onlyTurnsOfMoreThanTenMillisecondsAreStalls() {
        turn(5 * MS, 15 * MS);
        assertThat(loop.stalls()).isZero();
        turn(20 * MS, 31 * MS);
        turn(40 * MS, 41 * MS);
        turn(50 * MS, 150 * MS);
        assertThat(loop.stalls()).isEqualTo(2);
        assertThat(loop.stalledS()).isEqualTo(0.111);
    }

    @Test
    void whatLiesBetweenTurnsIsNone() {
        turn(MS, 2 * MS);
        loop.turnEnds(900 * MS);
        assertThat(loop.stalls()).isZero();
    }
}
