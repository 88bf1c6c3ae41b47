package dev.mooring.auth;

import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All sources of rules, in the order in which their rules are asked. Immutable.
 *
 * @param refreshMs how often they are asked again about a client that stays connected, milliseconds; 0: never
 */
public record RuleSources(Map<String, RuleSource> byName, long refreshMs) {
    public static final RuleSources NONE = new RuleSources(Map.of(), 0);

    public RuleSources {
        byName = new LinkedHashMap<>(byName);
    }

    /** Whether they have to be asked about this client; no rule counts for a superuser. */
    public boolean knowMoreOf(Subject subject) {
        return !byName.isEmpty() && !subject.identity().superuser();
    }

    /** Fails with a text for people that says which. */
    Future<Void> open() {
        List<Future<?>> all = new ArrayList<>();
        byName.forEach((name, source) -> all.add(source.open().recover(e -> failed(name, e))));
        return Future.all(all).mapEmpty();
    }

    /** The same client with the rules that they have for it now. Fails with a text for people that says which. */
    public Future<Subject> ask(Subject subject) {
        List<Future<List<AclRule>>> all = new ArrayList<>();
        byName.forEach((name, source) -> all.add(source.rules(subject).recover(e -> failed(name, e))));
        return Future.all(all).map(done -> {
            List<AclRule> rules = new ArrayList<>();
            all.forEach(answer -> rules.addAll(answer.result()));
            return subject.withGranted(rules);
        });
    }

    private static <T> Future<T> failed(String name, Throwable cause) {
        return Future.failedFuture("auth.acl source " + name + ": " + cause.getMessage());
    }

    void close() {
        byName.values().forEach(RuleSource::close);
    }
}
