package dev.mooring.cluster;

import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A bad network in front of a node: cuts connections, or lets nothing through without cutting them. */
final class CutProxy implements AutoCloseable {
    private final NetServer server;
    private final NetClient client;
    private final Set<NetSocket> sockets = ConcurrentHashMap.newKeySet();
    private volatile boolean down;
    private volatile boolean stalled;

    private CutProxy(Vertx vertx, int target) {
        client = vertx.createNetClient();
        server = vertx.createNetServer().connectHandler(in -> {
            in.pause();
            if (down) {
                in.close();
                return;
            }
            client.connect(target, "127.0.0.1").onFailure(e -> in.close()).onSuccess(out -> join(in, out));
        });
    }

    static CutProxy start(Vertx vertx, int target) {
        CutProxy proxy = new CutProxy(vertx, target);
        TestNode.get(proxy.server.listen(0, "127.0.0.1"));
        return proxy;
    }

    int port() {
        return server.actualPort();
    }

    private void join(NetSocket in, NetSocket out) {
        pass(in, out);
        pass(out, in);
        if (down) {
            in.close();
        }
        in.resume();
    }

    private void pass(NetSocket from, NetSocket to) {
        sockets.add(from);
        from.handler(buffer -> {
            to.write(buffer);
            if (to.writeQueueFull()) {
                from.pause();
                to.drainHandler(v -> {
                    if (!stalled) {
                        from.resume();
                    }
                });
            }
        });
        if (stalled) {
            from.pause();
        }
        from.closeHandler(v -> {
            sockets.remove(from);
            to.close();
        });
    }

    /** All connections end now; new ones may be made. */
    void cut() {
        sockets.forEach(NetSocket::close);
    }

    /** All connections end, and there are no new ones. */
    void down(boolean now) {
        down = now;
        if (now) {
            cut();
        }
    }

    /** As if the process behind it were stopped: connections stand, and nothing moves. */
    void stall(boolean now) {
        stalled = now;
        sockets.forEach(now ? NetSocket::pause : NetSocket::resume);
    }

    @Override
    public void close() {
        down(true);
        TestNode.get(server.close());
        TestNode.get(client.close());
    }
}
