package dev.mooring.store.dynamodb;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.client.config.SdkAdvancedAsyncClientOption;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.StandardRetryStrategy;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClientBuilder;

/**
 * The client of one pool: a bounded number of calls side by side, answers on the store's context, and errors in words.
 *
 * <p>The client has an event loop of its own, for it does not know Vert.x's. It repeats what was throttled or not
 * answered twice, within {@code call_timeout_ms}; more is the business of who called. Confined to the store's context.
 */
final class DynamoDbLink {
    private static final int ATTEMPTS = 3;

    private final Vertx vertx;
    private final DynamoDbConfig config;
    private final DynamoDbErrors errors;
    private final Credentials credentials;
    private final Map<Table, String> names = new EnumMap<>(Table.class);
    /** Of one batch of operations; there are no more than those need. */
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();

    private Context context;
    private @Nullable DynamoDbAsyncClient client;
    private int underWay;
    private long lastAnswerNs = System.nanoTime();
    /** Why nothing gets through; null while something does. */
    private @Nullable CallFailed down;

    private record Waiting(Runnable start, Promise<?> promise) {}

    DynamoDbLink(Vertx vertx, DynamoDbConfig config) {
        this.vertx = vertx;
        this.config = config;
        this.errors = new DynamoDbErrors(config.where());
        this.credentials = new Credentials(vertx, config);
        this.context = vertx.getOrCreateContext();
        for (Table table : Table.values()) {
            names.put(table, table.name(config.tablePrefix()));
        }
    }

    /** Makes the client, on another thread: finding out region and credentials may block. */
    Future<Void> open() {
        context = vertx.getOrCreateContext();
        Future<Void> known = credentials.ready();
        return (known == null ? Future.<Void>succeededFuture() : known)
                .compose(v -> vertx.executeBlocking(() -> warm(client()), false))
                .onSuccess(made -> client = made)
                .recover(cause -> close().transform(x -> Future.failedFuture(explain(cause))))
                .mapEmpty();
    }

    private static String explain(Throwable cause) {
        String text = String.valueOf(cause.getMessage());
        return text.contains("Unable to load region")
                ? "there is no AWS region: give the pool one, or the process AWS_REGION"
                : text;
    }

    /** Is not waited for: the client's loop takes two seconds to be sure that nobody needs it. */
    Future<Void> close() {
        DynamoDbAsyncClient last = client;
        client = null;
        Thread closer = new Thread(
                () -> {
                    if (last != null) {
                        last.close();
                    }
                    credentials.close();
                },
                "mooring-dynamodb-close");
        closer.setDaemon(true);
        closer.start();
        return Future.succeededFuture();
    }

    /** Full name. */
    String name(Table table) {
        return names.getOrDefault(table, "");
    }

    /** A table by its full name. */
    Table table(String name) {
        for (Map.Entry<Table, String> e : names.entrySet()) {
            if (e.getValue().equals(name)) {
                return e.getKey();
            }
        }
        throw new IllegalArgumentException("no table " + name);
    }

    DynamoDbConfig config() {
        return config;
    }

    /**
     * A call to one table, as soon as there are few enough under way. Fails with {@link CallFailed} only.
     *
     * @param action DynamoDB's name of the call
     */
    <T> Future<T> call(Table table, String action, Function<DynamoDbAsyncClient, CompletableFuture<T>> call) {
        return call(name(table), action, call);
    }

    /**
     * The same for calls that concern several tables.
     *
     * @param tables their names, for people
     */
    <T> Future<T> call(String tables, String action, Function<DynamoDbAsyncClient, CompletableFuture<T>> call) {
        Promise<T> promise = Promise.promise();
        Runnable start = () -> {
            underWay++;
            Future<Void> known = credentials.ready();
            if (known == null) {
                send(call, promise, action, tables);
            } else {
                known.onComplete(x -> send(call, promise, action, tables)); // fails there when there are none
            }
        };
        CallFailed why = down;
        if (underWay == 0 || (why == null && underWay < config.poolSize())) {
            start.run();
        } else if (why != null) {
            promise.fail(why);
        } else {
            waiting.add(new Waiting(start, promise));
        }
        return promise.future();
    }

    private <T> void send(
            Function<DynamoDbAsyncClient, CompletableFuture<T>> call,
            Promise<T> promise,
            String action,
            String tables) {
        long startNs = System.nanoTime();
        // Answers come on the client's loop, timeouts on another thread of its.
        send(call)
                .whenComplete((result, thrown) -> context.runOnContext(v -> {
                    underWay--;
                    CallFailed failure = thrown == null ? null : errors.of(thrown, action, tables);
                    seeTo(failure, startNs);
                    if (failure == null) {
                        promise.complete(result);
                    } else {
                        promise.fail(failure);
                    }
                    next();
                }));
    }

    /**
     * When no call has been answered since one was made that is given up now, those that wait would only wait as long:
     * they fail too. From then on one call at a time finds out whether it is over.
     */
    private void seeTo(@Nullable CallFailed failure, long startNs) {
        if (failure == null || failure.wasAnswered()) {
            lastAnswerNs = System.nanoTime();
            down = null;
        } else if (startNs - lastAnswerNs > 0) {
            down = failure;
            for (Waiting each = waiting.poll(); each != null; each = waiting.poll()) {
                each.promise.fail(failure);
            }
        }
    }

    /** A write under a condition: false when that was not met. */
    Future<Boolean> ifMet(Table table, String action, Function<DynamoDbAsyncClient, CompletableFuture<?>> call) {
        return this.<Object>call(table, action, c -> call.apply(c).thenApply(r -> r))
                .map(true)
                .recover(cause -> CallFailed.is(cause, "ConditionalCheckFailedException")
                        ? Future.succeededFuture(false)
                        : Future.failedFuture(cause));
    }

    private void next() {
        Waiting next = underWay < config.poolSize() ? waiting.poll() : null;
        if (next != null) {
            next.start.run();
        }
    }

    private <T> CompletableFuture<T> send(Function<DynamoDbAsyncClient, CompletableFuture<T>> call) {
        DynamoDbAsyncClient to = client;
        if (to == null) {
            return CompletableFuture.failedFuture(new IllegalStateException("closed"));
        }
        try {
            return call.apply(to);
        } catch (RuntimeException wrong) { // the SDK checks some requests before it sends them
            return CompletableFuture.failedFuture(wrong);
        }
    }

    /** Completes after a pause that grows with the number of attempts so far and is different for each who pauses. */
    Future<Void> pause(int attempts) {
        long mostMs = Math.min(1_000L, 25L << Math.min(attempts, 6));
        return vertx.timer(1 + ThreadLocalRandom.current().nextLong(mostMs)).mapEmpty();
    }

    /** The first call loads some thousand classes: not on the event loop. What it answers nobody needs. */
    private DynamoDbAsyncClient warm(DynamoDbAsyncClient made) {
        made.describeTable(b -> b.tableName(name(Table.CLIENT)));
        return made;
    }

    private DynamoDbAsyncClient client() {
        DynamoDbAsyncClientBuilder builder = DynamoDbAsyncClient.builder()
                .httpClientBuilder(NettyNioAsyncHttpClient.builder()
                        .eventLoopGroupBuilder(SdkEventLoopGroup.builder().numberOfThreads(1))
                        .maxConcurrency(config.poolSize())
                        .connectionTimeout(Duration.ofMillis(config.connectTimeoutMs()))
                        .connectionAcquisitionTimeout(Duration.ofMillis(config.callTimeoutMs())))
                .asyncConfiguration(a -> a.advancedOption(
                        SdkAdvancedAsyncClientOption.FUTURE_COMPLETION_EXECUTOR, (Executor) Runnable::run))
                .credentialsProvider(credentials)
                .overrideConfiguration(o -> o.retryStrategy(StandardRetryStrategy.builder()
                                .maxAttempts(ATTEMPTS)
                                .build())
                        .apiCallTimeout(Duration.ofMillis(config.callTimeoutMs()))
                        .apiCallAttemptTimeout(Duration.ofMillis(config.attemptTimeoutMs())));
        if (!config.region().isEmpty()) {
            builder.region(Region.of(config.region()));
        }
        if (!config.server().isEmpty()) {
            builder.endpointOverride(URI.create(config.server()));
        }
        return builder.build();
    }
}
