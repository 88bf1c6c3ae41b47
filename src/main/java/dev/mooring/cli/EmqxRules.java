package dev.mooring.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mooring.cli.ImportReport.Line;
import dev.mooring.message.TopicFilter;
import dev.mooring.rule.Function;
import dev.mooring.rule.Hook;
import dev.mooring.rule.Rule;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The lines {@code backend.<db>.hook.<hook>.<number> = {...}}. Numbers give the order within a hook; names are those of
 * all versions.
 */
final class EmqxRules {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Set<String> MEMBERS = Set.of("topic", "action", "pool", "expired_time");
    private static final Set<Function> EXPIRING =
            EnumSet.of(Function.MESSAGE_PUBLISH, Function.MESSAGE_STORE, Function.MESSAGE_STORE_KEEP_LATEST);
    /** For EMQX a number only makes the key unique; what is none comes last, in the file's order. */
    private static final long NO_NUMBER = Long.MAX_VALUE;

    private final EmqxPools pools;
    private final ImportReport report;
    private final Map<Hook, List<Numbered>> rules = new LinkedHashMap<>();
    private long expiredAfterS;

    private record Numbered(long number, Line line, String backend, ObjectNode rule) {}

    EmqxRules(EmqxPools pools, ImportReport report) {
        this.pools = pools;
        this.report = report;
        for (Hook hook : Hook.values()) {
            rules.put(hook, new ArrayList<>());
        }
    }

    /** The expiry of old files, for all rules that have none of their own. */
    void expiredAfter(Line line, String backend) {
        long seconds = line.value().matches("-?[0-9]{1,12}")
                ? Long.parseLong(line.value())
                : Durations.ms(line.value()) / 1000;
        if (!backend.equals("redis")) {
            report.refused(line, "only Redis has an expiry");
        } else if (seconds == 0 && !line.value().equals("0")) {
            report.refused(line, "not a time: " + line.value());
        } else {
            expiredAfterS = seconds;
            report.imported(line, "expired_time of rules on message.publish that have none");
        }
    }

    /** @param name the hook, two words, and the number */
    void take(Line line, String backend, List<String> name) {
        Hook hook = name.size() == 3 ? Hook.parse(name.get(0) + "." + name.get(1)) : null;
        if (hook == null) {
            List<String> hooks = List.of(Hook.values()).stream().map(Hook::text).toList();
            report.refused(line, "no hook; there are " + String.join(", ", hooks) + ", each with a number");
            return;
        }
        String number = name.get(2);
        ObjectNode rule = rule(line, backend, hook);
        if (rule != null) {
            long order = number.matches("[0-9]{1,12}") ? Long.parseLong(number) : NO_NUMBER;
            rules.getOrDefault(hook, new ArrayList<>()).add(new Numbered(order, line, backend, rule));
        }
    }

    private @org.jspecify.annotations.Nullable ObjectNode rule(Line line, String backend, Hook hook) {
        JsonNode json;
        try {
            json = JSON.readTree(line.value());
        } catch (JsonProcessingException e) {
            report.refused(line, "not JSON: " + e.getOriginalMessage().replaceAll(" \\(for .*", ""));
            return null;
        }
        String pool = json.path("pool").asText();
        if (!json.isObject() || !json.path("action").isObject() || pool.isEmpty()) {
            report.refused(line, "a rule has \"action\": {...} and \"pool\"");
            return null;
        }
        ObjectNode rule = JsonNodeFactory.instance.objectNode();
        String topic = json.path("topic").asText();
        if (!topic.isEmpty() && TopicFilter.parse(topic) == null) {
            report.refused(line, topic + " is not a topic filter");
            return null;
        }
        if (!topic.isEmpty()) {
            rule.put("topic", topic);
        }
        EmqxAction action = new EmqxAction(line, backend, hook, report);
        JsonNode ours = action.of(json.path("action"));
        if (ours.isMissingNode()) {
            return null;
        }
        rule.set("action", ours);
        expiredTime(line, json.path("expired_time"), rule);
        rule.put("pool", pools.name(backend, pool));
        pools.used(line, backend, pool);
        json.fieldNames().forEachRemaining(member -> {
            if (!MEMBERS.contains(member)) {
                report.refused(line, "\"" + member + "\" has no counterpart; the rule is imported without it");
            }
        });
        return rule;
    }

    private void expiredTime(Line line, JsonNode time, ObjectNode rule) {
        if (time.canConvertToLong() || time.asText().matches("-?[0-9]{1,9}")) {
            rule.put("expired_time", time.asLong());
        } else if (!time.isMissingNode()) {
            report.refused(line, "\"expired_time\" is no number of seconds; the rule is imported without it");
        }
    }

    void putInto(ObjectNode hooks) {
        rules.forEach((hook, list) -> {
            list.sort(Comparator.comparingLong(Numbered::number)
                    .thenComparing(n -> n.line().number()));
            ArrayNode target = JsonNodeFactory.instance.arrayNode();
            for (Numbered n : list) {
                report.imported(n.line(), "/hooks/" + hook.text() + "/" + target.size());
                target.add(expiring(n));
            }
            if (!target.isEmpty()) {
                hooks.set(hook.text(), target);
            }
        });
    }

    private ObjectNode expiring(Numbered n) {
        Function function = Function.parse(n.rule().at("/action/function").asText());
        boolean has = n.rule().has("expired_time");
        if (function == Function.MESSAGE_RETAIN && has) {
            report.note(n.line(), "a retained message ends by MQTT's own expiry only, not by expired_time");
        }
        if (function == null || has || !EXPIRING.contains(function)) {
            return n.rule();
        }
        if (n.backend().equals("redis") && expiredAfterS > 0) {
            ObjectNode rule = JsonNodeFactory.instance.objectNode();
            n.rule().properties().forEach(e -> {
                if (e.getKey().equals("pool")) {
                    rule.put("expired_time", expiredAfterS);
                }
                rule.set(e.getKey(), e.getValue());
            });
            return rule;
        }
        if (n.backend().equals("dynamodb")) {
            report.note(
                    n.line(),
                    "EMQX keeps these messages for ever, Mooring for " + Rule.DEFAULT_EXPIRED_TIME_S
                            + " s unless \"expired_time\" says otherwise");
        }
        return n.rule();
    }
}
