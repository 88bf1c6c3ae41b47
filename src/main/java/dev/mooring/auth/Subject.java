package dev.mooring.auth;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One client, as rules see it.
 *
 * @param address of its socket, in digits; of the client itself behind a proxy that says so
 * @param listener the name of the listener it came by
 * @param granted what {@link RuleSources} say of it, asked behind the rules of its identity
 */
public record Subject(String clientId, Identity identity, String address, String listener, List<AclRule> granted) {
    /** Longer rules are left out of {@link #text}, characters: a Will must not grow with what others say. */
    private static final int GRANTED_TEXT_MAX = 65_536;

    private static final ObjectMapper JSON = new ObjectMapper();

    public Subject {
        granted = List.copyOf(granted);
    }

    /** Before anybody was asked. */
    public Subject(String clientId, Identity identity, String address, String listener) {
        this(clientId, identity, address, listener, List.of());
    }

    public Subject withGranted(List<AclRule> rules) {
        return new Subject(clientId, identity, address, listener, rules);
    }

    /** The name that may stand in a topic; one that nobody has proven can only take rights away. */
    @Nullable
    String username(boolean allow) {
        return identity.verified() || !allow ? identity.username() : null;
    }

    /** Everything but the client id, to be kept with a Will that outlives the connection, and the node. */
    public String text() {
        ObjectNode json = JSON.createObjectNode();
        if (identity.username() != null) {
            json.put("user", identity.username());
        }
        json.put("verified", identity.verified());
        json.put("superuser", identity.superuser());
        json.put("address", address).put("listener", listener);
        if (identity.rules() != null) {
            json.set("rules", AclJson.write(identity.rules()));
        }
        ArrayNode rules = AclJson.write(granted);
        if (!granted.isEmpty() && rules.toString().length() <= GRANTED_TEXT_MAX) {
            json.set("granted", rules);
        }
        return json.toString();
    }

    /** What {@link #text} wrote; without rights when it is something else. */
    public static Subject of(String clientId, String text) {
        try {
            JsonNode json = JSON.readTree(text);
            String username = json.path("user").textValue();
            boolean verified = username != null && json.path("verified").asBoolean();
            boolean hasRules = json.has("rules");
            Identity identity = new Identity(
                    username,
                    verified,
                    json.path("superuser").asBoolean(),
                    hasRules ? AclJson.read(json.path("rules")) : null,
                    Identity.NEVER);
            return new Subject(
                    clientId,
                    identity,
                    json.path("address").asText(),
                    json.path("listener").asText(),
                    json.has("granted") ? AclJson.read(json.path("granted")) : List.of());
        } catch (JsonProcessingException | IllegalArgumentException e) {
            return new Subject(clientId, Identity.ANONYMOUS, "", "");
        }
    }
}
