package dev.mooring.mqtt;

import dev.mooring.config.Config;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetServer;
import io.vertx.mqtt.MqttServerOptions;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the certificates of one listener as they are in their files: connections that are open go on, new ones get what
 * is there now. What can't be used is logged, and the last that could stays. Confined to the context that made it; one
 * for all loops, which share the listening socket and its certificates.
 */
final class TlsListener {
    private static final Logger LOG = LoggerFactory.getLogger(TlsListener.class);

    private final Vertx vertx;
    private final NetServer server;
    private final String name;
    private Config.Tls tls;
    private String digest;
    private long timer = -1;
    private Future<Void> reading = Future.succeededFuture();
    private Future<?> preparing = Future.succeededFuture();

    /** @param files with which the server was opened */
    TlsListener(Vertx vertx, NetServer server, Config.Listener listener, Config.Tls tls, TlsFiles files) {
        this.vertx = vertx;
        this.server = server;
        this.name = listener.name();
        this.tls = tls;
        this.digest = files.digest();
        look();
    }

    private void look() {
        vertx.cancelTimer(timer);
        timer = tls.reloadS() > 0 ? vertx.setPeriodic(tls.reloadS() * 1000L, t -> lookAgain()) : -1;
    }

    /** A disk that is slow is not asked more and more at once. */
    private void lookAgain() {
        if (reading.isComplete()) {
            reload();
        }
    }

    /** Looks no more; completes when no thread reads for it. */
    Future<Void> close() {
        vertx.cancelTimer(timer);
        return Future.join(reading, preparing).transform(x -> Future.succeededFuture());
    }

    String name() {
        return name;
    }

    /**
     * Reads what it is to have; fails when that can't be used. What comes back puts it in place, on the same context.
     */
    Future<Supplier<Future<Void>>> prepare(Config.Tls next) {
        Future<TlsFiles> read = vertx.executeBlocking(() -> TlsFiles.read(next, vertx), false);
        preparing = read;
        return read.map(files -> () -> {
            boolean same = next.equals(tls) && files.digest().equals(digest);
            tls = next;
            look();
            return same ? Future.succeededFuture() : use(files);
        });
    }

    /** The same certificates for a server that is not open yet. */
    static void set(MqttServerOptions options, TlsFiles files) {
        options.setSsl(true);
        options.setKeyCertOptions(files.options().getKeyCertOptions());
        options.setTrustOptions(files.options().getTrustOptions());
        options.setClientAuth(files.options().getClientAuth());
        options.setEnabledSecureTransportProtocols(files.options().getEnabledSecureTransportProtocols());
        files.options().getEnabledCipherSuites().forEach(options::addEnabledCipherSuite);
        files.options().getCrlValues().forEach(options::addCrlValue);
        options.setSslHandshakeTimeout(files.options().getSslHandshakeTimeout())
                .setSslHandshakeTimeoutUnit(files.options().getSslHandshakeTimeoutUnit());
    }

    /** Fails when the files can't be used; then nothing has changed. */
    Future<Void> reload() {
        reading = reading.transform(x -> read());
        return reading;
    }

    private Future<Void> read() {
        return vertx.executeBlocking(() -> TlsFiles.read(tls, vertx), false)
                .compose(files -> files.digest().equals(digest) ? Future.succeededFuture() : use(files))
                .onFailure(e -> LOG.error(
                        "the certificates of listener {} can't be used, the last ones stay: {}", name, e.getMessage()));
    }

    private Future<Void> use(TlsFiles files) {
        return server.updateSSLOptions(files.options(), true).map(changed -> {
            digest = files.digest();
            LOG.info("listener {} has new certificates", name);
            return null;
        });
    }
}
