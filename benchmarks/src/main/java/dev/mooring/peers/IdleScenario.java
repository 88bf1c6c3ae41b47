package dev.mooring.peers;

import dev.mooring.load.Connection;
import dev.mooring.load.Load;
import dev.mooring.load.Role;
import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/**
 * Clients that connect and are silent, after 60,000 that have connected and gone: of the CPU that a broker on Java uses
 * for its first 10,000 connections, half is its compiler's. Memory is what is alive on the heap for brokers on Java,
 * whose process grows and shrinks by what their collector thinks best, and that of the process for others.
 */
record IdleScenario(int clients) implements Scenario {
    /** Few at a time, so that the broker warms up without growing. */
    private static final int WARM_UPS = 300;

    private static final int WARM_UP_CLIENTS = 200;

    @Override
    public String name() {
        return "idle-" + clients;
    }

    @Override
    public String title() {
        return "%,d connections, idle, clean sessions".formatted(clients);
    }

    @Override
    public boolean wantsFreshBroker() {
        return true;
    }

    private record Memory(double rssKib, OptionalLong heap) {
        static Memory of(Broker broker) throws IOException, InterruptedException {
            TimeUnit.SECONDS.sleep(2); // what ends connections is done then
            OptionalLong heap = broker.liveHeap(); // collects garbage
            return new Memory(broker.rssKib(), heap);
        }
    }

    @Override
    public Figures run(Broker broker, Load load, double seconds, String id) throws Exception {
        OpenFiles.require(clients + 500);
        for (int i = 0; i < WARM_UPS; i++) {
            String warmUp = id + "-w" + i;
            load.close(load.connect(broker.port(), WARM_UP_CLIENTS, true, n -> warmUp + "-" + n, n -> Role.NONE));
        }
        Memory before = Memory.of(broker);
        double compiling = broker.compilingS();
        double cpu = broker.cpuS();
        long start = System.nanoTime();
        List<Connection> idle = load.connect(broker.port(), clients, true, n -> id + "-" + n, n -> Role.NONE);
        double took = (System.nanoTime() - start) / 1e9;
        cpu = broker.cpuS() - cpu;
        compiling = broker.compilingS() - compiling;
        Memory after = Memory.of(broker);
        load.close(idle);
        double rss = (after.rssKib - before.rssKib) / clients;
        double heap = after.heap.isPresent()
                ? (after.heap.getAsLong() - before.heap.getAsLong()) / 1024.0 / clients
                : Double.NaN;
        return new Figures()
                .add("KiB/connection", after.heap.isPresent() ? heap : rss)
                .add("CPU µs/connect", 1e6 * cpu / clients)
                .add("of these the JIT compiler's", 1e6 * compiling / clients)
                .add("connects/s", clients / took)
                .add("KiB more of the process/connection", rss);
    }
}
