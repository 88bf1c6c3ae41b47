package dev.mooring.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mooring.TestBroker;
import dev.mooring.redis.MachineStalls.Stall;
import io.netty.util.concurrent.EventExecutor;
import io.vertx.core.internal.VertxInternal;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** That the prober sees a loop which blocks, and does not take a busy machine for one. */
class ProberTest {
    /** Several times what a busy machine may be late. */
    private static final int BLOCKED_MS = 800;

    private static Prober prober(TestBroker broker) {
        return new Prober(broker.port(), () -> 1);
    }

    @Test
    @DisplayName("nothing blocks: all pings are in time")
    void undisturbed() throws Exception {
        try (TestBroker broker = TestBroker.start("{}");
                Prober prober = prober(broker)) {
            prober.awaitDuringOutage(50);
            prober.assertUndisturbed();
        }
    }

    @Test
    @DisplayName("one ping that waits for a blocked loop is found among many")
    void blockedLoop() throws Exception {
        try (TestBroker broker = TestBroker.start("{}");
                Prober prober = prober(broker)) {
            prober.awaitDuringOutage(50);
            CountDownLatch never = new CountDownLatch(1);
            for (EventExecutor loop : ((VertxInternal) broker.vertx()).nettyEventLoopGroup()) {
                loop.submit(() -> never.await(BLOCKED_MS, TimeUnit.MILLISECONDS))
                        .sync();
            }
            prober.awaitDuringOutage(50);
            assertThatThrownBy(prober::assertUndisturbed)
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("late of ")
                    .hasMessageContaining("ms after the start");
        }
    }

    @Test
    @DisplayName("a machine that is stopped as a whole is not the broker's fault")
    void stoppedMachine() throws Exception {
        try (TestBroker broker = TestBroker.start("{}");
                Prober prober = prober(broker)) {
            prober.awaitDuringOutage(20);
            long me = ProcessHandle.current().pid();
            for (int i = 0; i < 3; i++) {
                Process pause = TestProcesses.start(new ProcessBuilder(
                        "sh", "-c", "kill -STOP %d; sleep 0.%d; kill -CONT %d".formatted(me, BLOCKED_MS, me)));
                assertThat(pause.waitFor(30, TimeUnit.SECONDS)).isTrue();
                prober.awaitDuringOutage(10);
            }
            prober.assertUndisturbed();
            assertThat(prober.stalledMs()).isGreaterThan(BLOCKED_MS - 100);
        }
    }

    @Test
    @DisplayName(
            "many short stalls excuse no more than the longest of them, and only what of it is in the time asked about")
    void longest() {
        List<Stall> stalls = List.of(new Stall(30, 60), new Stall(10, 20), new Stall(40, 50), new Stall(55, 90));
        assertThat(MachineStalls.longest(stalls, 0, 100)).isEqualTo(35);
        assertThat(MachineStalls.longest(stalls, 15, 70)).isEqualTo(30);
        assertThat(MachineStalls.longest(stalls, 42, 45)).isEqualTo(3);
        assertThat(MachineStalls.longest(stalls, 20, 30)).isZero();
    }
}
