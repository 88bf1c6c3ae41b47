package dev.mooring;

import dev.mooring.auth.AuthPolicy;
import dev.mooring.bus.Address;
import dev.mooring.bus.LocalBody;
import dev.mooring.bus.LocalCodec;
import dev.mooring.config.Config;
import dev.mooring.config.ConfigChange;
import dev.mooring.config.ReloadOutcome.Result;
import dev.mooring.http.HttpVerticle;
import dev.mooring.http.Lifecycle;
import dev.mooring.mqtt.ConfigChanged;
import dev.mooring.mqtt.PolicyChanged;
import dev.mooring.rule.RulePlan;
import io.vertx.core.Future;
import io.vertx.core.eventbus.DeliveryOptions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts another configuration in place of the one that a broker runs with. First everything that it needs is opened and
 * read, beside what is there; only when all of it can be used is it used. The loops take over plan and limits, then the
 * rights of their clients; then what nobody uses any more is closed. Used once, on the context of the reload.
 */
final class NextConfig {
    /** Logins that have begun by the policy before are done with it by then. */
    private static final long OLD_POLICY_MS = 10_000;
    /** A loop that hangs takes its turn when it goes on; nothing that it may still use is closed before. */
    private static final long LOOP_MS = 600_000;

    private static final Logger LOG = LoggerFactory.getLogger(NextConfig.class);

    private final Broker broker;
    private final Config next;
    private final ConfigChange change;
    private final Set<Refusal> refusals = new LinkedHashSet<>();
    private @Nullable AuthPolicy policy;
    private final List<Supplier<Future<Void>>> files = new ArrayList<>();

    /** @param pointer of what can't be used; empty for nothing in particular */
    record Refusal(String pointer, String why) {}

    /**
     * @param result APPLIED, REFUSED or PARTLY
     * @param why not applied
     */
    record Taken(Result result, Set<Refusal> why) {}

    /** @param next of which everything can count at once */
    NextConfig(Broker broker, Config next, ConfigChange change) {
        this.broker = broker;
        this.next = next;
        this.change = change;
    }

    /** Refused, nothing has changed. Does not fail. */
    Future<Taken> take() {
        Lifecycle.Phase phase = broker.lifecycle.phase();
        if (phase != Lifecycle.Phase.RUNNING) {
            return Future.succeededFuture(new Taken(Result.REFUSED, Set.of(new Refusal("", phase.text()))));
        }
        Future<Pools.Opened> pools = broker.pools.prepare(next, changedPools());
        HttpVerticle http = broker.http;
        return Future.join(
                        pools,
                        openPolicy(),
                        read("/listeners", broker.loops.get(0).certificates(next)),
                        http == null || !change.isAbout("/http")
                                ? Future.succeededFuture()
                                : read("/http", http.prepare(next.http())))
                .compose(x -> {
                    Pools.Opened opened = pools.result();
                    opened.failures().forEach((pool, why) -> refusals.add(new Refusal("/pools/" + pool, why)));
                    return refusals.isEmpty() ? use(opened) : giveUp(opened);
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
            refusals.add(new Refusal("/auth", String.valueOf(e.getMessage())));
            return Future.succeededFuture();
        }
        policy = made;
        List<Future<Void>> links = new ArrayList<>();
        for (Config.Listener listener : next.listeners()) {
            links.add(made.open(listener.name()).otherwise(e -> {
                refusals.add(new Refusal("/auth", String.valueOf(e.getMessage())));
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
                refusals.add(new Refusal(pointer, String.valueOf(read.cause().getMessage())));
            }
            return Future.succeededFuture();
        });
    }

    private Future<Taken> giveUp(Pools.Opened opened) {
        opened.abandon();
        if (policy != null) {
            policy.close();
        }
        return Future.succeededFuture(new Taken(Result.REFUSED, refusals));
    }

    private Future<Taken> use(Pools.Opened opened) {
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
        Future<?> certificates = Future.join(used);
        // Whatever failed before: a loop that is not told would go on with pools that are closed.
        Future<?> loops = certificates.transform(x -> tellLoops(new ConfigChanged(next, plan, opened.stores())));
        Future<?> rights =
                loops.transform(x -> after == before ? Future.succeededFuture() : tellLoops(new PolicyChanged()));
        Future<?> channels = rights.transform(x -> broker.pools.openChannels());
        return Future.join(certificates, loops, rights, channels).transform(done -> {
            closeOthers.run(); // what comes in the place of another waits for that
            if (after != before) {
                broker.vertx.setTimer(OLD_POLICY_MS, t -> before.close());
            }
            return Future.succeededFuture(
                    done.succeeded() ? new Taken(Result.APPLIED, Set.of()) : partlyTaken(done.cause()));
        });
    }

    /** All was proven before, so that it is a bug, or a machine that has run out of something. */
    private static Taken partlyTaken(Throwable cause) {
        LOG.error("only a part of the configuration could be put in place", cause);
        return new Taken(Result.PARTLY, Set.of(new Refusal("", String.valueOf(cause.getMessage()))));
    }

    /** Completes when each has done it. */
    private Future<?> tellLoops(LocalBody body) {
        DeliveryOptions options = new DeliveryOptions(LocalCodec.OPTIONS).setSendTimeout(LOOP_MS);
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < next.loops(); i++) {
            all.add(broker.vertx.eventBus().request(Address.loop(i), body, options));
        }
        return Future.join(all);
    }
}
