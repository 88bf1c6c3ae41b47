package dev.mooring.store.redis;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mooring.message.Subscription;
import dev.mooring.message.TopicFilter;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pool's channel (EMQX: {@code mqtt_channel}), on which other programs subscribe and unsubscribe connected clients:
 * {@code {"type":"subscribe","clientid":"c","topic":"a/#","qos":1}}. QoS may be a number or a text. What is published
 * while this connection is down is lost, as Redis's channels are; {@code mqtt:sub:{clientid}} is for what must last.
 *
 * <p>In a cluster one connection to any node hears what is published on every node. Confined to the context that opened
 * it.
 */
public final class RedisChannel {
    private static final Logger LOG = LoggerFactory.getLogger(RedisChannel.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long PAUSE_MS_MIN = 100;
    private static final long PAUSE_MS_MAX = 5_000;
    /** The server is asked so often whether it is still there: of a frozen one nothing else would tell. */
    private static final long PING_EVERY_MS = 5_000;

    /** Longest text that is read; the longest topic fits. */
    private static final int TEXT_MAX = 256 * 1024;

    private static final int SHOWN_MAX = 200;

    private final Vertx vertx;
    private final String channel;
    private final Endpoints endpoints;
    private final Listener listener;
    private final int answerMs;
    private @Nullable Redis client;
    private long pauseMs = PAUSE_MS_MIN;
    private boolean listening;
    private boolean closed;

    /** Called on the context that opened the channel. */
    public interface Listener {
        void subscribe(String clientId, Subscription subscription);

        void unsubscribe(String clientId, TopicFilter filter);
    }

    public RedisChannel(Vertx vertx, RedisConfig config, String channel, Listener listener) {
        this.vertx = vertx;
        this.channel = channel;
        this.endpoints = new Endpoints(vertx, config);
        this.listener = listener;
        this.answerMs = config.commandTimeoutMs();
    }

    /**
     * Subscribes, and again whenever the connection was lost. Completes after the first attempt, whatever came of it.
     */
    public Future<Void> open() {
        return connect().otherwiseEmpty();
    }

    public Future<Void> close() {
        closed = true;
        Redis last = client;
        return last == null ? Future.succeededFuture() : last.close();
    }

    private Future<Void> connect() {
        return endpoints
                .listener()
                .compose(next -> {
                    client = next;
                    return next.connect()
                            .compose(connection -> listen(next, connection))
                            .timeout(endpoints.timeoutMs(), TimeUnit.MILLISECONDS)
                            .onFailure(e -> next.close());
                })
                .onFailure(e -> {
                    LOG.warn(
                            "can't listen to the channel {}: {}",
                            channel,
                            RedisErrors.failed(e).reason());
                    client = null;
                    again();
                });
    }

    private Future<Void> listen(Redis which, RedisConnection connection) {
        connection.handler(this::received);
        connection.exceptionHandler(e -> lost(which));
        connection.endHandler(v -> lost(which));
        return connection.send(Request.cmd(Command.SUBSCRIBE).arg(channel)).map(r -> {
            pauseMs = PAUSE_MS_MIN;
            listening = which == client;
            LOG.info("listening to the channel {}", channel);
            watch(which, connection);
            return null;
        });
    }

    /** In RESP 2 the client may take a message for the answer; it is heard all the same, and says as much. */
    private void watch(Redis which, RedisConnection connection) {
        vertx.setTimer(PING_EVERY_MS, t -> {
            if (which == client && !closed) {
                connection
                        .send(Request.cmd(Command.PING))
                        .timeout(answerMs, TimeUnit.MILLISECONDS)
                        .onSuccess(answer -> {
                            received(answer);
                            watch(which, connection);
                        })
                        .onFailure(e -> lost(which));
            }
        });
    }

    /** Its end may be told more than once, and while it is still being set up. */
    private void lost(Redis which) {
        if (which == client && listening) {
            client = null;
            listening = false;
            which.close();
            again();
        }
    }

    private void again() {
        if (closed) {
            return;
        }
        long pause = pauseMs / 2 + ThreadLocalRandom.current().nextLong(pauseMs);
        pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX);
        vertx.setTimer(pause, t -> {
            if (!closed) {
                connect();
            }
        });
    }

    // ---- what is said

    private void received(@Nullable Response push) {
        boolean isList = push != null && (push.type() == ResponseType.MULTI || push.type() == ResponseType.PUSH);
        if (push == null
                || !isList
                || push.size() < 3
                || !push.get(0).toString().equals("message")) {
            return; // the confirmation of SUBSCRIBE, or an error, which is the answer to it
        }
        byte[] text = push.get(2).toBytes();
        try {
            if (text.length > TEXT_MAX) {
                throw new IllegalArgumentException("longer than " + TEXT_MAX + " bytes");
            }
            act(JSON.readTree(text));
        } catch (IllegalArgumentException | JsonProcessingException e) {
            refuse(text, String.valueOf(e.getMessage()));
        } catch (java.io.IOException e) {
            refuse(text, "not JSON");
        }
    }

    private void act(JsonNode json) {
        String clientId = text(json, "clientid");
        TopicFilter filter = TopicFilter.of(text(json, "topic"));
        String type = text(json, "type");
        switch (type) {
            case "subscribe" -> listener.subscribe(clientId, Subscription.of(filter.text(), qos(json.path("qos"))));
            case "unsubscribe" -> listener.unsubscribe(clientId, filter);
            default -> throw new IllegalArgumentException("type is \"" + type + "\", not subscribe or unsubscribe");
        }
    }

    private static String text(JsonNode json, String name) {
        if (!json.path(name).isTextual() || json.path(name).textValue().isEmpty()) {
            throw new IllegalArgumentException("\"" + name + "\" must be a text");
        }
        return json.path(name).textValue();
    }

    /** Clamped, as every QoS that other programs write; 0 when there is none. */
    private static int qos(JsonNode qos) {
        try {
            long value = qos.isTextual() ? Long.parseLong(qos.textValue().trim()) : qos.asLong(0);
            return (int) Math.max(0, Math.min(2, value));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("\"qos\" must be 0, 1 or 2");
        }
    }

    private void refuse(byte[] text, String why) {
        String start = new String(text, 0, Math.min(text.length, SHOWN_MAX), java.nio.charset.StandardCharsets.UTF_8);
        LOG.warn("nothing done for a message on {}: {}; it begins {}", channel, why, start);
    }
}
