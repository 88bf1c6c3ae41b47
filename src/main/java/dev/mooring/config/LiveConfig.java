package dev.mooring.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a running broker takes of another configuration: all of it but what needs a restart, which stays as it is. Keys
 * that need one are marked {@code x-restart} in {@code conf.schema.json}; a test compares both.
 */
public final class LiveConfig {
    private LiveConfig() {}

    public static Config of(Config running, Config next, ConfigChange change) {
        Config.Mqtt mqtt = next.mqtt();
        return new Config(
                running.node(),
                running.loops(),
                running.listeners().stream().map(l -> listener(l, next)).toList(),
                next.limits(),
                new Config.Mqtt(
                        mqtt.payloadFormatCheck(),
                        running.mqtt().retainAvailable(),
                        running.mqtt().qosMax(),
                        mqtt.responseInformation(),
                        mqtt.sharedPreferLocal(),
                        running.mqtt().sysIntervalS()),
                next.auth(),
                pools(running, next, change),
                new Config.Session(running.session().pool(), next.session().writeSubscriptions()),
                next.hooks(),
                http(running.http(), next.http()),
                running.cluster(),
                next.reload(),
                next.drain(),
                new Config.Log(
                        next.log().level(), next.log().levels(), running.log().format()));
    }

    /** One that is gone stays open until the restart, since its connections go on; but nobody new gets in by it. */
    private static Config.Listener listener(Config.Listener open, Config next) {
        Config.@Nullable Listener found = null;
        for (Config.Listener l : next.listeners()) {
            found = l.name().equals(open.name()) ? l : found;
        }
        Config.Tls tls = found == null || found.tls() == null || open.tls() == null ? open.tls() : found.tls();
        return new Config.Listener(
                open.type(),
                open.name(),
                open.host(),
                open.port(),
                tls,
                found == null ? open.path() : found.path(),
                found == null ? open.maxConnections() : found.maxConnections(),
                found == null ? open.limits() : found.limits(),
                found == null ? open.origins() : found.origins(),
                open.proxyProtocol(),
                found == null ? List.of() : found.auth(),
                found != null && found.allowAnonymous());
    }

    private static Map<String, Pool> pools(Config running, Config next, ConfigChange change) {
        Set<String> fixed = fixedPools(running, next, change);
        Map<String, Pool> pools = new LinkedHashMap<>(next.pools());
        running.pools().forEach((name, pool) -> {
            if (fixed.contains(name)) {
                pools.put(name, pool);
            }
        });
        return Collections.unmodifiableMap(pools);
    }

    /**
     * Pools that are to be others and can't be before a restart: the one that keeps the sessions, and embedded ones
     * that stay in their folder, which only one store can have open.
     */
    static Set<String> fixedPools(Config running, Config next, ConfigChange change) {
        Set<String> fixed = new LinkedHashSet<>();
        List<Path> open = new ArrayList<>();
        running.pools().values().forEach(pool -> {
            if (pool instanceof Pool.EmbeddedPool e) {
                open.add(folder(e));
            }
        });
        running.pools().forEach((name, pool) -> {
            Pool wanted = next.pools().get(name);
            boolean stays = wanted instanceof Pool.EmbeddedPool e && open.contains(folder(e));
            boolean isOther = !pool.equals(wanted) || change.hasOtherFiles(name);
            if (isOther && (stays || name.equals(running.session().pool()))) {
                fixed.add(name);
            }
        });
        return fixed;
    }

    /** Of these pools: rules were checked against what they are to be, and would run on what they are. */
    public static Set<String> poolsOfAnotherKind(Config running, Config next, ConfigChange change) {
        Set<String> pools = fixedPools(running, next, change);
        pools.removeIf(name -> {
            Pool wanted = next.pools().get(name);
            Pool is = running.pools().get(name);
            return wanted == null || is == null || wanted.getClass() == is.getClass();
        });
        return pools;
    }

    private static Path folder(Pool.EmbeddedPool pool) {
        return Path.of(pool.path()).toAbsolutePath().normalize();
    }

    private static Config.Http http(Config.Http open, Config.Http next) {
        return new Config.Http(
                open.enable(),
                open.host(),
                open.port(),
                next.hosts(),
                next.token(),
                open.tokenFile(),
                next.metricsToken(),
                open.traceDir(),
                new Config.HttpSsl(
                        open.ssl().enable(), next.ssl().certfile(), next.ssl().keyfile()));
    }
}
