package dev.mooring.mqtt;

import dev.mooring.auth.Authenticator;
import dev.mooring.bus.Address;
import dev.mooring.bus.LocalBody;
import dev.mooring.config.Config;
import dev.mooring.config.Limits;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.SocketAddress;
import io.vertx.mqtt.MqttServerOptions;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The MQTT endpoint on one event loop: its listeners, its {@link Loop}, and the consumer of {@code loop.<n>}. As many
 * are deployed as there are loops; Vert.x shares the listening sockets and spreads connections over them.
 *
 * <p>The listener is a {@code NetServer} with our own handlers in the Netty pipeline, in front of Vert.x's; ADR 1 says
 * why not {@code MqttServer}.
 */
public final class MqttVerticle extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(MqttVerticle.class);
    private static final String VERTX_HANDLER = "handler";
    private static final String MQTT_HANDLER = "mqtt";
    private static final int HTTP_HEADER_BYTES_MAX = 8_192;

    private final int number;
    private final NodeState node;
    private final List<NetServer> servers = new ArrayList<>();
    private final List<TlsListener> certificates = new ArrayList<>();
    private Loop loop;
    private Departures departures;
    private Authenticator authenticator;

    @SuppressWarnings("NullAway.Init") // by start()
    public MqttVerticle(int number, NodeState node) {
        this.number = number;
        this.node = node;
    }

    @Override
    public Future<?> start() {
        loop = new Loop(number, node, vertx, (ContextInternal) context);
        departures = new Departures(loop);
        authenticator = new Authenticator(node.hashing());
        vertx.setPeriodic(Loop.TICK_MS, t -> {
            node.metrics().loops().get(number).turned(System.nanoTime(), Loop.TICK_MS);
            loop.tick();
        });
        return vertx.eventBus()
                .<LocalBody>localConsumer(Address.loop(number), loop::receive)
                .completion();
    }

    /** For tests of what it writes. */
    Loop loop() {
        return loop;
    }

    /**
     * Opens a listener, once every loop has started. From any thread.
     *
     * @param at its number in the configuration
     * @param port a negative one lets the system choose, the same for all loops
     * @return the actual port
     */
    public Future<Integer> listen(int at, int port) {
        Promise<Integer> done = Promise.promise();
        context.runOnContext(
                v -> listen(node.config().get().listeners().get(at), at, port).onComplete(done));
        return done.future();
    }

    private Future<Integer> listen(Config.Listener listener, int at, int port) {
        Config.Tls tls = listener.tls();
        if (tls == null) {
            return open(listener, at, port, null).map(NetServer::actualPort);
        }
        return vertx.executeBlocking(() -> TlsFiles.read(tls, vertx), false)
                .recover(e -> Future.failedFuture("listener " + listener.name() + ": " + e.getMessage()))
                .compose(files -> open(listener, at, port, files).map(server -> {
                    if (number == 0) { // the loops share what the first one has opened
                        certificates.add(new TlsListener(vertx, server, listener, tls, files));
                    }
                    return server.actualPort();
                }));
    }

    private Future<NetServer> open(Config.Listener listener, int at, int port, @Nullable TlsFiles tls) {
        MqttServerOptions options = new MqttServerOptions();
        options.setHost(listener.host()).setPort(port);
        options.setTcpNoDelay(true).setReuseAddress(true).setAcceptBacklog(4_096);
        options.setUseProxyProtocol(listener.proxyProtocol());
        if (tls != null) {
            TlsListener.set(options, tls);
        }
        NetServer server = vertx.createNetServer(options).connectHandler(s -> accept(s, at));
        server.exceptionHandler(e -> {
            node.metrics().handshakesFailed.increment();
            LOG.debug("no connection on listener {}: {}", listener.name(), String.valueOf(e.getMessage()));
        });
        servers.add(server);
        return server.listen()
                .recover(cause -> Future.failedFuture(
                        "can't listen on " + listener.host() + ":" + port + ": " + cause.getMessage()));
    }

    private void accept(NetSocket socket, int at) {
        Config.Listener listener = loop.config().listeners().get(at);
        Limits limits = loop.bounds(at).limits();
        SocketAddress from = socket.remoteAddress();
        String address = from.hostAddress();
        Arrival arrival = new Arrival(
                at,
                listener.name(),
                node.gate().opened(at),
                from,
                address == null ? "" : address,
                limits,
                certificate(socket));
        int bytes = limits.channelBytesMax();
        socket.setWriteQueueMaxSize(bytes);
        ChannelHandlerContext vertxHandler = ((NetSocketInternal) socket).channelHandlerContext();
        ChannelPipeline pipeline = vertxHandler.pipeline();
        pipeline.addBefore(
                VERTX_HANDLER, MQTT_HANDLER, new MqttConnection(loop, new Connecting(loop, authenticator, arrival)));
        if (listener.type().isWebSocket()) {
            WebSocketFrames.install(
                    pipeline,
                    MQTT_HANDLER,
                    listener.path(),
                    HTTP_HEADER_BYTES_MAX,
                    limits.packetSizeMax(),
                    new HashSet<>(listener.origins()));
        }
        // Vert.x's own handler has done its part. With it goes the NetSocket, whose write queue alone is 4.6 KiB.
        pipeline.remove(VERTX_HANDLER);
    }

    private static @Nullable X509Certificate certificate(NetSocket socket) {
        try {
            return socket.isSsl() && socket.peerCertificates().get(0) instanceof X509Certificate shown ? shown : null;
        } catch (SSLPeerUnverifiedException e) { // it has shown none
            return null;
        }
    }

    /** Reads the certificates of the listeners again; fails when some can't be used. From any thread. */
    public Future<Void> reloadCertificates() {
        Promise<Void> done = Promise.promise();
        context.runOnContext(
                v -> Future.join(certificates.stream().map(TlsListener::reload).toList())
                        .<Void>mapEmpty()
                        .onComplete(done));
        return done.future();
    }

    /**
     * Reads the certificates that the listeners are to have; fails, by the name of the listener, when some can't be
     * used. What comes back puts them in place, for new connections. From any thread.
     */
    public Future<Supplier<Future<Void>>> certificates(Config next) {
        Promise<Supplier<Future<Void>>> done = Promise.promise();
        context.runOnContext(v -> {
            List<Future<Supplier<Future<Void>>>> all = new ArrayList<>();
            for (TlsListener open : certificates) {
                for (Config.Listener listener : next.listeners()) {
                    if (listener.name().equals(open.name()) && listener.tls() != null) {
                        all.add(open.prepare(listener.tls())
                                .recover(e -> Future.failedFuture("listener " + open.name() + ": " + e.getMessage())));
                    }
                }
            }
            Future.join(all)
                    .<Supplier<Future<Void>>>map(x -> () -> putInPlace(all))
                    .onComplete(done);
        });
        return done.future();
    }

    private Future<Void> putInPlace(List<Future<Supplier<Future<Void>>>> prepared) {
        Promise<Void> done = Promise.promise();
        context.runOnContext(v -> Future.join(
                        prepared.stream().map(one -> one.result().get()).toList())
                .<Void>mapEmpty()
                .onComplete(done));
        return done.future();
    }

    /**
     * Begins to send that many clients of this loop away: each session is handed over, then its client is told why.
     * From any thread. Returns how many there were.
     */
    public Future<Integer> sendAway(int max) {
        Promise<Integer> done = Promise.promise();
        context.runOnContext(v -> {
            loop.wake();
            done.complete(departures.begin(max));
        });
        return done.future();
    }

    /** Ends the connections whose sessions are being handed over: there is no time left. From any thread. */
    public Future<Void> endDepartures() {
        Promise<Void> done = Promise.promise();
        context.runOnContext(v -> {
            loop.wake();
            departures.endAll();
            done.complete();
        });
        return done.future();
    }

    @Override
    public Future<?> stop() {
        List<Future<?>> closing = new ArrayList<>();
        for (NetServer server : servers) {
            closing.add(server.close());
        }
        certificates.forEach(listener -> closing.add(listener.close()));
        return Future.join(closing).compose(v -> channelsClosed());
    }

    /**
     * Nobody waits for the last channels, which were told to close: that is a task of this loop, and what it means for
     * their sessions another one behind it.
     */
    private Future<Void> channelsClosed() {
        Promise<Void> done = Promise.promise();
        context.runOnContext(v -> context.runOnContext(w -> done.complete()));
        return done.future();
    }
}
