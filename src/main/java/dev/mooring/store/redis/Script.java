package dev.mooring.store.redis;

import io.vertx.core.buffer.Buffer;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A Lua script that lies beside this class. Each has all its keys in one slot, so that it runs in a cluster as well,
 * and decides by what it reads in the same step; applied twice, it leaves what it left the first time.
 */
enum Script {
    /** Writes a message; its life is made longer, never shorter. */
    BODY_PUT,
    /** Deletes a message, or says that it may be a retained one. */
    BODY_DELETE,
    /** Gives a message without an end one. */
    BODY_END,
    /** Adds a message to its topic's index, and says when that is due for trimming. */
    INDEX_ADD,
    /** Part of an index in order of the ids, or all of one that has no such order. */
    INDEX_READ,
    /** Moves a client's position forward. */
    POSITION,
    /** Reads, writes or deletes the retained message of a topic, and answers what it was before. */
    RETAIN,
    /** Replaces a hash. */
    HASH_REPLACE,
    /** Deletes a hash if a field has this value. */
    HASH_DELETE_IF,
    /** Notes that a topic has something. */
    TOPIC_ADD,
    /** Notes that a topic has nothing, and forgets it when that was noted long ago. */
    TOPIC_EMPTY,
    /** If node and time are still this connection's, the client goes off line. */
    CLIENT_DISCONNECTED,
    /** Deletes a field of a hash if it has this value. */
    FIELD_DELETE_IF,

    // ---- the broker's own state

    SESSION_SAVE(true),
    SESSION_DELETE(true),
    SESSION_SCAN(true),
    SESSION_LOAD(true),
    SUBSCRIPTIONS_SAVE(true),
    SUBSCRIPTIONS_DELETE(true),
    INBOUND_RELEASE(true),
    ENQUEUE(true),
    QUEUE_MARK(true),
    DEQUEUE(true),
    QUEUE_MOVE(true),
    QUEUE_READ(true),
    QUEUE_TRIM(true),
    RETAINED_SCAN(true);

    /** As it is sent to be loaded, and how it is called then. */
    private record Source(byte[] text, byte[] sha1) {
        static Source of(String text) {
            try {
                byte[] bytes = Keys.utf8(text);
                byte[] digest = MessageDigest.getInstance("SHA-1").digest(bytes);
                return new Source(bytes, HexFormat.of().formatHex(digest).getBytes(StandardCharsets.US_ASCII));
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private final Source plain;
    /** Asks first whether the session is still the caller's. */
    private final @Nullable Source guarded;

    Script() {
        this(false);
    }

    /** @param ofState whether it uses the words of state.lua */
    Script(boolean ofState) {
        String own = resource(name().toLowerCase(java.util.Locale.ROOT));
        plain = Source.of((ofState ? resource("state") : "") + own);
        guarded = ofState ? Source.of(resource("state") + resource("guard") + own) : null;
    }

    private static String resource(String name) {
        try (InputStream in = Script.class.getResourceAsStream(name + ".lua")) {
            if (in == null) {
                throw new IllegalStateException("no " + name + ".lua in the jar");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Of the script that is called so, for people. */
    static String nameOf(byte[] sha1) {
        for (Script script : values()) {
            Source guarded = script.guarded;
            if (Arrays.equals(script.plain.sha1, sha1) || guarded != null && Arrays.equals(guarded.sha1, sha1)) {
                return script.name().toLowerCase(java.util.Locale.ROOT) + ".lua";
            }
        }
        return "a script of its own";
    }

    List<Request> loads() {
        List<Request> loads = new ArrayList<>(2);
        loads.add(load(plain));
        if (guarded != null) {
            loads.add(load(guarded));
        }
        return loads;
    }

    private static Request load(Source source) {
        return Request.cmd(Command.SCRIPT).arg("LOAD").arg(Buffer.buffer(source.text));
    }

    /** A call with one key; its arguments follow. */
    Request on(byte[] key) {
        return Request.cmd(Command.EVALSHA).arg(plain.sha1).arg(1).arg(key);
    }

    /** A call of one of the broker's own state; its arguments follow. */
    Request onState() {
        return on(Keys.STATE);
    }

    /** The same, if the session is still this owner's; null for anybody. */
    Request onState(@Nullable Owner owner) {
        if (owner == null || guarded == null) {
            return onState();
        }
        return Request.cmd(Command.EVALSHA)
                .arg(guarded.sha1)
                .arg(1)
                .arg(Keys.STATE)
                .arg(Keys.session(owner.sessionId()))
                .arg(Long.toString(owner.epoch()));
    }

    /** A call with several keys of one slot; its arguments follow. */
    Request on(byte[]... keys) {
        Request request = Request.cmd(Command.EVALSHA).arg(plain.sha1).arg(keys.length);
        for (byte[] key : keys) {
            request.arg(key);
        }
        return request;
    }
}
