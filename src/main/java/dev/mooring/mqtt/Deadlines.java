package dev.mooring.mqtt;

import dev.mooring.auth.Identity;
import dev.mooring.message.ReasonCode;
import org.jspecify.annotations.Nullable;

/**
 * How long a connection may be silent: until its CONNECT is accepted, counted from the accept, and by its keep alive
 * from then on. Counts in ticks of the loop. Confined to the connection's loop.
 */
final class Deadlines implements KeepAliveWheel.Watched {
    /** Null when it has ended: the wheel keeps this object for up to 100 s, and must not keep a session with it. */
    private @Nullable MqttConnection connection;

    private final Loop loop;
    private final long connectBy;
    private long lastRead;
    private long keepAlive; // 0: none
    private long lastUnread = Long.MAX_VALUE;

    Deadlines(MqttConnection owner, Loop loop) {
        this.connection = owner;
        this.loop = loop;
        // Bytes that trickle in do not move it.
        this.connectBy = loop.keepAlive.now() + loop.config().limits().connectTimeoutS() * 1000L / Loop.TICK_MS;
        loop.keepAlive.watch(this, connectBy);
    }

    void read() {
        lastRead = loop.keepAlive.now();
        lastUnread = Long.MAX_VALUE;
    }

    /**
     * CONNACK is out: one and a half times the keep alive counts from now on ([MQTT-3.1.2-22]).
     *
     * @param expiresAtMs see {@link Identity#expiresAtMs}
     */
    void connected(int keepAliveS, long expiresAtMs) {
        read();
        if (expiresAtMs != Identity.NEVER) {
            expires(expiresAtMs - loop.nowMs());
        }
        keepAlive = keepAliveS * 1500L / Loop.TICK_MS;
        if (keepAlive > 0) {
            loop.keepAlive.watch(this, lastRead + keepAlive);
        }
    }

    /** What the client was let in by ends then, though it may go on to talk: MQTT 5.0 calls that 0xA0. */
    private void expires(long inMs) {
        long at = loop.keepAlive.now() + Math.max(1, inMs / Loop.TICK_MS);
        loop.keepAlive.watch(
                nowTick -> {
                    MqttConnection c = connection;
                    if (c == null || nowTick < at) {
                        return c == null ? -1 : at;
                    }
                    c.close(ReasonCode.MAXIMUM_CONNECT_TIME, "what the client was let in by has expired");
                    return -1;
                },
                at);
    }

    void ended() {
        connection = null;
    }

    @Override
    public long due(long nowTick) {
        MqttConnection c = connection;
        return c == null ? -1 : due(c, nowTick);
    }

    private long due(MqttConnection c, long nowTick) {
        if (c.state() != MqttConnection.State.CONNECTED) {
            if (nowTick < connectBy) {
                return connectBy;
            }
            c.close(ReasonCode.MAXIMUM_CONNECT_TIME, "no CONNECT in time");
            return -1;
        }
        if (keepAlive == 0) {
            return -1;
        }
        if (c.reading().isStopped()) { // silent because we don't listen; but then it has to read
            long unread = c.reading().unreadBytes();
            boolean moves = unread == 0 || unread < lastUnread;
            lastUnread = unread;
            if (moves) {
                return nowTick + keepAlive;
            }
        }
        if (nowTick - lastRead < keepAlive) {
            return lastRead + keepAlive;
        }
        loop.node.metrics().keepAliveTimeouts.increment();
        c.close(ReasonCode.KEEP_ALIVE_TIMEOUT, "keep alive timeout");
        return -1;
    }
}
