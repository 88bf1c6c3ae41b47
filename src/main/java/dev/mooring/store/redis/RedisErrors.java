package dev.mooring.store.redis;

import dev.mooring.store.StoreReply;
import io.vertx.redis.client.impl.types.ErrorType;
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

    /** What an error has in it, and what to do then. */
    private static final String[][] ADVICE = {
        {"WRONGTYPE", "another program uses this key for something else: rename or delete it"},
        {"NOPERM", "give the pool's user this command and ~mqtt:* ~mooring:* (see docs/storage.md)"},
        {"ACL failure in script", "give the pool's user what the scripts run (see docs/storage.md)"},
        {"The user executing the script can't", "give the pool's user what the scripts run (see docs/storage.md)"},
        {"no Sentinel names a master", "check sentinel, sentinel_username and sentinel_password of the pool"},
        {"NOAUTH", "check username and password of the pool"},
        {"WRONGPASS", "check username and password of the pool"},
        {"DB index is out of range", "check database of the pool"},
        {"OOM", "the server has reached maxmemory: free some or raise it"},
        {"READONLY", "the server is a replica now: name all Sentinels, or use type sentinel"},
        {"the cluster is down", "see CLUSTER INFO and CLUSTER NODES there"},
        {"SSL", "check ssl of the pool: the certificates, and the names in the server's"},
        {"refused", "check server of the pool, and whether Redis runs there"},
        {"resolve", "check server of the pool"},
        {"imed out", "check server of the pool, and whether Redis can be reached there"},
    };

    private RedisErrors() {}

    static StoreReply.Failed failed(Throwable cause) {
        String text = text(cause);
        String by = cause instanceof CommandFailed failed ? " (" + failed.command() + ")" : "";
        return new StoreReply.Failed(!isForGood(text), text + by + advice(text));
    }

    static boolean isForGood(String text) {
        return startsWithAny(text, FOR_GOOD)
                && PASSING.stream().noneMatch(text.toLowerCase(java.util.Locale.ROOT)::contains);
    }

    /** Whether a server said so; else the connection failed. */
    static boolean isAnswer(Throwable cause) {
        return cause instanceof ErrorType && !String.valueOf(cause.getMessage()).contains("CONNECTION_CLOSED");
    }

    /** Whether the server says that it is no longer the one to write to, or has forgotten the scripts. */
    static boolean wantsReconnect(String text) {
        return startsWithAny(text, List.of("READONLY", "MASTERDOWN", "NOSCRIPT"));
    }

    static String text(Throwable cause) {
        return String.valueOf(cause.getMessage())
                .lines()
                .findFirst()
                .map(RedisErrors::withoutNumber)
                .orElse("");
    }

    /** Of each command that failed. */
    static List<String> texts(Throwable cause) {
        return String.valueOf(cause.getMessage())
                .lines()
                .map(RedisErrors::withoutNumber)
                .toList();
    }

    /** A batch has a line for each error, with the number of the command before it. */
    private static String withoutNumber(String line) {
        return line.startsWith("ERR [") ? line.replaceFirst("^ERR \\[\\d+] ", "") : line;
    }

    private static boolean startsWithAny(String text, List<String> words) {
        return words.stream().anyMatch(w -> text.startsWith(w + " ") || text.equals(w));
    }

    /** What a person can do about it: of the first that applies. */
    private static String advice(String text) {
        for (String[] each : ADVICE) {
            if (text.contains(each[0])) {
                return "; " + each[1];
            }
        }
        return "";
    }
}
