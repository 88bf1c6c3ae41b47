package dev.mooring.peers;

import dev.mooring.load.Burst;
import dev.mooring.load.Connection;
import dev.mooring.load.Flow;
import dev.mooring.load.Frame;
import dev.mooring.load.Load;
import dev.mooring.load.Replay;
import dev.mooring.load.Role;
import dev.mooring.load.Traffic;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Clients that come back to the messages that were published while they were away. */
record OfflineScenario(int sessions, int each) implements Scenario {
    @Override
    public String name() {
        return "offline";
    }

    @Override
    public String title() {
        return "%,d sessions come back to %,d messages each, QoS 1".formatted(sessions, each);
    }

    @Override
    public boolean wantsFreshBroker() {
        return false;
    }

    /**
     * 20,000 messages each. After a dozen, brokers on Java still compile in every other round, which doubles its
     * figure.
     */
    @Override
    public int warmUps() {
        return 40;
    }

    @Override
    public Figures run(Broker broker, Load load, double seconds, String id) throws IOException {
        int port = broker.port();
        for (int i = 0; i < sessions; i++) {
            String filter = "plant/away/" + i;
            String clientId = id + "-o" + i;
            List<Connection> session = load.connect(port, 1, false, n -> clientId, n -> Role.NONE);
            Load.await(load.call(() -> session.get(0).subscribe(List.of(filter), 1)));
            load.close(session);
        }
        double stored = broker.cpuS();
        Burst.publish(load, port, id, frames());
        double compiling = broker.compilingS();
        Replay replay = new Replay(load, sessions, each);
        double cpu = broker.cpuS();
        long start = System.nanoTime();
        List<Connection> back = load.connect(port, sessions, false, n -> id + "-o" + n, replay::receiver);
        Traffic.Losses losses = replay.await();
        long ns = System.nanoTime() - start;
        double replayed = broker.cpuS() - cpu;
        compiling = broker.compilingS() - compiling;
        load.close(back);
        load.close(load.connect(port, sessions, true, n -> id + "-o" + n, n -> Role.NONE));
        long messages = (long) sessions * each;
        Figures figures = new Figures()
                .add(Figures.CPU, 1e6 * replayed / messages)
                .add("of these the JIT compiler's", 1e6 * compiling / messages)
                .add(Figures.RATE, (messages - losses.lost()) * 1e9 / ns)
                .add("CPU µs/msg when published", 1e6 * (cpu - stored) / messages);
        return FlowScenario.losses(figures, losses);
    }

    private List<List<Frame>> frames() {
        List<List<Frame>> frames = new ArrayList<>();
        for (int i = 0; i < sessions; i++) {
            Frame frame = new Frame("plant/away/" + i, 1, false, Flow.PAYLOAD_BYTES);
            frames.add(Collections.nCopies(each, frame));
        }
        return frames;
    }
}
