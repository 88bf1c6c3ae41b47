package dev.mooring.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What Netty makes of long work that is cut into turns. */
class NextTurnTest {
    private static final int TURNS_MAX = 10_000;

    private final CompletableFuture<Channel> accepted = new CompletableFuture<>();
    private final CompletableFuture<Integer> turns = new CompletableFuture<>();
    private boolean read; // confined to the loop

    @Test
    @DisplayName("hazard 15: work that goes on turn after turn lets the loop's sockets be read in between")
    void socketsHaveTheirTurn() throws Exception {
        EventLoopGroup one = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        try {
            Channel server = new ServerBootstrap()
                    .group(one)
                    .channel(NioServerSocketChannel.class)
                    .childHandler(new ChannelInboundHandlerAdapter() {
                        @Override
                        public void channelActive(ChannelHandlerContext context) {
                            accepted.complete(context.channel());
                        }

                        @Override
                        public void channelRead(ChannelHandlerContext context, Object msg) {
                            read = true;
                            ReferenceCountUtil.release(msg);
                        }
                    })
                    .bind("127.0.0.1", 0)
                    .sync()
                    .channel();
            int port = ((InetSocketAddress) server.localAddress()).getPort();
            try (Socket client = new Socket("127.0.0.1", port)) {
                EventLoop loop = accepted.get(10, TimeUnit.SECONDS).eventLoop();
                loop.execute(() -> {
                    write(client); // before the first turn: what follows can't be told from luck
                    turn(loop, 1);
                });
                assertThat(turns.get(10, TimeUnit.SECONDS)).isLessThan(100);
            }
        } finally {
            one.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
        }
    }

    private void turn(EventLoop loop, int count) {
        if (read || count == TURNS_MAX) {
            turns.complete(count);
        } else {
            Loop.nextTurn(loop, () -> turn(loop, count + 1));
        }
    }

    private static void write(Socket client) {
        try {
            client.getOutputStream().write(1);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
