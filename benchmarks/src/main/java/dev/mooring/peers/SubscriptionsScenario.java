package dev.mooring.peers;

import dev.mooring.load.Connection;
import dev.mooring.load.Flow;
import dev.mooring.load.Load;
import dev.mooring.load.Role;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Publishing while there are many subscriptions that do not match, beside 10; and what these themselves cost. That
 * beside 10 is measured before and after, and the lower figure counts: at first less is compiled.
 */
record SubscriptionsScenario(Kind kind, int count, boolean isOurOwn) implements Scenario {
    private static final int PER_CLIENT = 5_000;
    private static final int PER_PACKET = 100;
    private static final int FEW = 10;
    private static final int MORE = 50_000;
    private static final double WARM_UP_S = 4;
    /** For the end of the sessions that had them. */
    private static final int AFTER_CLOSE_S = 3;

    enum Kind {
        EXACT("plant/to/n%d"),
        PLUS("plant/+/n%d"),
        HASH("plant/to/n%d/#"),
        SHARED("$share/crew/plant/to/n%d");

        private final String filter;

        Kind(String filter) {
            this.filter = filter;
        }

        List<String> filters(int from, int count) {
            List<String> filters = new ArrayList<>(count);
            for (int i = from; i < from + count; i++) {
                filters.add(filter.replace("%d", "" + i));
            }
            return filters;
        }
    }

    @Override
    public String name() {
        return "subscriptions-" + kind.name().toLowerCase(Locale.ROOT) + "-" + count;
    }

    @Override
    public String title() {
        return "publishing beside %,d subscriptions such as %s"
                .formatted(count, kind.filters(1, 1).get(0));
    }

    @Override
    public boolean wantsFreshBroker() {
        return true;
    }

    @Override
    public Figures run(Broker broker, Load load, double seconds, String id) throws Exception {
        int port = broker.port();
        change(load, port, id + "-w", count + MORE, MORE, broker); // compiled by then
        publish(broker, load, WARM_UP_S, id + "-w");
        Holders few = new Holders(load, port, id + "-f", 0, FEW);
        few.each(Connection::subscribe0);
        double beside10 = publish(broker, load, seconds, id + "-f");
        OptionalLong heap = broker.liveHeap();
        Holders many = new Holders(load, port, id + "-m", FEW, count - FEW);
        many.each(Connection::subscribe0);
        OptionalLong heapAfter = broker.liveHeap();
        double besideAll = publish(broker, load, seconds, id + "-m");
        double[] change = change(load, port, id + "-c", count + MORE, MORE, broker);
        many.close();
        TimeUnit.SECONDS.sleep(AFTER_CLOSE_S);
        beside10 = Math.min(beside10, publish(broker, load, seconds, id + "-g"));
        few.close();
        Figures figures = new Figures()
                .add("CPU µs/msg ÷ that beside 10", besideAll / beside10)
                .add("beside 10", beside10)
                .add("beside all", besideAll)
                .add("CPU µs/subscribe", change[0])
                .add("CPU µs/unsubscribe", change[1]);
        if (heap.isPresent()) {
            figures.add("heap bytes/subscription", (heapAfter.getAsLong() - heap.getAsLong()) / (double) count);
        }
        return figures;
    }

    private static double publish(Broker broker, Load load, double seconds, String id) throws InterruptedException {
        FlowScenario pairs = new FlowScenario("", "", Flow.pairs(10, 0, true), 0);
        return pairs.run(broker, load, seconds, id + "-t").get(Figures.CPU);
    }

    /** CPU of one subscribe and one unsubscribe, in µs, beside all that is there. */
    private double[] change(Load load, int port, String id, int from, int number, Broker broker) throws IOException {
        Holders holders = new Holders(load, port, id, from, number);
        double start = broker.cpuS();
        holders.each(Connection::subscribe0);
        double subscribed = broker.cpuS();
        holders.each(Connection::unsubscribe);
        double unsubscribed = broker.cpuS();
        holders.close();
        return new double[] {1e6 * (subscribed - start) / number, 1e6 * (unsubscribed - subscribed) / number};
    }

    private interface Request {
        CompletableFuture<Integer> send(Connection connection, List<String> filters);
    }

    /** Clients that have the subscriptions, some thousands each. */
    private final class Holders {
        private final Load load;
        private final List<Connection> clients;
        private final List<List<String>> filters = new ArrayList<>();

        Holders(Load load, int port, String id, int from, int number) {
            this.load = load;
            for (int i = 0; i < number; i += PER_CLIENT) {
                filters.add(kind.filters(from + i, Math.min(PER_CLIENT, number - i)));
            }
            clients = load.connect(port, filters.size(), true, n -> id + n, n -> Role.NONE);
        }

        void each(Request request) {
            List<CompletableFuture<Void>> done = new ArrayList<>();
            for (int i = 0; i < clients.size(); i++) {
                CompletableFuture<Void> all = new CompletableFuture<>();
                done.add(all);
                Connection client = clients.get(i);
                List<String> its = filters.get(i);
                load.loop().execute(() -> next(request, client, its, 0, all));
            }
            done.forEach(Load::await);
        }

        private void next(Request request, Connection client, List<String> its, int from, CompletableFuture<Void> all) {
            if (from >= its.size()) {
                all.complete(null);
                return;
            }
            int to = Math.min(its.size(), from + PER_PACKET);
            request.send(client, its.subList(from, to)).whenComplete((granted, failed) -> {
                if (failed != null || granted == 0x80) {
                    all.completeExceptionally(
                            failed == null ? new IllegalStateException("refuses the subscriptions") : failed);
                } else {
                    next(request, client, its, to, all);
                }
            });
        }

        void close() {
            load.close(clients);
        }
    }
}
