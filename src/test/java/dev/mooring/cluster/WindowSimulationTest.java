package dev.mooring.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;

/**
 * Both ends of a link over connections that break at any moment, and lose what is in them: everything arrives once and
 * in order, and the window is empty in the end. When a receiver has forgotten the sender, there may be one hole, of
 * which the sender is told; still nothing is doubled and nothing out of order.
 */
class WindowSimulationTest {
    private final ArrayDeque<SendWindow.Batch> there = new ArrayDeque<>();
    private final ArrayDeque<Long> back = new ArrayDeque<>();
    private final List<Integer> arrived = new ArrayList<>();
    private ReceiveWindow receiver = new ReceiveWindow();
    private boolean connected;
    private int holes;

    @Property(tries = 500)
    @Label("in order, once, without a hole that nobody was told of")
    void inOrderAndOnce(@ForAll long seed) throws Malformed {
        new WindowSimulationTest().run(seed);
    }

    private void run(long seed) throws Malformed {
        Random random = new Random(seed);
        SendWindow window = new SendWindow(random.nextLong());
        boolean forgets = random.nextInt(4) == 0;
        int sent = 0;
        long highest = 0;
        int steps = 300 + random.nextInt(300);
        for (int i = 0;
                i < steps || window.isOpenUsed() || !window.unacknowledged().isEmpty();
                i++) {
            assertThat(i).as("it ends").isLessThan(50_000);
            boolean quiet = i >= steps;
            switch (random.nextInt(quiet ? 4 : 7)) {
                case 0 -> flush(window);
                case 1, 2 -> takeBatch();
                case 3 -> {
                    takeAck(window);
                    connect(window);
                }
                case 4 -> {
                    window.open().i32(sent++);
                    assertThat(window.openNumber()).as("tickets grow").isGreaterThanOrEqualTo(highest);
                    highest = window.openNumber();
                }
                case 5 -> disconnect();
                default -> {
                    if (forgets && random.nextInt(20) == 0) {
                        disconnect();
                        receiver = new ReceiveWindow();
                    }
                }
            }
        }

        assertThat(arrived).as("in order and once").isSorted().doesNotHaveDuplicates();
        if (holes == 0) {
            assertThat(arrived).hasSize(sent);
        }
        if (!forgets) {
            assertThat(holes).isZero();
        }
    }

    private void flush(SendWindow window) {
        if (window.isOpenUsed()) {
            SendWindow.Batch batch = window.close();
            if (connected) {
                send(window, batch);
            }
        }
    }

    private void connect(SendWindow window) throws Malformed {
        if (connected) {
            return;
        }
        ReceiveWindow.Answer answer = receiver.offered(window.session(), window.isFresh(), window.base());
        if (answer == ReceiveWindow.Answer.UNKNOWN) {
            window.restart();
            holes++;
            return;
        }
        connected = true;
        window.acknowledged(receiver.last());
        window.unacknowledged().forEach(batch -> send(window, batch));
    }

    private void send(SendWindow window, SendWindow.Batch batch) {
        window.sent(batch);
        there.add(batch);
    }

    private void disconnect() {
        connected = false;
        there.clear();
        back.clear();
    }

    private void takeBatch() throws Malformed {
        SendWindow.Batch batch = there.poll();
        if (batch == null) {
            return;
        }
        new Frames().feed(batch.frame(), (type, in) -> {
            assertThat(type).isEqualTo(Frames.BATCH);
            ReceiveWindow.Verdict verdict = receiver.arrived(in.i64());
            assertThat(verdict).isNotEqualTo(ReceiveWindow.Verdict.GAP);
            while (verdict == ReceiveWindow.Verdict.TAKE && in.remaining() > 0) {
                arrived.add(in.i32());
            }
        });
        back.add(receiver.last());
    }

    private void takeAck(SendWindow window) throws Malformed {
        Long last = back.poll();
        if (last != null) {
            window.acknowledged(last);
        }
    }
}
