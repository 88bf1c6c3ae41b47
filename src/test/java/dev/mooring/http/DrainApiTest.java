package dev.mooring.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.net.Socket;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** {@code POST /api/v1/drain}. */
class DrainApiTest {
    @Test
    @DisplayName("a drain is asked for by who has the token, is in the audit log, and can be asked for again")
    void drain() throws Exception {
        ListAppender<ILoggingEvent> audit = new ListAppender<>();
        Logger logger = (Logger) LoggerFactory.getLogger("audit");
        try (ApiClient api = ApiClient.start("", "{}");
                Socket client = api.connect("leaves")) {
            audit.start();
            logger.setLevel(Level.INFO); // as logback.xml has it; tests log less
            logger.addAppender(audit);
            assertThat(Answer.ask(api.port(), "POST", "/api/v1/drain", "").status())
                    .isEqualTo(401);
            assertThat(Answer.get(api.port(), "/health/ready").status()).isEqualTo(200);
            Answer first = api.ask(202, "drain", "/drain", "");
            assertThat(first.json().getInteger("connections_left")).isLessThanOrEqualTo(1);
            assertThat(client.getInputStream().read()).isEqualTo(0xE0);
            await().until(() -> api.ask(200, "getNode", "/node", "")
                    .json()
                    .getString("phase")
                    .equals("drained"));
            Answer second = api.ask(202, "drain", "/drain", "");
            assertThat(second.json().getString("phase")).isEqualTo("drained");
            assertThat(second.json().getInteger("connections_left")).isZero();
            assertThat(api.answered()).containsAll(api.operations(tag -> tag.equals("drain")));
        } finally {
            logger.setLevel(null);
            logger.detachAppender(audit);
        }
        assertThat(audit.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .satisfiesExactly(
                        line -> assertThat(line).contains("action=drain", "outcome=\"begun\"", "token@127.0.0.1"),
                        line -> assertThat(line).contains("action=drain", "outcome=\"had begun\""));
    }
}
