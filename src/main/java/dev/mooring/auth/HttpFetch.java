package dev.mooring.auth;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.PemTrustOptions;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Asks one HTTP server, over kept connections, with a bound on time, on what is asked at once and on what is answered.
 * Redirects are not followed. Safe for all threads.
 */
public final class HttpFetch {
    /** Longest answer that is read, bytes. */
    private static final int BODY_MAX = 1 << 20;

    /** @param body at most {@link #BODY_MAX} bytes */
    record Answer(int status, Buffer body) {}

    private final Vertx vertx;
    private final String caFile;
    private final HttpClientAgent client;
    private final String url;
    private final Map<String, String> headers;
    private final long timeoutMs;
    private final int concurrencyMax;

    /**
     * @param caFile PEM of the authorities that are trusted for https; empty for those of the Java runtime
     * @param concurrencyMax connections, and so requests at a time; as many again may wait
     */
    public HttpFetch(
            Vertx vertx, String url, Map<String, String> headers, String caFile, long timeoutMs, int concurrencyMax) {
        this.vertx = vertx;
        this.caFile = caFile;
        this.url = url;
        this.headers = Map.copyOf(headers);
        this.timeoutMs = timeoutMs;
        this.concurrencyMax = concurrencyMax;
        HttpClientOptions options = new HttpClientOptions()
                .setConnectTimeout((int) timeoutMs)
                .setSsl(url.startsWith("https:"))
                .setVerifyHost(true)
                .setMaxHeaderSize(16_384);
        if (!caFile.isEmpty()) {
            options.setTrustOptions(new PemTrustOptions().addCertPath(caFile));
        }
        PoolOptions pool = new PoolOptions().setHttp1MaxSize(concurrencyMax).setMaxWaitQueueSize(concurrencyMax);
        this.client = vertx.createHttpClient(options, pool);
    }

    /** Whether its authorities can be read; the client itself would say so at the first login. Fails with a text. */
    Future<Void> open() {
        if (caFile.isEmpty()) {
            return Future.succeededFuture();
        }
        return vertx.executeBlocking(
                        () -> new PemTrustOptions().addCertPath(caFile).getTrustManagerFactory(vertx), false)
                .recover(e -> Future.failedFuture("cacertfile " + caFile + " can't be used: " + explain(e)))
                .mapEmpty();
    }

    /** @param body null for GET. Fails with a text for people. */
    Future<Answer> send(@Nullable Buffer body) {
        RequestOptions options = new RequestOptions()
                .setAbsoluteURI(url)
                .setMethod(body == null ? HttpMethod.GET : HttpMethod.POST)
                .setFollowRedirects(false);
        headers.forEach(options::putHeader);
        return client.request(options)
                .compose(request -> {
                    if (body != null) {
                        request.putHeader("Content-Type", "application/json");
                    }
                    return (body == null ? request.send() : request.send(body))
                            .compose(HttpFetch::read)
                            .timeout(timeoutMs, TimeUnit.MILLISECONDS)
                            .onFailure(e -> request.reset());
                })
                .timeout(timeoutMs, TimeUnit.MILLISECONDS)
                .recover(e -> Future.failedFuture(why(e)));
    }

    private String why(Throwable failure) {
        if (failure instanceof TimeoutException) {
            return "no answer within timeout_ms, " + timeoutMs;
        }
        if (failure instanceof ConnectionPoolTooBusyException) {
            return "concurrency_max, " + concurrencyMax + ", requests are under way, and as many wait";
        }
        return explain(failure);
    }

    /** With what is behind it: that a connection failed is less than why. */
    private static String explain(Throwable failure) {
        Throwable last = failure;
        while (last.getCause() != null && last.getCause().getMessage() != null) {
            last = last.getCause();
        }
        return last == failure ? String.valueOf(failure.getMessage()) : failure.getMessage() + ": " + last.getMessage();
    }

    static String unreadable(Exception e) {
        return "the answer can't be read: " + AclJson.why(e);
    }

    private static Future<Answer> read(HttpClientResponse response) {
        Promise<Answer> done = Promise.promise();
        Buffer body = Buffer.buffer();
        response.handler(part -> {
            body.appendBuffer(part);
            if (body.length() > BODY_MAX) {
                done.tryFail("the answer has more than " + BODY_MAX + " bytes");
            }
        });
        response.exceptionHandler(done::tryFail);
        response.endHandler(v -> done.tryComplete(new Answer(response.statusCode(), body)));
        return done.future();
    }

    void close() {
        client.close();
    }
}
