package dev.mooring.auth;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.List;

/**
 * Asks an HTTP server for the rules of a client, by POST:
 *
 * <pre>{@code {"clientid": "c", "username": "u", "address": "10.0.0.1", "listener": "tcp:1883"}}</pre>
 *
 * <p>The answer is 200 with {@code {"acl": [...]}}, rules as in the configuration, or 204 when there are none. Anything
 * else, and no answer in time, is a failure. A user name that nobody has proven is not told: no right may hang on it.
 * Safe for all threads.
 */
public final class HttpRules implements RuleSource {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpFetch fetch;

    public HttpRules(HttpFetch fetch) {
        this.fetch = fetch;
    }

    /** The server itself is not asked: one that is away refuses clients one by one. */
    @Override
    public Future<Void> open() {
        return fetch.open();
    }

    @Override
    public void close() {
        fetch.close();
    }

    @Override
    public Future<List<AclRule>> rules(Subject subject) {
        ObjectNode question = JSON.createObjectNode();
        question.put("clientid", subject.clientId());
        question.put("username", subject.username(true));
        question.put("address", subject.address()).put("listener", subject.listener());
        return fetch.send(Buffer.buffer(question.toString())).compose(HttpRules::rules);
    }

    private static Future<List<AclRule>> rules(HttpFetch.Answer answer) {
        if (answer.status() == 204) {
            return Future.succeededFuture(List.of());
        }
        if (answer.status() != 200) {
            return Future.failedFuture("answered by " + answer.status() + ", where 200 or 204 is expected");
        }
        try {
            JsonNode json = JSON.readTree(answer.body().toString());
            return Future.succeededFuture(AclJson.read(json.path("acl")));
        } catch (JsonProcessingException | IllegalArgumentException e) {
            return Future.failedFuture(HttpFetch.unreadable(e));
        }
    }
}
