package dev.mooring.mqtt;

import dev.mooring.metrics.ConnectionEnd;
import io.vertx.core.net.SocketAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * What is said of connections that come and go, by a logger of its own: {@code connections}. In JSON client, address,
 * reason and who wanted the end are fields.
 *
 * <p>What the broker ends is said at INFO. What clients do is said at DEBUG: where a hundred thousand go with a cell of
 * the network, figures by reason say it better, and a line for each would hold up the loops. Safe for all threads.
 */
final class ConnectionLog {
    private static final Logger LOG = LoggerFactory.getLogger("connections");

    private ConnectionLog() {}

    static void connected(String clientId, SocketAddress peer) {
        if (LOG.isDebugEnabled()) {
            at(Level.DEBUG, peer).addKeyValue("clientid", clientId).log(clientId + " connected from " + peer);
        }
    }

    static void ended(String clientId, SocketAddress peer, ConnectionEnd how, String why) {
        Level level = how.by() == ConnectionEnd.By.SERVER ? Level.INFO : Level.DEBUG;
        if (LOG.isEnabledForLevel(level)) {
            at(level, peer)
                    .addKeyValue("clientid", clientId)
                    .addKeyValue("by", how.by() == ConnectionEnd.By.SERVER ? "server" : "client")
                    .addKeyValue("reason", why)
                    .log(clientId + " from " + peer + " disconnected: " + why);
        }
    }

    static void endedEarly(SocketAddress peer, String why) {
        if (LOG.isDebugEnabled()) {
            at(Level.DEBUG, peer)
                    .addKeyValue("reason", why)
                    .log("connection from " + peer + " ended before CONNACK: " + why);
        }
    }

    private static LoggingEventBuilder at(Level level, SocketAddress peer) {
        return LOG.atLevel(level).addKeyValue("address", String.valueOf(peer));
    }
}
