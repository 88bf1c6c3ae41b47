package dev.mooring.config;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mooring.message.IdFormat;
import dev.mooring.message.TimestampUnit;
import dev.mooring.message.TopicFilter;
import dev.mooring.rule.Action;
import dev.mooring.rule.CommandTemplate;
import dev.mooring.rule.Commands;
import dev.mooring.rule.Function;
import dev.mooring.rule.Hook;
import dev.mooring.rule.OnError;
import dev.mooring.rule.Rule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The {@code hooks} section: what the schema can't say about it, and the rules it stands for. */
final class HookSection {
    private final Problems problems;
    private final JsonNode pools;
    private final IdFormat ids;
    private final TimestampUnit times;
    private final List<String> poolNames = new ArrayList<>();
    private final List<Rule> rules = new ArrayList<>();

    /** @param tree the whole file, with defaults filled in */
    HookSection(JsonNode tree, Problems problems) {
        this.pools = tree.path("pools");
        this.problems = problems;
        // Where these are wrong there will be no rules; until then any value is as good as the other.
        this.ids = tree.at("/node/id_format").asText().equals("emqx4") ? IdFormat.EMQX4 : IdFormat.BASE62;
        this.times = tree.at("/node/timestamp_unit").asText().equals("ms") ? TimestampUnit.MS : TimestampUnit.S;
        pools.fieldNames().forEachRemaining(poolNames::add);
    }

    /** The rules that are right; all of them when there are no problems. */
    List<Rule> read(JsonNode hooks) {
        for (Map.Entry<String, JsonNode> entry : hooks.properties()) {
            String name = entry.getKey();
            String pointer = "/hooks/" + ConfigError.escaped(name);
            Hook hook = Hook.parse(name);
            if (hook == null) {
                List<String> known =
                        Arrays.stream(Hook.values()).map(Hook::text).toList();
                problems.replace(pointer, "unknown hook" + DidYouMean.hint(name, known) + listed("hooks", known));
                continue;
            }
            JsonNode list = entry.getValue();
            for (int i = 0; list.isArray() && i < list.size(); i++) {
                rule(hook, list.get(i), pointer + "/" + i);
            }
        }
        return rules;
    }

    private void rule(Hook hook, JsonNode rule, String pointer) {
        boolean known = checkPool(rule.path("pool"), pointer + "/pool");
        checkTopic(rule.path("topic"), pointer + "/topic");
        checkOnError(hook, rule.path("on_error"), pointer + "/on_error");
        JsonNode action = rule.path("action");
        checkFunction(hook, action.path("function"), pointer + "/action/function");
        if (known && !problems.anyIn(pointer + "/action")) {
            checkBackend(hook, rule.path("pool").asText(), action, pointer + "/action");
        }
        Commands commands = commands(hook, action.path("commands"), pointer + "/action/commands");
        Function function = Function.parse(action.path("function").asText());
        Action does = function == null ? commands : function;
        if (does == null || problems.anyIn(pointer)) {
            return;
        }
        JsonNode topic = rule.path("topic");
        JsonNode onError = rule.path("on_error");
        rules.add(new Rule(
                hook,
                topic.isTextual() && hook.hasTopic() ? TopicFilter.of(topic.textValue()) : null,
                does,
                rule.path("pool").asText(),
                rule.path("expired_time").asLong(),
                onError.isTextual()
                        ? OnError.valueOf(onError.textValue().toUpperCase(Locale.ROOT))
                        : hook.defaultOnError(),
                rule.path("enabled").asBoolean(true)));
    }

    private boolean checkPool(JsonNode pool, String pointer) {
        if (!pool.isTextual() || poolNames.contains(pool.textValue())) {
            return pool.isTextual();
        }
        problems.replace(pointer, noSuchPool(pool.textValue(), poolNames));
        return false;
    }

    static String noSuchPool(String name, List<String> known) {
        return "there is no pool " + Schema.quote(name) + DidYouMean.hint(name, known) + listed("pools", known);
    }

    private void checkTopic(JsonNode topic, String pointer) {
        if (!topic.isTextual() || topic.textValue().isEmpty()) {
            return;
        }
        TopicFilter filter = TopicFilter.parse(topic.textValue());
        if (filter == null) {
            problems.replace(
                    pointer,
                    Schema.quote(topic.textValue())
                            + " is not a topic filter: + and # stand alone between slashes, and # only at the end");
        } else if (filter.isShared()) {
            problems.replace(pointer, "a rule cannot have a shared filter; leave out $share/" + filter.group() + "/");
        }
    }

    private void checkOnError(Hook hook, JsonNode onError, String pointer) {
        if ("reject".equals(onError.textValue()) && hook != Hook.MESSAGE_PUBLISH) {
            problems.replace(pointer, "reject is possible on message.publish only: nobody waits for " + hook.text());
        }
    }

    private void checkFunction(Hook hook, JsonNode text, String pointer) {
        if (!text.isTextual()) {
            return;
        }
        List<String> here = hook.functions().stream().map(Function::text).toList();
        String allowed = here.isEmpty()
                ? " (" + hook.text() + " has no functions, only commands)"
                : listed("on " + hook.text(), here);
        Function function = Function.parse(text.textValue());
        if (function == null) {
            List<String> names = new ArrayList<>(here);
            Arrays.stream(Function.values()).forEach(f -> names.addAll(f.names()));
            String hint = DidYouMean.hint(text.textValue(), names);
            problems.replace(pointer, "unknown function " + Schema.quote(text.textValue()) + hint + allowed);
        } else if (!function.isAllowedOn(hook)) {
            List<String> there = function.hooks().stream().map(Hook::text).toList();
            problems.replace(
                    pointer,
                    text.textValue() + " is not allowed on " + hook.text() + ", only on " + Schema.quoted(there)
                            + allowed);
        }
    }

    /** Null when there are none, or none that are right. */
    private @Nullable Commands commands(Hook hook, JsonNode texts, String pointer) {
        List<CommandTemplate> templates = new ArrayList<>();
        boolean isRight = !problems.anyIn(pointer);
        for (int i = 0; isRight && i < texts.size(); i++) {
            String at = pointer + "/" + i;
            CommandTemplate template = CommandTemplate.parse(
                    texts.path(i).asText(), hook, ids, times, problem -> problems.add(at, problem));
            if (template != null) {
                templates.add(template);
            }
        }
        return templates.isEmpty() ? null : new Commands(templates);
    }

    private void checkBackend(Hook hook, String pool, JsonNode action, String pointer) {
        String backend = pools.path(pool).path("backend").asText();
        if (!List.of("embedded", "redis", "dynamodb").contains(backend)) {
            return; // said at the pool
        }
        List<String> here = hook.functions().stream().map(Function::text).toList();
        String instead = here.isEmpty() ? "" : listed("there is \"function\"", here);
        for (String only : List.of("commands", "items")) {
            String owner = only.equals("commands") ? "redis" : "dynamodb";
            if (action.has(only) && !backend.equals(owner)) {
                problems.replaceAllIn(
                        pointer + "/" + only,
                        pointer + "/" + only,
                        only + " are for a " + owner + " pool, and pool " + Schema.quote(pool) + " is " + backend
                                + instead);
            }
        }
        if (action.has("items") && backend.equals("dynamodb")) {
            problems.replaceAllIn(pointer + "/items", pointer + "/items", "items are not in this version" + instead);
        }
    }

    private static String listed(String what, List<String> words) {
        return " (" + what + ": " + Schema.quoted(words) + ")";
    }
}
