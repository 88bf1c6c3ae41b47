package dev.mooring.hazard;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.mooring.TestBroker;
import dev.mooring.message.ReasonCode;
import dev.mooring.metrics.Metrics;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Every connection's end has a reason, which is counted and logged. */
class ConnectionEndTest {
    @Test
    @DisplayName("ends are counted by who wanted them and why; the log has fields for it")
    void reasons() {
        Logger logger = (Logger) LoggerFactory.getLogger("connections");
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        Level before = logger.getLevel();
        logger.setLevel(Level.DEBUG);
        logger.addAppender(log);
        try (TestBroker broker = TestBroker.start("{}")) {
            end(broker, "says-goodbye", p -> p.send(Bytes.DISCONNECT));
            end(broker, "wants-its-will", p -> p.send(Bytes.u8(0xE0, 1, 0x04)));
            end(broker, "closes", p -> {});
            end(broker, "resets", Peer::abort);
            end(broker, "sends-rubbish", p -> p.send(Bytes.u8(0x00, 0x00)));
            end(broker, "is-twice-there", p -> end(broker, "is-twice-there", second -> second.send(Bytes.DISCONNECT)));
            Metrics m = broker.broker().metrics();
            Wait.until("all ends are counted", () -> m.connections.get() == 0);
            assertThat(m.connectionsClosedByClient.get(ReasonCode.SUCCESS)).isEqualTo(2);
            assertThat(m.connectionsClosedByClient.get(ReasonCode.DISCONNECT_WITH_WILL))
                    .isEqualTo(1);
            assertThat(m.connectionsClosedSilently.sum() + m.connectionsLost.sum())
                    .isEqualTo(2);
            assertThat(m.connectionsClosedByServer.get(ReasonCode.MALFORMED_PACKET))
                    .isEqualTo(1);
            assertThat(m.connectionsClosedByServer.get(ReasonCode.SESSION_TAKEN_OVER))
                    .isEqualTo(1);
        } finally {
            logger.detachAppender(log);
            logger.setLevel(before);
        }
        assertThat(fields(log.list, "closes")).containsEntry("by", "client").containsKeys("address", "reason");
        assertThat(fields(log.list, "sends-rubbish")).containsEntry("by", "server");
        assertThat(fields(log.list, "wants-its-will")).containsEntry("reason", "DISCONNECT DISCONNECT_WITH_WILL");
    }

    private interface Act {
        void on(Peer peer);
    }

    private static void end(TestBroker broker, String clientId, Act act) {
        try (Peer peer = Peer.online(broker.port(), 5, clientId)) {
            act.on(peer);
        }
    }

    /** Of the line that says that the client is gone. */
    private static Map<String, Object> fields(List<ILoggingEvent> log, String clientId) {
        Map<String, Object> fields = new TreeMap<>();
        for (ILoggingEvent event : log) {
            if (event.getMessage().startsWith(clientId + " from ")) {
                event.getKeyValuePairs().forEach(pair -> fields.put(pair.key, pair.value));
            }
        }
        return fields;
    }
}
