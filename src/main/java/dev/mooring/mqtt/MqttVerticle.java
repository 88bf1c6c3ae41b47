package dev.mooring.mqtt;

import dev.mooring.auth.Authenticator;
import dev.mooring.bus.Address;
import dev.mooring.bus.LocalBody;
import dev.mooring.config.Config;
import dev.mooring.config.Limits;
import dev.mooring.message.ReasonCode;
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
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/**
 * The MQTT endpoint on one event loop: its listeners, its {@link Loop}, and the consumer of {@code loop.<n>}. As many
 * are deployed as there are loops; Vert.x shares the listening sockets and spreads connections over them.
 *
 * <p>The listener is a {@code NetServer} with our own handlers in the Netty pipeline, in front of Vert.x's; ADR 1 says
 * why not {@code MqttServer}.
 */
public final class MqttVerticle extends VerticleBase {
    private static final String VERTX_HANDLER = "handler";
    private static final String MQTT_HANDLER = "mqtt";
    private static final int HTTP_HEADER_BYTES_MAX = 8_192;

    private final int number;
    private final NodeState node;
    private final List<NetServer> servers = new ArrayList<>();
    private Loop loop;
    private Authenticator authenticator;

    @SuppressWarnings("NullAway.Init") // by start()
    public MqttVerticle(int number, NodeState node) {
        this.number = number;
        this.node = node;
    }

    @Override
    public Future<?> start() {
        loop = new Loop(number, node, vertx, (ContextInternal) context);
        authenticator = new Authenticator(vertx, node.policy().get().users());
        vertx.setPeriodic(Loop.TICK_MS, t -> loop.tick());
        return vertx.eventBus()
                .<LocalBody>localConsumer(Address.loop(number), loop::receive)
                .completion();
    }

    /**
     * Opens the listeners, once every loop has started. From any thread.
     *
     * @param ports one for each listener of the configuration; a negative one lets the system choose, the same for all
     * @return the actual ports
     */
    public Future<List<Integer>> listen(List<Integer> ports) {
        Promise<List<Integer>> done = Promise.promise();
        context.runOnContext(v -> {
            Future<List<Integer>> all = Future.succeededFuture(new ArrayList<>());
            List<Config.Listener> listeners = node.config().listeners();
            for (int i = 0; i < listeners.size(); i++) {
                Config.Listener listener = listeners.get(i);
                int port = ports.get(i);
                int at = i;
                all = all.compose(actual -> listen(listener, at, port).map(p -> {
                    actual.add(p);
                    return actual;
                }));
            }
            all.onComplete(done);
        });
        return done.future();
    }

    private Future<Integer> listen(Config.Listener listener, int at, int port) {
        MqttServerOptions options = new MqttServerOptions();
        options.setHost(listener.host()).setPort(port);
        options.setTcpNoDelay(true).setReuseAddress(true).setAcceptBacklog(4_096);
        options.setUseProxyProtocol(listener.proxyProtocol());
        NetServer server = vertx.createNetServer(options).connectHandler(s -> accept(s, listener, at));
        servers.add(server);
        return server.listen()
                .map(NetServer::actualPort)
                .recover(cause -> Future.failedFuture(
                        "can't listen on " + listener.host() + ":" + port + ": " + cause.getMessage()));
    }

    private void accept(NetSocket socket, Config.Listener listener, int at) {
        Limits limits = node.config().limits();
        SocketAddress from = socket.remoteAddress();
        String address = from == null || from.hostAddress() == null ? "" : from.hostAddress();
        Arrival arrival = new Arrival(at, listener.name(), node.gate().opened(at), address);
        int bytes = limits.channelBytesMax();
        socket.setWriteQueueMaxSize(bytes);
        ChannelHandlerContext vertxHandler = ((NetSocketInternal) socket).channelHandlerContext();
        ChannelPipeline pipeline = vertxHandler.pipeline();
        pipeline.addBefore(
                VERTX_HANDLER, MQTT_HANDLER, new MqttConnection(loop, new Connecting(loop, authenticator, arrival)));
        if (listener.type() == Config.Transport.WS) {
            WebSocketFrames.install(
                    pipeline,
                    MQTT_HANDLER,
                    listener.path(),
                    HTTP_HEADER_BYTES_MAX,
                    limits.packetSizeMax(),
                    new HashSet<>(listener.origins()));
        }
    }

    /**
     * Ends every connection of this loop: each is told why, each session goes back to its authority. From any thread.
     */
    public Future<Void> drain(ReasonCode reason, String why) {
        Promise<Void> done = Promise.promise();
        context.runOnContext(v -> {
            loop.wake();
            List<MqttConnection> all = new ArrayList<>();
            loop.connections().forEach(all::add);
            all.forEach(c -> c.close(reason, why));
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
        closing.add(authenticator.close());
        return Future.join(closing);
    }
}
