package dev.mooring.mqtt;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollChannelOption;
import io.vertx.core.impl.transports.EpollTransport;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.transport.Transport;
import org.jspecify.annotations.Nullable;

/**
 * Vert.x's transport for epoll, but that an accepted socket is not told what it is anyway. Each of these is a system
 * call for each connection: TCP_USER_TIMEOUT, TCP_CORK and SO_KEEPALIVE are off until somebody sets them, and
 * TCP_NODELAY is set by Netty already.
 */
public final class EpollSockets extends EpollTransport implements Transport {
    @Override
    public String name() {
        return Transport.EPOLL.name();
    }

    @Override
    public boolean available() {
        return isAvailable();
    }

    @Override
    public @Nullable Throwable unavailabilityCause() {
        return super.unavailabilityCause();
    }

    @Override
    public EpollTransport implementation() {
        return this;
    }

    @Override
    public void configure(NetServerOptions options, boolean domainSocket, ServerBootstrap bootstrap) {
        super.configure(options, domainSocket, bootstrap);
        if (options.getTcpUserTimeout() == 0) {
            bootstrap.childOption(EpollChannelOption.TCP_USER_TIMEOUT, null);
        }
        if (!options.isTcpCork()) {
            bootstrap.childOption(EpollChannelOption.TCP_CORK, null);
        }
        if (!options.isTcpKeepAlive()) {
            bootstrap.childOption(ChannelOption.SO_KEEPALIVE, null);
        }
        if (options.isTcpNoDelay()) {
            bootstrap.childOption(ChannelOption.TCP_NODELAY, null);
        }
    }
}
