package dev.mooring.auth;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Rules as JSON, in the configuration, a claim or an answer:
 *
 * <pre>{@code [{"permission": "allow", "action": "publish", "topics": ["a/%c"], "qos": [0, 1], "retain": false}]}</pre>
 *
 * <p>{@code topic} may stand for a single one of {@code topics}, as in EMQX. What the configuration's schema has
 * checked already is checked again here: claims and answers come from elsewhere.
 */
public final class AclJson {
    private static final Set<String> KEYS = Set.of(
            "permission",
            "action",
            "topic",
            "topics",
            "users",
            "clients",
            "addresses",
            "listeners",
            "qos",
            "retain",
            "comment");

    private AclJson() {}

    /** Why JSON or what it means is wrong: in one line, and without the parser's settings. */
    static String why(Exception e) {
        return e instanceof JsonProcessingException json
                ? json.getOriginalMessage().replaceAll(" \\([^(]* at \\[Source: .*]\\)", "")
                : String.valueOf(e.getMessage());
    }

    /** @throws IllegalArgumentException with a text for people: which rule, what is wrong */
    public static List<AclRule> read(JsonNode rules) {
        if (!rules.isArray()) {
            throw new IllegalArgumentException("the rules must be a list");
        }
        List<AclRule> all = new ArrayList<>();
        for (JsonNode rule : rules) {
            try {
                all.add(rule(rule));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("rule " + all.size() + ": " + e.getMessage(), e);
            }
        }
        return all;
    }

    /**
     * The short form of claims in EMQX: filters by what they allow, {@code {"pub": [...], "sub": [...], "all": [...]}}.
     *
     * @throws IllegalArgumentException with a text for people
     */
    static List<AclRule> readByAction(JsonNode byAction) {
        List<AclRule> all = new ArrayList<>();
        for (Map.Entry<String, JsonNode> entry : byAction.properties()) {
            ObjectNode rule = JsonNodeFactory.instance.objectNode();
            rule.put("permission", "allow").put("action", entry.getKey());
            rule.set("topics", entry.getValue());
            if (!entry.getValue().isEmpty()) { // "pub": [] is nothing, and no mistake
                all.add(rule(rule));
            }
        }
        return all;
    }

    /** @throws IllegalArgumentException with a text for people */
    public static AclRule rule(JsonNode rule) {
        rule.fieldNames().forEachRemaining(key -> {
            if (!KEYS.contains(key)) {
                throw new IllegalArgumentException("unknown key \"" + key + "\"");
            }
        });
        boolean allow = switch (rule.path("permission").asText()) {
            case "allow" -> true;
            case "deny" -> false;
            default -> throw new IllegalArgumentException("permission must be \"allow\" or \"deny\"");
        };
        AclRule.Action action = switch (rule.path("action").asText("all")) {
            case "publish", "pub" -> AclRule.Action.PUBLISH;
            case "subscribe", "sub" -> AclRule.Action.SUBSCRIBE;
            case "all", "pubsub" -> AclRule.Action.ALL;
            default -> throw new IllegalArgumentException("action must be \"publish\", \"subscribe\" or \"all\"");
        };
        List<String> topics = new ArrayList<>(texts(rule, "topics"));
        topics.addAll(texts(rule, "topic"));
        for (String topic : topics) {
            String problem = TopicTemplate.problem(topic);
            if (problem != null) {
                throw new IllegalArgumentException("topic \"" + topic + "\" " + problem);
            }
        }
        if (topics.isEmpty()) {
            throw new IllegalArgumentException("topics are missing");
        }
        List<AddressRange> addresses = new ArrayList<>();
        for (String text : texts(rule, "addresses")) {
            AddressRange range = AddressRange.parse(text);
            if (range == null) {
                throw new IllegalArgumentException("\"" + text + "\" is not an address as 10.0.0.0/8");
            }
            addresses.add(range);
        }
        return new AclRule(
                allow,
                action,
                topics,
                texts(rule, "users"),
                texts(rule, "clients"),
                addresses,
                texts(rule, "listeners"),
                qos(rule.path("qos")),
                retain(rule.path("retain")));
    }

    /** A missing key is an empty list; a list that is written and empty would be for nobody, not for all. */
    private static List<String> texts(JsonNode rule, String key) {
        List<String> texts = new ArrayList<>();
        JsonNode value = rule.path(key);
        if (value.isTextual()) {
            texts.add(value.textValue());
        }
        for (JsonNode one : value) {
            if (!one.isTextual()) {
                throw new IllegalArgumentException(key + " must be texts");
            }
            texts.add(one.textValue());
        }
        if (texts.isEmpty() && !value.isMissingNode()) {
            throw new IllegalArgumentException(key + " needs at least one entry");
        }
        return texts;
    }

    private static int qos(JsonNode value) {
        int mask = value.isMissingNode() ? AclRule.ANY_QOS : 0;
        if (value.isIntegralNumber()) {
            mask = bit(value);
        }
        for (JsonNode one : value) {
            mask |= bit(one);
        }
        if (mask == 0) {
            throw new IllegalArgumentException("qos must be 0, 1, 2 or a list of them");
        }
        return mask;
    }

    private static int bit(JsonNode qos) {
        if (!qos.canConvertToInt() || qos.intValue() < 0 || qos.intValue() > 2) {
            throw new IllegalArgumentException("qos must be 0, 1, 2 or a list of them");
        }
        return 1 << qos.intValue();
    }

    private static int retain(JsonNode value) {
        if (value.isMissingNode() || value.asText().equals("all")) {
            return AclRule.ANY_RETAIN;
        }
        if (!value.isBoolean()) {
            throw new IllegalArgumentException("retain must be true or false");
        }
        return value.booleanValue() ? 2 : 1;
    }

    static ArrayNode write(List<AclRule> rules) {
        ArrayNode all = JsonNodeFactory.instance.arrayNode();
        for (AclRule rule : rules) {
            ObjectNode json = all.addObject();
            json.put("permission", rule.allow() ? "allow" : "deny");
            json.put("action", rule.action().name().toLowerCase(Locale.ROOT));
            texts(json, "topics", rule.topics());
            texts(json, "users", rule.users());
            texts(json, "clients", rule.clients());
            texts(
                    json,
                    "addresses",
                    rule.addresses().stream().map(AddressRange::text).toList());
            texts(json, "listeners", rule.listeners());
            ArrayNode qos = json.putArray("qos");
            for (int i = 0; i < 3; i++) {
                if ((rule.qos() & 1 << i) != 0) {
                    qos.add(i);
                }
            }
            if (rule.retain() != AclRule.ANY_RETAIN) {
                json.put("retain", rule.retain() == 2);
            }
        }
        return all;
    }

    private static void texts(ObjectNode json, String key, List<String> texts) {
        if (!texts.isEmpty()) {
            texts.forEach(json.putArray(key)::add);
        }
    }
}
