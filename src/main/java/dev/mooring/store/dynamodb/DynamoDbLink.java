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
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
    private @Nullable DynamoDbAsyncClient client;
    private int underWay;

    DynamoDbLink(Vertx vertx, DynamoDbConfig config) {
        this.vertx = vertx;
        this.config = config;
        this.errors = new DynamoDbErrors(config.where());
        this.credentials = new Credentials(vertx, config);
        for (Table table : Table.values()) {
            names.put(table, table.name(config.tablePrefix()));
        }
    }

    /** Makes the client, on another thread: finding out region and credentials may block. */
    Future<Void> open() {
        Context context = vertx.getOrCreateContext();
        Executor completions = r -> context.runOnContext(v -> r.run());
        return vertx.executeBlocking(() -> client(completions), false)
                .onSuccess(made -> client = made)
                .compose(v -> credentials.check())
                .recover(cause -> close().transform(x -> Future.failedFuture(cause)));
    }

    /** Is not waited for: the client's loop takes two seconds to be sure that nobody needs it. */
    Future<Void> close() {
        DynamoDbAsyncClient last = client;
        client = null;
        vertx.executeBlocking(
                () -> {
                    if (last != null) {
                        last.close();
                    }
                    credentials.close();
                    return last;
                },
                false);
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
            send(call).whenComplete((result, thrown) -> {
                underWay--;
                if (thrown == null) {
                    promise.complete(result);
                } else {
                    promise.fail(errors.of(thrown, action, tables));
                }
                next();
            });
        };
        if (underWay < config.poolSize()) {
            start.run();
        } else {
            waiting.add(start);
        }
        return promise.future();
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
        Runnable start = underWay < config.poolSize() ? waiting.poll() : null;
        if (start != null) {
            start.run();
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

    private DynamoDbAsyncClient client(Executor completions) {
        DynamoDbAsyncClientBuilder builder = DynamoDbAsyncClient.builder()
                .httpClientBuilder(NettyNioAsyncHttpClient.builder()
                        .eventLoopGroupBuilder(SdkEventLoopGroup.builder().numberOfThreads(1))
                        .maxConcurrency(config.poolSize())
                        .connectionTimeout(Duration.ofMillis(config.connectTimeoutMs()))
                        .connectionAcquisitionTimeout(Duration.ofMillis(config.callTimeoutMs())))
                .asyncConfiguration(
                        a -> a.advancedOption(SdkAdvancedAsyncClientOption.FUTURE_COMPLETION_EXECUTOR, completions))
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
