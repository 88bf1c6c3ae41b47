package dev.mooring.mqtt;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/**
 * Connections that have ended and whose socket is still open, because the client has not read the last words or goes on
 * sending. Nothing else counts them any more, so they have a bound and a time of their own. Confined to one loop.
 */
final class Lingering {
    /** More are closed at once. */
    private static final int MAX = 1_000;

    private static final long TICKS = 3_000 / Loop.TICK_MS;

    private static final ThrowAway THROW_AWAY = new ThrowAway();

    private final KeepAliveWheel wheel;
    private int count;

    Lingering(KeepAliveWheel wheel) {
        this.wheel = wheel;
    }

    /** Closes the socket after a while, if it is not closed already. */
    void limit(Channel channel) {
        if (channel.isOpen()) {
            Closing closing = new Closing(channel);
            channel.closeFuture().addListener(closed -> closing.channel = null);
            wheel.watch(closing, wheel.now() + TICKS);
        }
    }

    /** Whether the client may be waited for. What it sends from now on is thrown away, before it is even decrypted. */
    boolean begin(Channel channel) {
        if (count == MAX) {
            return false;
        }
        count++;
        channel.closeFuture().addListener(closed -> count--);
        channel.pipeline().addFirst(THROW_AWAY);
        channel.config().setAutoRead(true);
        return true;
    }

    @Sharable
    private static final class ThrowAway extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object msg) {
            ReferenceCountUtil.release(msg);
        }
    }

    private static final class Closing implements KeepAliveWheel.Watched {
        /** Null when it is closed: the wheel keeps this object for the whole while, and must not keep all behind it. */
        private @Nullable Channel channel;

        Closing(Channel channel) {
            this.channel = channel;
        }

        @Override
        public long due(long nowTick) {
            Channel open = channel;
            if (open != null) {
                open.close();
            }
            return -1;
        }
    }
}
