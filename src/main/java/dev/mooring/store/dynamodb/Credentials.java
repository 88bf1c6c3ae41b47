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
 * roles. The chain may read files and ask servers, and the SDK waits for its answer on whatever thread makes a call. So
 * the chain is asked on a worker thread, aside and before it is time; a call waits only when what is known has ended,
 * and then by {@link #ready}, not in the SDK.
 */
final class Credentials implements IdentityProvider<AwsCredentialsIdentity> {
    /** So long before their end credentials are renewed. */
    private static final Duration RENEW_BEFORE = Duration.ofSeconds(60);
    /** So often the chain is asked at least, and so soon again when it failed. */
    private static final Duration BELIEVED = Duration.ofSeconds(60);

    private static final Duration AGAIN = Duration.ofSeconds(5);

    private final Vertx vertx;
    private final boolean isFixed;
    /** Read by the SDK's threads too. */
    private volatile @Nullable AwsCredentialsIdentity current;

    private @Nullable DefaultCredentialsProvider chain;
    private @Nullable Future<Void> asking;
    private Instant renewAt = Instant.MIN;

    Credentials(Vertx vertx, DynamoDbConfig config) {
        this.vertx = vertx;
        this.isFixed = !config.accessKeyId().isEmpty();
        if (isFixed) {
            current = config.sessionToken().isEmpty()
                    ? AwsBasicCredentials.create(config.accessKeyId(), config.secretAccessKey())
                    : AwsSessionCredentials.create(
                            config.accessKeyId(), config.secretAccessKey(), config.sessionToken());
        }
    }

    @Override
    public Class<AwsCredentialsIdentity> identityType() {
        return AwsCredentialsIdentity.class;
    }

    /** At once. */
    @Override
    public CompletableFuture<AwsCredentialsIdentity> resolveIdentity(ResolveIdentityRequest request) {
        AwsCredentialsIdentity known = current;
        return known == null
                ? CompletableFuture.failedFuture(new IllegalStateException("there are no credentials yet"))
                : CompletableFuture.completedFuture(known);
    }

    /**
     * Null when a call may be made now, which is nearly always. Fails with a text for people when there are none. On
     * the store's context.
     */
    @Nullable
    Future<Void> ready() {
        AwsCredentialsIdentity known = current;
        if (isFixed) {
            return null;
        }
        Instant now = Instant.now();
        boolean isGood = known != null
                && known.expirationTime().map(end -> now.isBefore(end)).orElse(true);
        if (isGood && now.isBefore(renewAt)) {
            return null;
        }
        Future<Void> renewal = renew();
        return isGood ? null : renewal;
    }

    private Future<Void> renew() {
        Future<Void> under = asking;
        if (under != null) {
            return under;
        }
        Future<Void> next = vertx.executeBlocking(() -> provider().resolveCredentials(), false)
                .onComplete(x -> asking = null)
                .onSuccess(this::found)
                .onFailure(cause -> renewAt = Instant.now().plus(AGAIN))
                .<Void>mapEmpty()
                .recover(
                        cause -> Future.failedFuture("there are no AWS credentials: give the pool aws_access_key_id and"
                                + " aws_secret_access_key, or the process a role, a profile or AWS_ACCESS_KEY_ID. "
                                + String.valueOf(cause.getMessage())
                                        .lines()
                                        .findFirst()
                                        .orElse("")));
        asking = next.isComplete() ? null : next;
        return next;
    }

    private void found(AwsCredentialsIdentity identity) {
        current = identity;
        Instant soon = Instant.now().plus(BELIEVED);
        Instant before =
                identity.expirationTime().map(end -> end.minus(RENEW_BEFORE)).orElse(soon);
        renewAt = before.isBefore(soon) ? before : soon;
    }

    private synchronized DefaultCredentialsProvider provider() {
        DefaultCredentialsProvider made = chain;
        if (made == null) {
            made = DefaultCredentialsProvider.builder().build();
            chain = made;
        }
        return made;
    }

    synchronized void close() {
        if (chain != null) {
            chain.close();
        }
    }
}
