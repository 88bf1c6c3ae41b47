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
        if (!stopped && channel != null) {
            stopped = true;
            channel.config().setAutoRead(false);
        }
    }

    /** False, and the socket stopped, while a store or another loop has no room for what it may bring. */
    boolean mayGoOn() {
        if (!loop.takesMore()) {
            stop();
            loop.waitForRoom(connection);
            return false;
        }
        return connection.state() == MqttConnection.State.CONNECTED;
    }

    boolean isStopped() {
        return stopped;
    }

    void resume() {
        Channel c = channel;
        if (stopped && c != null && isOpen()) {
            stopped = false;
            decoder.resume(); // may stop it again
            if (!stopped && isOpen()) {
                c.config().setAutoRead(true);
                deadlines.read();
            }
        }
    }

    private boolean isOpen() {
        return connection.state() != MqttConnection.State.CLOSED;
    }
}
