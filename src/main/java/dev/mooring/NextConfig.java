package dev.mooring;

import dev.mooring.auth.AuthPolicy;
import dev.mooring.bus.Address;
import dev.mooring.bus.LocalBody;
import dev.mooring.bus.LocalCodec;
import dev.mooring.config.Config;
import dev.mooring.config.ConfigChange;
import dev.mooring.http.HttpVerticle;
import dev.mooring.http.Lifecycle;
import dev.mooring.mqtt.ConfigChanged;
import dev.mooring.mqtt.PolicyChanged;
import dev.mooring.rule.RulePlan;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Puts another configuration in place of the one that a broker runs with. First everything that it needs is opened and
 * read, beside what is there; only when all of it can be used is it used. The loops take over plan and limits, then the
 * rights of their clients; then what nobody uses any more is closed. Used once, on the context of the reload.
 */
final class NextConfig {
    /** Logins that have begun by the policy before are done with it by then. */
    private static final long OLD_POLICY_MS = 10_000;

    private final Broker broker;
    private final Config next;
    private final ConfigChange change;
    private final Map<String, String> failures = new LinkedHashMap<>();
    private @Nullable AuthPolicy policy;
    private final List<Supplier<Future<Void>>> files = new ArrayList<>();

    /** @param next of which everything can count at once */
    NextConfig(Broker broker, Config next, ConfigChange change) {
        this.broker = broker;
        this.next = next;
        this.change = change;
    }

    /** Completes with why it can't be used, by pointer; then nothing has changed. */
    Future<Map<String, String>> take() {
        Lifecycle.Phase phase = broker.lifecycle.phase();
        if (phase != Lifecycle.Phase.RUNNING) {
            return Future.succeededFuture(Map.of("", phase.text()));
        }
        Future<Pools.Opened> pools = broker.pools.prepare(next, changedPools());
        HttpVerticle http = broker.http;
        return Future.join(
                        pools,
                        openPolicy(),
                        read("/listeners", broker.loops.get(0).certificates(next)),
                        http == null ? Future.succeededFuture() : read("/http", http.prepare(next.http())))
                .compose(x -> {
                    Pools.Opened opened = pools.result();
                    opened.failures().forEach((pool, why) -> failures.put("/pools/" + pool, why));
                    return failures.isEmpty() ? use(opened) : giveUp(opened);
                });
    }

    private Set<String> changedPools() {
        Set<String> changed = new HashSet<>(next.pools().keySet());
        String sessions = next.session().pool();
        changed.removeIf(name -> name.equals(sessions) || !change.hasOtherFiles(name));
        return changed;
    }

    /** Also after a change of what its links may use. */
    private Future<?> openPolicy() {
        boolean concerned = change.isAbout("/auth")
                || change.isAbout("/listeners")
                || change.isAbout("/pools")
                || change.restart().contains("/listeners");
        if (!concerned) {
            return Future.succeededFuture();
        }
        AuthPolicy made;
        try {
            made = Policies.of(next, broker.vertx, broker.hashing);
        } catch (IllegalArgumentException e) {
            failures.put("/auth", String.valueOf(e.getMessage()));
            return Future.succeededFuture();
        }
        policy = made;
        List<Future<Void>> links = new ArrayList<>();
        for (Config.Listener listener : next.listeners()) {
            links.add(made.open(listener.name()).otherwise(e -> {
                failures.put("/auth", String.valueOf(e.getMessage()));
                return null;
            }));
        }
        return Future.join(links);
    }

    private Future<?> read(String pointer, Future<Supplier<Future<Void>>> reading) {
        return reading.transform(read -> {
            if (read.succeeded()) {
                files.add(read.result());
            } else {
                failures.put(pointer, String.valueOf(read.cause().getMessage()));
            }
            return Future.succeededFuture();
        });
    }

    private Future<Map<String, String>> giveUp(Pools.Opened opened) {
        opened.abandon();
        if (policy != null) {
            policy.close();
        }
        return Future.succeededFuture(failures);
    }

    private Future<Map<String, String>> use(Pools.Opened opened) {
        broker.config = next;
        Runnable closeOthers = opened.use();
        broker.gate.bounds(next);
        broker.memory.bytesMax(next.limits().queuedMemoryBytesMax());
        broker.retained.bounds(
                next.limits().retained().countMax(), next.limits().retained().bytesMax());
        if (change.isAbout("/log")) {
            broker.logLevels.use(next.log());
        }
        AuthPolicy before = broker.policy;
        AuthPolicy after = policy == null ? before : policy;
        broker.policy = after;
        broker.guard.settings(Policies.guard(next.auth().ban()));
        List<Future<Void>> used = new ArrayList<>();
        files.forEach(file -> used.add(file.get()));
        RulePlan plan = RulePlan.of(next.hooks(), broker.metrics.actions());
        return Future.join(used)
                .compose(x -> tellLoops(new ConfigChanged(next, plan, opened.stores())))
                .compose(x -> after == before ? Future.succeededFuture() : tellLoops(new PolicyChanged()))
                .compose(x -> broker.pools.openChannels())
                .map(x -> {
                    closeOthers.run();
                    if (after != before) {
                        broker.vertx.setTimer(OLD_POLICY_MS, t -> before.close());
                    }
                    return Map.of();
                });
    }

    /** Completes when each has done it. */
    private Future<?> tellLoops(LocalBody body) {
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < next.loops(); i++) {
            all.add(broker.vertx.eventBus().request(Address.loop(i), body, LocalCodec.OPTIONS));
        }
        return Future.join(all);
    }
}
