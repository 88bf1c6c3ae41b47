package dev.mooring;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mooring.config.Config;
import dev.mooring.config.ConfigResult;
import dev.mooring.config.ConfigSources;
import dev.mooring.config.ReloadOutcome;
import dev.mooring.config.Surroundings;
import dev.mooring.http.Registry;
import dev.mooring.mqtt.MqttVerticle;
import dev.mooring.route.Subscriber;
import dev.mooring.store.Store;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * The real broker in this process: loopback ports and a folder of its own, two loops. What a test wants different is
 * merged over the defaults as JSON.
 */
public final class TestBroker implements AutoCloseable {
    /** What a configuration says so that everybody may read $SYS; all else is allowed as without it. */
    public static final String SYS_FOR_ALL = "\"auth\": {\"acl\": {\"no_match\": \"allow\", \"rules\": ["
            + "{\"permission\": \"allow\", \"action\": \"subscribe\", \"topics\": [\"$SYS/#\"]}]}}";

    private static final ObjectMapper JSON = new ObjectMapper();

    private final String configuration;
    private final UnaryOperator<Store> around;
    private final UnaryOperator<Config> adapted;
    private final Path folder;
    private final Supplier<Joining> clustering;
    /** Of the tcp and the ws listener among the defaults. */
    private final int[] kept = FreePorts.of(2);

    private List<Integer> ports = List.of();
    private Vertx vertx;
    private Broker broker;

    private TestBroker(
            String configuration,
            UnaryOperator<Store> around,
            UnaryOperator<Config> adapted,
            Path folder,
            Supplier<Joining> clustering) {
        this.configuration = configuration;
        this.around = around;
        this.adapted = adapted;
        this.folder = folder;
        this.clustering = clustering;
    }

    /** @param json merged over the defaults, objects key by key; "{}" for the defaults */
    public static TestBroker start(String json) {
        return start(json, UnaryOperator.identity());
    }

    /** @param around put around each store, to let it fail */
    public static TestBroker start(String json, UnaryOperator<Store> around) {
        return start(json, around, UnaryOperator.identity());
    }

    /** @param adapted the configuration as no file could say it */
    public static TestBroker start(String json, UnaryOperator<Store> around, UnaryOperator<Config> adapted) {
        return start(json, around, adapted, () -> Joining.ALONE);
    }

    /** @param clustering of the node, for each of its lives */
    static TestBroker start(
            String json, UnaryOperator<Store> around, UnaryOperator<Config> adapted, Supplier<Joining> clustering) {
        try {
            TestBroker test =
                    new TestBroker(json, around, adapted, Files.createTempDirectory("mooring-test"), clustering);
            test.open();
            return test;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The tcp listener. */
    public int port() {
        return ports.get(0);
    }

    public int webSocketPort() {
        return ports.get(1);
    }

    /** For figures and counts. */
    public Broker broker() {
        return broker;
    }

    public List<MqttVerticle> loops() {
        return broker.loops();
    }

    /** The routing side of a client's session, which has a subscription. */
    public Subscriber subscriber(String clientId) {
        List<Subscriber> found = new ArrayList<>();
        broker.index().forEach(m -> {
            if (m.subscriber().clientId().equals(clientId)) {
                found.add(m.subscriber());
            }
        });
        return found.get(0);
    }

    /** The broker's; for a StoreClient of the test. */
    public Vertx vertx() {
        return vertx;
    }

    public Path folder() {
        return folder;
    }

    /**
     * Another configuration in the file, merged over the defaults as that of the start; it counts when this returns.
     *
     * @throws IllegalStateException with all errors when it is refused
     */
    public ReloadOutcome reload(String json) {
        write(configuration(json));
        return reload();
    }

    /** What is in the file now. */
    public ReloadOutcome reload() {
        ReloadOutcome outcome = await(broker.reload("the test"));
        if (outcome.result() == ReloadOutcome.Result.REFUSED) {
            throw new IllegalStateException(outcome.errors().toString());
        }
        return outcome;
    }

    /** The configuration; its own folder has it, too. */
    public Path file() {
        return folder.resolve("conf.json");
    }

    private void write(String text) {
        try {
            Files.writeString(file(), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Stops in order, and starts again on the same data and ports. */
    public void restart() {
        stop();
        open();
    }

    @Override
    public void close() {
        stop();
        FreePorts.giveBack(kept);
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(f -> f.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void open() {
        write(configuration(configuration));
        ConfigSources sources =
                ConfigSources.of(file().toString(), Surroundings.of(Map.of(), Map.of()), Map.of(), List.of());
        ConfigResult result = sources.read();
        if (!(result instanceof ConfigResult.Valid read)) {
            throw new IllegalArgumentException(result.toString());
        }
        Config config = adapted.apply(read.config());
        ConfigResult.Valid started = new ConfigResult.Valid(config, read.effective());
        vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true).setEventLoopPoolSize(config.loops()));
        broker = await(Broker.start(vertx, sources, started, Registry.create(), around, clustering.get()));
        ports = broker.ports();
    }

    private void stop() {
        await(broker.stop());
        await(vertx.close());
    }

    private String configuration(String json) {
        try {
            ObjectNode base = (ObjectNode)
                    JSON.readTree("{\"loops\": 2, \"reload\": {\"watch_s\": 0}, \"http\": {\"enable\": false}, "
                            + "\"drain\": {\"timeout_s\": 10}, "
                            + "\"auth\": {\"ban\": {\"backoff_ms\": 0}}, \"listeners\": ["
                            + "{\"type\": \"tcp\", \"name\": \"tcp\", \"host\": \"127.0.0.1\", \"port\": "
                            + kept[0] + "},"
                            + "{\"type\": \"ws\", \"name\": \"ws\", \"host\": \"127.0.0.1\", \"port\": " + kept[1]
                            + "}],"
                            + "\"pools\": {\"local\": {\"backend\": \"embedded\", \"path\": "
                            + JSON.writeValueAsString(folder.resolve("data").toString()) + "}}}");
            merge(base, JSON.readTree(json));
            return base.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void merge(ObjectNode into, JsonNode from) {
        from.fields().forEachRemaining(field -> {
            JsonNode old = into.get(field.getKey());
            if (old instanceof ObjectNode object && field.getValue().isObject()) {
                merge(object, field.getValue());
            } else {
                into.set(field.getKey(), field.getValue());
            }
        });
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(90, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }
}
