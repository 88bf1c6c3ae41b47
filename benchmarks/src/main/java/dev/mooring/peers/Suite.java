package dev.mooring.peers;

import dev.mooring.load.Flow;
import dev.mooring.load.Load;
import dev.mooring.load.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Mooring and its peers side by side. All brokers that are found run at the same time, one of them with something to
 * do; they take turns in each scenario, so that a machine that does other work treats them alike.
 */
public final class Suite {
    private static final int START_S = 60;
    private static final int RESTARTS_MAX = 3;

    private final Map<String, Peer> peers = new LinkedHashMap<>();
    private final Map<String, Broker> brokers = new LinkedHashMap<>();
    private final List<String> missing = new ArrayList<>();
    private final List<String> setups = new ArrayList<>();
    private final Load load = new Load();
    private final Options options;
    private int runs;

    /** @param warmUpS of each broker in each scenario, before its rounds */
    private record Options(
            boolean quick, int rounds, double seconds, double warmUpS, String only, String brokers, Path out) {
        static Options of(List<String> words) {
            boolean quick = words.contains("quick");
            return new Options(
                    quick,
                    Integer.parseInt(option(words, "rounds", quick ? "1" : "3")),
                    Double.parseDouble(option(words, "seconds", quick ? "1" : "1.5")),
                    Double.parseDouble(option(words, "warmup", quick ? "1" : "2")),
                    option(words, "only", ""),
                    option(words, "brokers", ""),
                    Path.of(option(words, "out", "benchmarks/results/" + LocalDate.now())));
        }
    }

    private Suite(Options options) {
        this.options = options;
    }

    /** See benchmarks/README.md. To be called from the folder of the project. */
    public static void main(List<String> words) throws Exception {
        Options options = Options.of(words);
        List<Path> jars = Arrays.stream(
                        option(words, "mooring", "target/mooring.jar").split(","))
                .map(Path::of)
                .toList();
        Suite suite = new Suite(options);
        try {
            suite.find(Peer.all(jars, Path.of("benchmarks/target/peers")));
            suite.run();
        } finally {
            suite.brokers.values().forEach(Broker::close);
            suite.load.close();
        }
    }

    private static String option(List<String> words, String name, String otherwise) {
        for (String word : words) {
            if (word.startsWith(name + "=")) {
                return word.substring(name.length() + 1);
            }
        }
        return otherwise;
    }

    private void find(List<Peer> all) {
        for (Peer peer : all) {
            if (!options.brokers.isEmpty()
                    && Arrays.stream(options.brokers.split(",")).noneMatch(peer.name()::startsWith)) {
                continue;
            }
            try {
                setups.add("| " + peer.name() + " | " + peer.version() + " | " + peer.setup() + " |");
                peers.put(peer.name(), peer);
            } catch (IOException e) {
                missing.add(peer.name() + " is not measured: " + e.getMessage() + ".");
            }
        }
        setups.forEach(System.out::println);
        missing.forEach(System.out::println);
    }

    private boolean isWanted(Peer peer) {
        return options.brokers.isEmpty()
                || Arrays.stream(options.brokers.split(",")).anyMatch(peer.name()::startsWith);
    }

    private void run() throws Exception {
        String begun = Machine.loadAverage();
        Report report = new Report(options.out);
        warmUp();
        List<Results> all = new ArrayList<>();
        List<Scenario> wanted = options.only.isEmpty()
                ? Scenarios.all(options.quick)
                : Scenarios.named(List.of(options.only.split(",")));
        for (Scenario scenario : wanted) {
            System.out.println(scenario.name());
            Results results = new Results(scenario);
            all.add(results);
            measure(results);
            report.write(head(begun), all);
        }
        System.out.println("written to " + options.out);
    }

    private String head(String loadBefore) {
        StringBuilder head = new StringBuilder("# Measured on " + LocalDate.now() + "\n\n");
        head.append(Machine.text()).append("; load average ").append(loadBefore).append(" before, ");
        head.append(Machine.loadAverage()).append(" after.\n");
        head.append(String.format(
                Locale.ROOT,
                "%d rounds of %.1f s after a warm-up of %.1f s in each scenario; %d bytes of payload. Figures are"
                        + " medians of the rounds; lost, duplicated and reordered messages are those of all rounds"
                        + " together. What each scenario does is in [benchmarks](../../README.md).%n%n",
                options.rounds,
                options.seconds,
                options.warmUpS,
                Flow.PAYLOAD_BYTES));
        head.append("| broker | version | set up |\n|---|---|---|\n");
        setups.forEach(line -> head.append(line).append('\n'));
        missing.forEach(line -> head.append('\n').append(line).append('\n'));
        return head.toString();
    }

    private void measure(Results results) throws Exception {
        Scenario scenario = results.scenario;
        List<String> names = new ArrayList<>(peers.keySet());
        if (scenario.isOurOwn() && options.brokers.isEmpty()) {
            names.removeIf(name -> !name.startsWith("Mooring"));
        }
        if (scenario.wantsFreshBroker()) {
            for (String name : names) {
                stop(name);
                once(results, name, options.seconds, true);
                stop(name);
            }
            return;
        }
        for (String name : List.copyOf(names)) {
            if (!warmUp(results, name)) {
                names.remove(name);
            }
        }
        for (int round = 0; round < options.rounds; round++) {
            for (String name : names) {
                once(results, name, options.seconds, true);
            }
        }
    }

    private boolean warmUp(Results results, String name) throws Exception {
        for (int i = 0; i < results.scenario.warmUps(); i++) {
            if (!once(results, name, options.warmUpS, false)) {
                return false;
            }
        }
        return true;
    }

    /** Whether it could be measured. */
    private boolean once(Results results, String name, double seconds, boolean counts) throws Exception {
        try {
            Broker broker = broker(name);
            Optional<Loops> before = broker.loops();
            Figures figures = results.scenario.run(broker, load, seconds, "x" + runs++);
            if (before.isPresent()) {
                broker.loops().orElseThrow().addTo(figures, before.get());
            }
            String failure = load.failure();
            if (!failure.isEmpty()) {
                throw new IllegalStateException(failure);
            }
            if (counts) {
                results.add(name, figures);
                StringBuilder line = new StringBuilder("  " + name + ":");
                for (String column : figures.columns()) {
                    line.append(' ').append(column).append(' ').append(Report.text(figures.get(column)));
                    line.append(';');
                }
                System.out.println(line);
            }
            return true;
        } catch (IllegalStateException | IOException e) {
            System.out.println("  " + name + ": " + e.getMessage());
            results.failed(name, String.valueOf(e.getMessage()));
            load.closeAll();
            load.failure();
            stop(name); // whatever it is left with must not be measured
            return false;
        }
    }

    /** Each broker gets work of the usual kinds before anything counts, so that its code is compiled. */
    private void warmUp() throws Exception {
        for (String name : peers.keySet()) {
            for (Scenario scenario : Scenarios.warmUp()) {
                once(new Results(scenario), name, options.warmUpS, false);
            }
        }
    }

    private Broker broker(String name) throws IOException, InterruptedException {
        for (int i = 0; i < RESTARTS_MAX && !brokers.containsKey(name); i++) {
            Broker broker = peers.get(name).start(Files.createTempDirectory("bench"));
            if (isServing(broker)) {
                brokers.put(name, broker);
            } else {
                broker.close(); // perhaps somebody else took its port
            }
        }
        if (!brokers.containsKey(name)) {
            throw new IOException("does not start");
        }
        return brokers.get(name);
    }

    private boolean isServing(Broker broker) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_S);
        while (broker.isAlive() && System.nanoTime() < end) {
            try {
                load.close(load.connect(broker.port(), 1, true, n -> "probe", n -> Role.NONE));
                load.failure();
                return true;
            } catch (IllegalStateException notYet) {
                TimeUnit.MILLISECONDS.sleep(200);
            }
        }
        return false;
    }

    private void stop(String name) {
        Broker broker = brokers.remove(name);
        if (broker != null) {
            broker.close();
        }
    }
}
