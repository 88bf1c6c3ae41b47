package dev.mooring.auth;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

class AuditTest {
    @Test
    void anActionIsOneLineWithItsFieldsWhateverIsInThem() {
        Logger logger = (Logger) LoggerFactory.getLogger("audit");
        ListAppender<ILoggingEvent> seen = new ListAppender<>();
        seen.start();
        Level before = logger.getLevel();
        logger.setLevel(Level.INFO); // as logback.xml has it; tests log less
        logger.addAppender(seen);
        try {
            Audit.log("admin@127.0.0.1", "clients.kick", "a \" outcome=\"done", "no such client");
        } finally {
            logger.setLevel(before);
            logger.detachAppender(seen);
        }
        assertThat(seen.list).hasSize(1);
        ILoggingEvent event = seen.list.get(0);
        assertThat(event.getLevel()).isEqualTo(Level.INFO);
        assertThat(event.getFormattedMessage())
                .isEqualTo("who=\"admin@127.0.0.1\" action=clients.kick subject=\"a \\\" outcome=\\\"done\""
                        + " outcome=\"no such client\"");
        assertThat(event.getMDCPropertyMap())
                .containsEntry("audit_who", "admin@127.0.0.1")
                .containsEntry("audit_subject", "a \" outcome=\"done");
        assertThat(MDC.get("audit_who")).isNull();
    }
}
