package dev.mooring.rule;

import java.util.Locale;
import java.util.Set;

/**
 * Commands that a rule can't have. They share their connections with everything else that goes to the pool, and nobody
 * looks at their answers.
 */
final class RefusedCommands {
    private static final Set<String> BLOCKING = Set.of(
            "BLMOVE",
            "BLMPOP",
            "BLPOP",
            "BRPOP",
            "BRPOPLPUSH",
            "BZMPOP",
            "BZPOPMAX",
            "BZPOPMIN",
            "MIGRATE",
            "WAIT",
            "WAITAOF",
            "XREAD",
            "XREADGROUP");

    private static final Set<String> OF_THE_CONNECTION = Set.of(
            "ASKING",
            "AUTH",
            "CLIENT",
            "DISCARD",
            "EXEC",
            "HELLO",
            "MONITOR",
            "MULTI",
            "PSUBSCRIBE",
            "PSYNC",
            "PUNSUBSCRIBE",
            "QUIT",
            "READONLY",
            "READWRITE",
            "REPLCONF",
            "RESET",
            "SELECT",
            "SSUBSCRIBE",
            "SUBSCRIBE",
            "SUNSUBSCRIBE",
            "SYNC",
            "UNSUBSCRIBE",
            "UNWATCH",
            "WATCH");

    private static final Set<String> OF_THE_SERVER = Set.of(
            "ACL",
            "BGREWRITEAOF",
            "BGSAVE",
            "CLUSTER",
            "CONFIG",
            "DEBUG",
            "FAILOVER",
            "FLUSHALL",
            "FLUSHDB",
            "FUNCTION",
            "KEYS",
            "MODULE",
            "PFDEBUG",
            "PFSELFTEST",
            "REPLICAOF",
            "RESTORE-ASKING",
            "SAVE",
            "SCRIPT",
            "SENTINEL",
            "SHUTDOWN",
            "SLAVEOF",
            "SWAPDB");

    private static final String ALLOWED =
            "; commands that work on keys are allowed, as SET, HSET, DEL, EXPIRE, RPUSH, ZADD, XADD, and PUBLISH";

    private RefusedCommands() {}

    /** For people; empty when the command is allowed. */
    static String why(String command) {
        String upper = command.toUpperCase(Locale.ROOT);
        if (BLOCKING.contains(upper)) {
            return upper + " is not possible: it holds up the connection, which it shares" + ALLOWED;
        }
        if (OF_THE_CONNECTION.contains(upper)) {
            return upper + " is not possible: it changes the connection, which it shares" + ALLOWED;
        }
        if (OF_THE_SERVER.contains(upper)) {
            return upper + " is not possible: it is about the whole server" + ALLOWED;
        }
        return upper.equals("PIPELINE") ? "leave pipeline out: commands of a rule are sent together anyway" : "";
    }

    /** Whether the word behind this command is a program, which a value must not become part of. */
    static boolean hasProgram(String command) {
        String upper = command.toUpperCase(Locale.ROOT);
        return upper.equals("EVAL") || upper.equals("EVAL_RO");
    }
}
