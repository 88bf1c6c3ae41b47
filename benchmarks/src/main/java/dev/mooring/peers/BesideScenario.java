package dev.mooring.peers;

import dev.mooring.load.Burst;
import dev.mooring.load.Connection;
import dev.mooring.load.Flow;
import dev.mooring.load.Frame;
import dev.mooring.load.Load;
import dev.mooring.load.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Publishing while the broker keeps much that has nothing to do with it; and what that costs itself. That beside
 * nothing is measured before and after, and the lower figure counts: at first less is compiled.
 */
record BesideScenario(Kind kind, int count) implements Scenario {
    private static final double WARM_UP_S = 4;
    /** Connected at the same time, and messages of one burst. */
    private static final int AT_ONCE = 1_000;

    private static final int SETTLE_S = 2;

    enum Kind {
        /** Messages of 256 bytes, each at a topic of its own. */
        RETAINED("retained messages"),
        /** Lasting ones with one subscription and no connection. */
        SESSIONS("lasting sessions that are off line");

        private final String plural;

        Kind(String plural) {
            this.plural = plural;
        }
    }

    @Override
    public String name() {
        return "beside-" + kind.name().toLowerCase(Locale.ROOT) + "-" + count;
    }

    @Override
    public String title() {
        return "publishing beside %,d %s".formatted(count, kind.plural);
    }

    @Override
    public boolean wantsFreshBroker() {
        return true;
    }

    @Override
    public boolean isOurOwn() {
        return true;
    }

    @Override
    public Figures run(Broker broker, Load load, double seconds, String id) throws Exception {
        publish(broker, load, WARM_UP_S, id + "-w");
        double besideNone = publish(broker, load, seconds, id + "-n");
        OptionalLong heap = broker.liveHeap();
        double cpu = broker.cpuS();
        change(broker, load, id, true);
        cpu = broker.cpuS() - cpu;
        TimeUnit.SECONDS.sleep(SETTLE_S);
        OptionalLong heapAfter = broker.liveHeap();
        double besideAll = publish(broker, load, seconds, id + "-m");
        change(broker, load, id, false);
        TimeUnit.SECONDS.sleep(SETTLE_S);
        besideNone = Math.min(besideNone, publish(broker, load, seconds, id + "-g"));
        Figures figures = new Figures()
                .add("CPU µs/msg ÷ that beside none", besideAll / besideNone)
                .add("beside none", besideNone)
                .add("beside all", besideAll)
                .add("CPU µs to make one", 1e6 * cpu / count);
        if (heap.isPresent()) {
            figures.add("heap bytes of one", (heapAfter.getAsLong() - heap.getAsLong()) / (double) count);
        }
        return figures;
    }

    private static double publish(Broker broker, Load load, double seconds, String id) throws InterruptedException {
        FlowScenario pairs = new FlowScenario("", "", Flow.pairs(10, 0, true), 0);
        return pairs.run(broker, load, seconds, id + "-t").get(Figures.CPU);
    }

    private void change(Broker broker, Load load, String id, boolean make) {
        for (int from = 0; from < count; from += AT_ONCE) {
            int first = from;
            int number = Math.min(AT_ONCE, count - from);
            if (kind == Kind.RETAINED) {
                Burst.publish(load, broker.port(), id + "-r" + from, List.of(frames(from, number, make)));
                continue;
            }
            List<Connection> clients =
                    load.connect(broker.port(), number, !make, n -> id + "-s" + (first + n), n -> Role.NONE);
            if (make) {
                subscribe(load, clients, from);
            }
            load.close(clients);
        }
    }

    private static List<Frame> frames(int from, int number, boolean make) {
        List<Frame> frames = new ArrayList<>(number);
        for (int i = from; i < from + number; i++) {
            frames.add(new Frame("plant/kept/n" + i, 1, true, make ? Flow.PAYLOAD_BYTES : 0));
        }
        return frames;
    }

    private static void subscribe(Load load, List<Connection> clients, int from) {
        List<CompletableFuture<Integer>> granted = load.call(() -> {
            List<CompletableFuture<Integer>> all = new ArrayList<>();
            for (int i = 0; i < clients.size(); i++) {
                all.add(clients.get(i).subscribe(List.of("plant/away/n" + (from + i)), 1));
            }
            return all;
        });
        granted.forEach(Load::await);
    }
}
