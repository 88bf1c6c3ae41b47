package dev.mooring.mqtt;

import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/** Whether a connection's socket is read: back-pressure towards the client. Confined to the connection's loop. */
final class Reading {
    private final MqttConnection connection;
    private final Loop loop;
    private final PacketDecoder decoder;
    private final Deadlines deadlines;
    private @Nullable Channel channel;
    private boolean stopped;
    /**
     * Whether the socket was told so: that costs a system call, and most pauses for a CONNECT are over before more
     * comes.
     */
    private boolean silenced;

    private boolean waitsForRoom;

    Reading(MqttConnection connection, Loop loop, PacketDecoder decoder, Deadlines deadlines) {
        this.connection = connection;
        this.loop = loop;
        this.decoder = decoder;
        this.deadlines = deadlines;
    }

    void channel(Channel opened) {
        channel = opened;
    }

    void stop() {
        pause();
        silence();
    }

    /** As {@link #stop}, but the socket is left alone until it has brought something once more. */
    void pause() {
        stopped = channel != null;
    }

    /** The socket has brought something. */
    void arrived() {
        if (stopped && isOpen()) {
            silence();
        }
    }

    private void silence() {
        Channel c = channel;
        if (!silenced && c != null) {
            silenced = true;
            c.config().setAutoRead(false);
        }
    }

    /**
     * After a packet. False, and the socket stopped, while this loop, a store or another loop has no room for what it
     * brings.
     */
    boolean mayGoOn() {
        loop.arrivals.worked(1);
        if (!hasRoom()) {
            stop();
            return false;
        }
        return connection.state() == MqttConnection.State.CONNECTED;
    }

    /** If not, it is told when there is some. */
    private boolean hasRoom() {
        waitsForRoom = !loop.room.takesMore(connection);
        return !waitsForRoom;
    }

    void room() {
        waitsForRoom = false;
        resume();
    }

    /** A client that does not read what it asked for, or our answers, is not heard until it does. */
    void stopIfUnread() {
        if (unreadBytes() > 0 && connection.state() == MqttConnection.State.CONNECTED) {
            stop();
        }
    }

    /** What the client has to read before it is written to and heard again; 0 when it is not behind. */
    long unreadBytes() {
        Channel c = channel;
        return c == null ? 0 : c.bytesBeforeWritable();
    }

    boolean isStopped() {
        return stopped;
    }

    /** Reads again if it may; if not, the loop's tick asks again, or the loop when it has room. */
    void goOn(boolean may) {
        if (waitsForRoom) {
            return;
        }
        if (stopped && may) {
            loop.room.readBegins();
            if (!hasRoom()) {
                return;
            }
            resume();
        }
        if (stopped) {
            connection.tickNext();
        }
    }

    void resume() {
        Channel c = channel;
        if (stopped && c != null && isOpen() && unreadBytes() == 0) {
            stopped = false;
            loop.room.readBegins();
            decoder.resume(); // may stop it again
            if (!stopped && isOpen()) {
                if (silenced) {
                    silenced = false;
                    c.config().setAutoRead(true);
                }
                deadlines.read();
            }
        }
    }

    private boolean isOpen() {
        return connection.state() != MqttConnection.State.CLOSED;
    }
}
