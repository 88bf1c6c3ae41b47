package dev.mooring.http;

import dev.mooring.config.Config;
import dev.mooring.config.ReloadOutcome;
import dev.mooring.metrics.Metrics;
import dev.mooring.mqtt.CertificateFiles;
import dev.mooring.mqtt.NodeState;
import dev.mooring.store.StoreMetrics;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.ServerSSLOptions;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP listener, on one event loop. It opens before everything else, so that a long start can be watched, and
 * closes last. Whatever a peer can make grow here is bounded: connections, how long they are idle, the head of a
 * request, its body.
 */
public final class HttpVerticle extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(HttpVerticle.class);
    private static final int CONNECTIONS_MAX = 200;
    private static final int IDLE_S_MAX = 60;
    private static final int LINE_BYTES_MAX = 16 * 1024;
    private static final int HEADER_BYTES_MAX = 16 * 1024;

    private final Config config;
    private final Health health;
    private final Lifecycle lifecycle;
    private final Map<String, StoreMetrics> stores;
    private final PrometheusMeterRegistry registry;
    private HttpServer server;
    private Access access;
    private Exposition exposition;
    private Future<Void> opening = Future.succeededFuture();
    private boolean isOpen;
    private @Nullable Router api;
    private int connections;

    /**
     * @param stores figures by pool, as far as pools are open
     * @param registry shown at {@code /metrics}
     */
    @SuppressWarnings("NullAway.Init") // by start()
    public HttpVerticle(
            Config config,
            Lifecycle lifecycle,
            Metrics metrics,
            Map<String, StoreMetrics> stores,
            PrometheusMeterRegistry registry) {
        this.config = config;
        this.lifecycle = lifecycle;
        this.stores = stores;
        this.registry = registry;
        this.health = new Health(config, lifecycle, metrics, stores);
    }

    @Override
    public Future<?> start() {
        Config.Http http = config.http();
        exposition = new Exposition(vertx, registry);
        return vertx.executeBlocking(() -> read(http)).compose(read -> {
            server = vertx.createHttpServer(options(http, read.ssl));
            access = new Access(http, read.token);
            server.connectionHandler(this::accept).requestHandler(router());
            return server.listen()
                    .recover(cause -> Future.failedFuture(
                            "can't listen on " + http.host() + ":" + http.port() + " for HTTP: " + cause.getMessage()));
        });
    }

    /**
     * The node runs: from now on there is more to see than its health. From any thread.
     *
     * @param reload has the configuration read again; is told who wants it
     * @param drain begins to drain the node, however often it is called
     */
    public Future<Void> open(
            NodeState node, Function<String, Future<ReloadOutcome>> reload, Runnable drain, String version) {
        Promise<Void> done = Promise.promise();
        context.runOnContext(v -> opening = vertx.executeBlocking(() -> {
                    exposition.open(node, lifecycle, stores, version);
                    return null;
                })
                .onSuccess(x -> isOpen = true)
                .compose(x -> new Api(vertx, node, lifecycle, stores, reload, drain, version).router())
                .onSuccess(router -> api = router)
                .<Void>mapEmpty()
                .onComplete(done));
        return done.future();
    }

    /**
     * Reads the token and the certificates that it is to have; fails when they can't be used. What comes back puts them
     * in place, for new connections and requests. From any thread.
     */
    public Future<Supplier<Future<Void>>> prepare(Config.Http next) {
        Promise<Supplier<Future<Void>>> done = Promise.promise();
        context.runOnContext(v -> vertx.executeBlocking(() -> read(next))
                .<Supplier<Future<Void>>>map(read -> () -> use(next, read))
                .onComplete(done));
        return done.future();
    }

    private record Prepared(String token, @Nullable PemKeyCertOptions ssl) {}

    private Prepared read(Config.Http http) throws IOException {
        Config.HttpSsl ssl = http.ssl();
        return new Prepared(
                token(http),
                ssl.enable()
                        ? CertificateFiles.read(ssl.certfile(), ssl.keyfile(), vertx)
                                .pem()
                        : null);
    }

    private Future<Void> use(Config.Http next, Prepared read) {
        Promise<Void> done = Promise.promise();
        context.runOnContext(v -> {
            access = new Access(next, read.token);
            Future<?> used = read.ssl == null
                    ? Future.succeededFuture()
                    : server.updateSSLOptions(new ServerSSLOptions().setKeyCertOptions(read.ssl), true);
            used.<Void>mapEmpty().onComplete(done);
        });
        return done.future();
    }

    /** The actual one. */
    public int port() {
        return server.actualPort();
    }

    private static String token(Config.Http http) throws IOException {
        if (!http.token().isEmpty()) {
            return http.token();
        }
        return TokenFile.readOrMake(Path.of(http.tokenFile()));
    }

    private static HttpServerOptions options(Config.Http http, @Nullable PemKeyCertOptions ssl) {
        HttpServerOptions options = new HttpServerOptions();
        options.setHost(http.host()).setPort(http.port());
        options.setMaxInitialLineLength(LINE_BYTES_MAX).setMaxHeaderSize(HEADER_BYTES_MAX);
        options.setIdleTimeout(IDLE_S_MAX).setCompressionSupported(true);
        options.setHttp2ClearTextEnabled(false).setUseAlpn(false);
        if (ssl != null) {
            options.setSsl(true).setKeyCertOptions(ssl);
        }
        return options;
    }

    private void accept(HttpConnection connection) {
        if (connections >= CONNECTIONS_MAX) {
            LOG.warn("{} HTTP connections: the one from {} is one too many", connections, connection.remoteAddress());
            connection.close();
            return;
        }
        connections++;
        connection.closeHandler(v -> connections--);
    }

    private Router router() {
        Router router = Router.router(vertx);
        router.route().handler(HttpVerticle::securityHeaders);
        health.addTo(router);
        router.route().handler(rc -> access.checkOrigin(rc));
        router.get("/metrics")
                .handler(this::checkOpen)
                .handler(rc -> access.checkMetricsToken(rc))
                .handler(exposition::scrape);
        router.route("/api/v1/*")
                .handler(this::checkOpen)
                .handler(rc -> access.checkToken(rc))
                .handler(this::api);
        router.route()
                .last()
                .handler(rc -> Problem.notFound(
                                "there is /health/live, /health/ready, /health/startup, /metrics, /api/v1")
                        .send(rc));
        router.errorHandler(400, Api::refused);
        router.errorHandler(413, Api::refused);
        router.errorHandler(500, HttpVerticle::bug);
        return router;
    }

    private void api(RoutingContext rc) {
        Router router = api;
        if (router == null) {
            Problem.unavailable("the API is being opened; ask again in a second")
                    .send(rc);
        } else {
            router.handleContext(rc);
        }
    }

    private void checkOpen(RoutingContext rc) {
        if (isOpen) {
            rc.next();
        } else {
            Problem.unavailable("the node is starting; /health/startup says what it is about")
                    .send(rc);
        }
    }

    private static void securityHeaders(RoutingContext rc) {
        rc.response()
                .putHeader("X-Content-Type-Options", "nosniff")
                .putHeader("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
                .putHeader("Cache-Control", "no-store");
        rc.next();
    }

    private static void bug(RoutingContext rc) {
        LOG.error("{} {} failed", rc.request().method(), rc.normalizedPath(), rc.failure());
        new Problem(500, "Internal error", "this is a bug of the broker; its log has more").send(rc);
    }

    @Override
    public Future<?> stop() {
        return opening.transform(
                x -> { // a stop may come while that is under way
                    exposition.close();
                    return server == null ? Future.succeededFuture() : server.close();
                });
    }
}
