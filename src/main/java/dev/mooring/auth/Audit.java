package dev.mooring.auth;

import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * The record of administrative actions: who did what, and what came of it. Lines of the logger {@code audit}, at INFO
 * whatever the level of the rest; as JSON each field is one of its own. Safe for all threads.
 */
public final class Audit {
    private static final Logger LOG = LoggerFactory.getLogger("audit");

    private Audit() {}

    /**
     * @param who the administrator, and from where, as {@code token@127.0.0.1}
     * @param action what was asked for, as {@code kickClient}
     * @param subject on what; may be empty
     * @param outcome {@code done}, or why not
     */
    public static void log(String who, String action, String subject, String outcome) {
        Map<String, String> fields = Map.of("who", who, "action", action, "subject", subject, "outcome", outcome);
        try {
            fields.forEach((name, value) -> MDC.put("audit_" + name, value));
            LOG.info("who={} action={} subject={} outcome={}", quoted(who), action, quoted(subject), quoted(outcome));
        } finally {
            fields.keySet().forEach(name -> MDC.remove("audit_" + name));
        }
    }

    /** A client id may have blanks and quotes in it: a field must not look like two. */
    private static String quoted(String text) {
        return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }
}
