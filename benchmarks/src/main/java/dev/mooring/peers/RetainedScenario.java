package dev.mooring.peers;

import dev.mooring.load.Burst;
import dev.mooring.load.Connection;
import dev.mooring.load.Flow;
import dev.mooring.load.Frame;
import dev.mooring.load.Load;
import dev.mooring.load.Replay;
import dev.mooring.load.Traffic;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** What clients get that subscribe to {@code #} while many messages are retained, one after another. */
record RetainedScenario(int topics) implements Scenario {
    private static final int SUBSCRIBERS = 5;

    @Override
    public String name() {
        return "retained";
    }

    @Override
    public String title() {
        return "%,d retained messages to a new subscriber of #, QoS 1".formatted(topics);
    }

    @Override
    public boolean wantsFreshBroker() {
        return false;
    }

    @Override
    public Figures run(Broker broker, Load load, double seconds, String id) throws IOException {
        Burst.publish(load, broker.port(), id, List.of(frames(Flow.PAYLOAD_BYTES)));
        long ns = 0;
        double cpu = broker.cpuS();
        long lost = 0;
        long duplicated = 0;
        for (int i = 0; i < SUBSCRIBERS; i++) {
            Replay replay = new Replay(load, 1, topics);
            String clientId = id + "-s" + i;
            List<Connection> subscriber = load.connect(broker.port(), 1, true, n -> clientId, replay::receiver);
            long start = System.nanoTime();
            load.run(() -> subscriber.get(0).subscribe(List.of("#"), 1));
            Traffic.Losses losses = replay.await();
            ns += System.nanoTime() - start;
            load.close(subscriber);
            lost += losses.lost();
            duplicated += losses.duplicated();
        }
        cpu = broker.cpuS() - cpu;
        Burst.publish(load, broker.port(), id, List.of(frames(0)));
        long got = (long) SUBSCRIBERS * topics - lost;
        if (got == 0) {
            throw new IllegalStateException("delivers none to a wildcard");
        }
        return new Figures()
                .add(Figures.CPU, 1e6 * cpu / got)
                .add(Figures.RATE, got * 1e9 / ns)
                .add("lost", lost)
                .add("duplicated", duplicated);
    }

    private List<Frame> frames(int payloadBytes) {
        List<Frame> frames = new ArrayList<>(topics);
        for (int i = 0; i < topics; i++) {
            frames.add(new Frame("plant/state/" + i, 1, true, payloadBytes));
        }
        return frames;
    }
}
