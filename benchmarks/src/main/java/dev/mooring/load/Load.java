package dev.mooring.load;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;

/**
 * A load generator: any number of clients on one event loop, so that one clock and no lock is enough, and so that it
 * takes one core at most. Its methods are for one other thread.
 */
public final class Load implements AutoCloseable {
    /** CONNECTs under way. More would fill the backlogs of some brokers. */
    private static final int CONNECTING = 100;
    /** Below the ephemeral ports of one address. */
    private static final int PER_ADDRESS = 20_000;

    private static final int TIMEOUT_S = 60;
    /** Without any progress for so long, what is missing is lost. */
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(8);

    private static final long POLL_NS = TimeUnit.MILLISECONDS.toNanos(1);

    private final MultiThreadIoEventLoopGroup group;
    private final EventLoop loop;
    private final Class<? extends Channel> channel;
    private final Set<Connection> open = new HashSet<>();
    private int failures;
    private String failure = "";

    public Load() {
        boolean epoll = Epoll.isAvailable();
        IoHandlerFactory factory = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
        group = new MultiThreadIoEventLoopGroup(1, factory);
        loop = group.next();
        channel = epoll ? EpollSocketChannel.class : NioSocketChannel.class;
    }

    public EventLoop loop() {
        return loop;
    }

    /** Runs on the loop, and waits for it. */
    public <T> T call(Callable<T> task) {
        return await(CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return task.call();
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                },
                loop));
    }

    public void run(Runnable task) {
        call(() -> {
            task.run();
            return true;
        });
    }

    /** Connects so many clients, and waits for their CONNACKs. */
    public List<Connection> connect(
            int port, int count, boolean clean, IntFunction<String> clientId, IntFunction<Role> role) {
        Connecting connecting = new Connecting(port, count, clean, clientId, role);
        loop.execute(connecting::more);
        return await(connecting.done);
    }

    /** On the loop. */
    private final class Connecting {
        private final int port;
        private final int count;
        private final boolean clean;
        private final IntFunction<String> clientId;
        private final IntFunction<Role> role;
        private final List<Connection> connections = new ArrayList<>();
        private final CompletableFuture<List<Connection>> done = new CompletableFuture<>();
        private int begun;

        Connecting(int port, int count, boolean clean, IntFunction<String> clientId, IntFunction<Role> role) {
            this.port = port;
            this.count = count;
            this.clean = clean;
            this.clientId = clientId;
            this.role = role;
        }

        void more() {
            if (count == 0) {
                done.complete(connections);
            }
            while (begun < count && begun - connections.size() < CONNECTING && !done.isDone()) {
                int number = begun++;
                Connection connection = new Connection(Load.this, clientId.apply(number), clean, role.apply(number));
                connection.connected().whenComplete(this::answered);
                open(connection, port, number);
            }
        }

        private void answered(Connection connection, Throwable failed) {
            if (failed != null) {
                done.completeExceptionally(failed);
                return;
            }
            connections.add(connection);
            if (connections.size() == count) {
                done.complete(connections);
            } else {
                loop.execute(this::more);
            }
        }
    }

    private void open(Connection connection, int port, int number) {
        Bootstrap bootstrap = new Bootstrap()
                .group(group)
                .channel(channel)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .option(ChannelOption.RECVBUF_ALLOCATOR, new AdaptiveRecvByteBufAllocator(64, 2_048, 65_536))
                .handler(connection);
        if (number >= PER_ADDRESS) {
            bootstrap.localAddress("127.0.0." + (1 + number / PER_ADDRESS), 0);
        }
        ChannelFuture opened = bootstrap.connect("127.0.0.1", port);
        opened.addListener(result -> {
            if (!result.isSuccess()) {
                connection.fail(result.cause().toString());
            }
        });
    }

    public void close(List<Connection> connections) {
        run(() -> connections.forEach(Connection::close));
    }

    /** After something went wrong. */
    public void closeAll() {
        run(() -> List.copyOf(open).forEach(Connection::close));
    }

    /** On the loop. */
    void opened(Connection connection) {
        open.add(connection);
    }

    /** On the loop. */
    void closed(Connection connection) {
        open.remove(connection);
    }

    /**
     * Waits until something is done, or does not go on any more.
     *
     * @param progress what changes as long as it goes on; called on the loop, as {@code done}
     */
    void settle(LongSupplier progress, BooleanSupplier done) {
        long before = -1;
        long sinceNs = System.nanoTime();
        while (!call(done::getAsBoolean) && System.nanoTime() - sinceNs < PATIENCE_NS) {
            LockSupport.parkNanos(POLL_NS);
            long now = call(progress::getAsLong);
            if (now != before) {
                before = now;
                sinceNs = System.nanoTime();
            }
        }
    }

    public static <T> T await(CompletableFuture<T> future) {
        try {
            return future.get(TIMEOUT_S, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IllegalStateException("no answer within " + TIMEOUT_S + " s", e);
        } catch (ExecutionException e) {
            String why = e.getCause().getMessage();
            throw new IllegalStateException(why == null ? e.getCause().toString() : why, e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** On the loop. */
    void failed(String why) {
        failures++;
        failure = why;
    }

    /** What went wrong with connections since this was asked last; empty: nothing. */
    public String failure() {
        return call(() -> {
            String text = failures == 0 ? "" : failures == 1 ? failure : failures + " ×: " + failure;
            failures = 0;
            return text;
        });
    }

    @Override
    public void close() {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(5_000);
    }
}
