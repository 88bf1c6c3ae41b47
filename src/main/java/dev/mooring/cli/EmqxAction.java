package dev.mooring.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mooring.cli.ImportReport.Line;
import dev.mooring.message.IdFormat;
import dev.mooring.message.TimestampUnit;
import dev.mooring.rule.CommandTemplate;
import dev.mooring.rule.Function;
import dev.mooring.rule.Hook;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The {@code action} of a rule of EMQX. */
final class EmqxAction {
    /** What EMQX's English manual writes bare in examples, where the Chinese one has {@code ${...}}. */
    private static final Set<String> VARIABLES = Set.of("clientid", "topic", "msgid", "qos", "payload", "message");

    private final Line line;
    private final String backend;
    private final Hook hook;
    private final ImportReport report;

    EmqxAction(Line line, String backend, Hook hook, ImportReport report) {
        this.line = line;
        this.backend = backend;
        this.hook = hook;
        this.report = report;
    }

    /** Missing when it has no counterpart, which was told then. */
    JsonNode of(JsonNode action) {
        List<String> kinds = new ArrayList<>();
        action.fieldNames().forEachRemaining(kinds::add);
        if (kinds.equals(List.of("function"))) {
            return function(action.path("function").asText());
        }
        if (kinds.equals(List.of("commands")) && backend.equals("redis")) {
            return commands(action.path("commands"));
        }
        return refused(
                kinds.equals(List.of("commands"))
                        ? "commands are for Redis"
                        : "an action is one of \"function\" and \"commands\", not " + kinds);
    }

    private JsonNode function(String name) {
        Function function = Function.parse(name);
        List<String> allowed = hook.functions().stream().map(Function::text).toList();
        if (function == null || !function.isAllowedOn(hook)) {
            String why = function == null ? "there is no function " + name : name + " is not for " + hook.text();
            return refused(why + "; it has " + allowed);
        }
        if (hook == Hook.SESSION_CREATED) {
            report.note(line, "runs when a session is made; on client.connected it would run at every connect");
        }
        return JsonNodeFactory.instance.objectNode().put("function", function.text());
    }

    private JsonNode commands(JsonNode commands) {
        List<String> texts = new ArrayList<>();
        if (commands.isTextual()) {
            texts.add(commands.textValue());
        }
        commands.forEach(command -> texts.add(command.asText()));
        if (!texts.isEmpty() && texts.get(0).strip().equals("pipeline")) {
            texts.remove(0);
            report.note(line, "\"pipeline\" is left out: the commands of a rule are sent together anyway");
        }
        List<String> problems = new ArrayList<>();
        ArrayNode ours = JsonNodeFactory.instance.arrayNode();
        for (String text : texts) {
            String command = command(text);
            CommandTemplate.parse(command, hook, IdFormat.BASE62, TimestampUnit.S, problems::add);
            ours.add(command);
        }
        if (ours.isEmpty() || !problems.isEmpty()) {
            return refused(problems.isEmpty() ? "no commands" : String.join("; ", problems));
        }
        ObjectNode action = JsonNodeFactory.instance.objectNode();
        action.set("commands", ours);
        return action;
    }

    /**
     * EMQX splits at spaces and knows no quotes; here they mean something, so a word that has some is put into them.
     */
    private String command(String text) {
        List<String> words = new ArrayList<>();
        for (String word : text.strip().split(" +")) {
            if (words.size() > 1 && VARIABLES.contains(word)) {
                report.note(
                        line,
                        "the word " + word + " is taken as it stands, as EMQX does; ${" + word + "} is the value");
            }
            boolean isPlain = word.indexOf('"') < 0 && word.indexOf('\'') < 0;
            words.add(isPlain ? word : '"' + word.replace("\\", "\\\\").replace("\"", "\\\"") + '"');
        }
        return String.join(" ", words);
    }

    private JsonNode refused(String why) {
        report.refused(line, why);
        return MissingNode.getInstance();
    }
}
