package dev.mooring.store.redis;

import dev.mooring.store.StoreReply;
import java.util.List;

/**
 * What an error of Redis means for an operation. Whatever is not known to be for good is tried again: a command that
 * failed for a passing reason must not be lost.
 */
final class RedisErrors {
    /** First words of errors that no repetition heals. */
    private static final List<String> FOR_GOOD = List.of("WRONGTYPE", "NOPERM", "ERR", "NOTSUPPORTED");
    /** Texts under "ERR" that pass nevertheless. */
    private static final List<String> PASSING =
            List.of("max number of clients", "loading", "unknown node", "failover", "replica", "no such master");

    private RedisErrors() {}

    static StoreReply.Failed failed(Throwable cause) {
        String text = text(cause);
        return new StoreReply.Failed(!isForGood(text), text + advice(text));
    }

    static boolean isForGood(String text) {
        return startsWithAny(text, FOR_GOOD)
                && PASSING.stream().noneMatch(text.toLowerCase(java.util.Locale.ROOT)::contains);
    }

    /** Whether the server says that it is no longer the one to write to, or has forgotten the scripts. */
    static boolean wantsReconnect(String text) {
        return startsWithAny(text, List.of("READONLY", "MASTERDOWN", "NOSCRIPT"));
    }

    static String text(Throwable cause) {
        String text = String.valueOf(cause.getMessage());
        // A batch puts the number of the command before the error.
        return text.startsWith("ERR [") ? text.replaceFirst("^ERR \\[\\d+] ", "") : text;
    }

    private static boolean startsWithAny(String text, List<String> words) {
        return words.stream().anyMatch(w -> text.startsWith(w + " ") || text.equals(w));
    }

    /** What a person can do about it. */
    private static String advice(String text) {
        if (text.startsWith("WRONGTYPE")) {
            return "; another program uses this key for something else: rename or delete it";
        }
        if (text.startsWith("NOPERM")) {
            return "; give the pool's user this command and ~mqtt:* ~mooring:* (see docs/storage.md)";
        }
        if (text.startsWith("NOAUTH") || text.startsWith("WRONGPASS")) {
            return "; check username and password of the pool";
        }
        if (text.startsWith("OOM")) {
            return "; the server has reached maxmemory: free some or raise it";
        }
        if (text.startsWith("READONLY")) {
            return "; the server is a replica now: name all Sentinels, or use type sentinel";
        }
        return "";
    }
}
