package dev.mooring.store.redis;

import io.vertx.redis.client.Request;
import io.vertx.redis.client.impl.RequestImpl;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * A command that a server answered with an error: the error's own text, and apart from it which command on which key;
 * names are chosen by clients and must not be taken for part of the error. Without a stack trace; it is no bug.
 */
final class CommandFailed extends Exception {
    private static final long serialVersionUID = 1L;
    /** Characters of a key that are shown. */
    private static final int KEY_MAX = 200;
    /** What a server adds when a script fails; we say which one it is by its name. */
    private static final String BY_SCRIPT = " script: [0-9a-f]{40}, on @user_script:.*$";

    private final String command;

    CommandFailed(Request request, Throwable error) {
        super(RedisErrors.text(error).replaceFirst(BY_SCRIPT, ""), null, false, false);
        this.command = command((RequestImpl) request);
    }

    /** For people, as {@code HSET on mqtt:client:c}. */
    String command() {
        return command;
    }

    private static String command(RequestImpl request) {
        String name = request.command().toString().toUpperCase(Locale.ROOT);
        List<byte[]> keys = request.keys();
        if (name.equals("EVALSHA")) {
            name += " of " + Script.nameOf(request.getArgs().get(0));
        }
        List<byte[]> shown = keys.isEmpty() ? request.getArgs() : keys;
        return shown.isEmpty() ? name : name + " on " + shown(shown.get(0));
    }

    private static String shown(byte[] key) {
        String text = new String(key, StandardCharsets.UTF_8).replaceAll("\\p{Cntrl}", "?");
        return text.length() > KEY_MAX ? text.substring(0, KEY_MAX) + "..." : text;
    }
}
