package dev.mooring.store.dynamodb;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.identity.spi.IdentityProvider;
import software.amazon.awssdk.identity.spi.ResolveIdentityRequest;

/**
 * Keys of the configuration, or what the SDK's chain finds: environment, profile, web identity, container and instance
 * roles. The chain may read files and ask servers, so it is asked on a worker thread, and what it gave is kept until
 * shortly before it ends. Safe from any thread.
 */
final class Credentials implements IdentityProvider<AwsCredentialsIdentity> {
    /** So long before their end credentials are renewed; and so long those without an end are believed. */
    private static final Duration RENEW_BEFORE = Duration.ofSeconds(60);

    private static final Duration BELIEVED = Duration.ofSeconds(60);

    private final Vertx vertx;
    private final @Nullable AwsCredentialsIdentity fixed;
    private @Nullable DefaultCredentialsProvider chain;
    private @Nullable CompletableFuture<AwsCredentialsIdentity> known;
    private Instant renewAt = Instant.MIN;

    Credentials(Vertx vertx, DynamoDbConfig config) {
        this.vertx = vertx;
        this.fixed = config.accessKeyId().isEmpty()
                ? null
                : config.sessionToken().isEmpty()
                        ? AwsBasicCredentials.create(config.accessKeyId(), config.secretAccessKey())
                        : AwsSessionCredentials.create(
                                config.accessKeyId(), config.secretAccessKey(), config.sessionToken());
    }

    @Override
    public Class<AwsCredentialsIdentity> identityType() {
        return AwsCredentialsIdentity.class;
    }

    @Override
    public CompletableFuture<AwsCredentialsIdentity> resolveIdentity(ResolveIdentityRequest request) {
        return fixed != null ? CompletableFuture.completedFuture(fixed) : fromChain();
    }

    private synchronized CompletableFuture<AwsCredentialsIdentity> fromChain() {
        CompletableFuture<AwsCredentialsIdentity> now = known;
        boolean isGood = now != null
                && !(now.isCompletedExceptionally())
                && Instant.now().isBefore(renewAt);
        if (now != null && (isGood || !now.isDone())) {
            return now;
        }
        CompletableFuture<AwsCredentialsIdentity> next =
                vertx.executeBlocking(this::ask, false).toCompletionStage().toCompletableFuture();
        known = next;
        return next;
    }

    private AwsCredentialsIdentity ask() {
        AwsCredentialsIdentity found = provider().resolveCredentials();
        Instant end = found.expirationTime().map(t -> t.minus(RENEW_BEFORE)).orElse(Instant.MAX);
        Instant soon = Instant.now().plus(BELIEVED);
        synchronized (this) {
            renewAt = end.isBefore(soon) ? end : soon;
        }
        return found;
    }

    private synchronized DefaultCredentialsProvider provider() {
        DefaultCredentialsProvider made = chain;
        if (made == null) {
            made = DefaultCredentialsProvider.builder().build();
            chain = made;
        }
        return made;
    }

    /** Fails with a text for people when there are none. */
    Future<Void> check() {
        return Future.fromCompletionStage(
                        resolveIdentity(ResolveIdentityRequest.builder().build()))
                .recover(
                        cause -> Future.failedFuture("there are no AWS credentials: give the pool aws_access_key_id and"
                                + " aws_secret_access_key, or the process a role, a profile or AWS_ACCESS_KEY_ID. "
                                + String.valueOf(cause.getMessage())
                                        .lines()
                                        .findFirst()
                                        .orElse("")))
                .mapEmpty();
    }

    synchronized void close() {
        if (chain != null) {
            chain.close();
        }
    }
}
