package dev.mooring.peers;

import dev.mooring.load.Flow;
import dev.mooring.load.Load;
import dev.mooring.load.Traffic;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** @param messagesPerS a fixed rate, for latencies; 0: as fast as the windows of the flow allow */
record FlowScenario(String name, String title, Flow flow, double messagesPerS) implements Scenario {
    private static final double SETTLE_S = 0.3;

    @Override
    public boolean wantsFreshBroker() {
        return false;
    }

    private record Mark(long messages, double cpuS, long ns) {
        static Mark of(Broker broker, Traffic traffic) {
            try {
                return new Mark(traffic.messages(), broker.cpuS(), System.nanoTime());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Override
    public Figures run(Broker broker, Load load, double seconds, String id) throws InterruptedException {
        Traffic traffic = new Traffic(load, broker.port(), flow, id);
        traffic.open();
        traffic.start(messagesPerS);
        sleep(SETTLE_S);
        Mark begin = load.call(() -> Mark.of(broker, traffic));
        sleep(seconds);
        Mark end = load.call(() -> Mark.of(broker, traffic));
        Traffic.Losses losses = traffic.stop();
        Traffic.Latencies latencies = traffic.latencies();
        traffic.close();
        long messages = end.messages - begin.messages;
        if (messages == 0) {
            throw new IllegalStateException("delivers nothing");
        }
        Figures figures = new Figures();
        double cpu = 1e6 * (end.cpuS - begin.cpuS) / messages;
        if (messagesPerS > 0) {
            latencies(figures, latencies).add(Figures.CPU, cpu);
        } else {
            figures.add(Figures.CPU, cpu).add(Figures.RATE, messages * 1e9 / (end.ns - begin.ns));
        }
        return losses(figures, losses);
    }

    private static Figures latencies(Figures figures, Traffic.Latencies of) {
        Histogram latency = of.latency();
        return figures.add("p99 ms", latency.getValueAtPercentile(99) / 1e6)
                .add("p50 ms", latency.getValueAtPercentile(50) / 1e6)
                .add("p99.9 ms", latency.getValueAtPercentile(99.9) / 1e6)
                .add("sent late, p99 ms", of.lateness().getValueAtPercentile(99) / 1e6);
    }

    static Figures losses(Figures figures, Traffic.Losses losses) {
        return figures.add("lost", losses.lost() + losses.unacked())
                .add("duplicated", losses.duplicated())
                .add("reordered", losses.reordered());
    }

    private static void sleep(double seconds) throws InterruptedException {
        TimeUnit.NANOSECONDS.sleep((long) (seconds * 1e9));
    }
}
