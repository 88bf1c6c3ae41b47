package dev.mooring.config;

import dev.mooring.message.IdFormat;
import dev.mooring.message.TimestampUnit;
import dev.mooring.rule.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The whole configuration, complete and checked: names, references and relations hold. Immutable.
 *
 * <p>Defaults, ranges and meanings stand in {@code conf.schema.json} and nowhere else; {@link ConfigReader} fills them
 * in. The Java names are the keys in camel case.
 *
 * @param loops event loops, already resolved from "auto"
 * @param pools by name, in the file's order
 * @param hooks all rules, in the file's order within each hook
 */
public record Config(
        Node node,
        int loops,
        List<Listener> listeners,
        Limits limits,
        Mqtt mqtt,
        AuthConfig auth,
        Map<String, Pool> pools,
        Session session,
        List<Rule> hooks,
        Http http,
        ClusterConfig cluster,
        Reload reload,
        Drain drain,
        Log log) {
    public Config {
        listeners = List.copyOf(listeners);
        hooks = List.copyOf(hooks);
        require(loops > 0, "loops " + loops);
        require(!listeners.isEmpty(), "no listeners");
        require(pools.containsKey(session.pool()), "session.pool " + session.pool());
    }

    /** What an empty file gives. */
    public static Config defaults() {
        return of("{}");
    }

    /**
     * For tests and tools: configuration from JSON text.
     *
     * @throws IllegalArgumentException with all errors as text
     */
    public static Config of(String json) {
        ConfigResult result = new ConfigReader().parse(json);
        if (result instanceof ConfigResult.Valid valid) {
            return valid.config();
        }
        throw new IllegalArgumentException(result.toString());
    }

    static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }

    /**
     * @param name stable and unique in a cluster
     * @param idFormat how the documented layout writes message ids
     * @param timestampUnit how the documented layout writes times
     */
    public record Node(String name, IdFormat idFormat, TimestampUnit timestampUnit) {}

    /** How a listener speaks. */
    public enum Transport {
        TCP,
        TLS,
        WS,
        WSS;

        public boolean isWebSocket() {
            return this == WS || this == WSS;
        }

        public boolean isTls() {
            return this == TLS || this == WSS;
        }
    }

    /** Certificates of clients: not asked for, checked when shown, or needed. */
    public enum Verify {
        NONE,
        REQUEST,
        REQUIRE
    }

    /** A PEM file with a certificate chain, and one with its key. */
    public record Certificate(String certfile, String keyfile) {}

    /**
     * TLS of a listener. Texts are empty where the file says nothing.
     *
     * @param ciphers empty for the runtime's own choice
     * @param reloadS 0 when the files are read once
     */
    public record Tls(
            String certfile,
            String keyfile,
            List<Certificate> sni,
            Verify verify,
            String cacertfile,
            String crlfile,
            List<String> versions,
            List<String> ciphers,
            int handshakeTimeoutS,
            int reloadS) {
        public Tls {
            sni = List.copyOf(sni);
            versions = List.copyOf(versions);
            ciphers = List.copyOf(ciphers);
        }

        /** All certificates, the one of clients that ask for no name first. */
        public List<Certificate> certificates() {
            List<Certificate> all = new ArrayList<>();
            all.add(new Certificate(certfile, keyfile));
            all.addAll(sni);
            return all;
        }
    }

    /**
     * @param name what rules call it; unique
     * @param port 0 for any free one
     * @param tls for the transports that have it, and only then
     * @param path of the WebSocket
     * @param maxConnections 0 when only {@link Limits#connectionsMax} counts
     * @param limits of its own
     * @param auth names of the links that are asked, in order
     * @param origins allowed Origin headers; empty for all
     */
    public record Listener(
            Transport type,
            String name,
            String host,
            int port,
            @Nullable Tls tls,
            String path,
            int maxConnections,
            Limits.OfListener limits,
            List<String> origins,
            boolean proxyProtocol,
            List<String> auth,
            boolean allowAnonymous) {
        public Listener {
            auth = List.copyOf(auth);
            origins = List.copyOf(origins);
            require(port >= 0 && port <= 65535, "port " + port);
            require(path.startsWith("/"), "path " + path);
            require(type.isTls() == (tls != null), "tls of " + name);
        }
    }

    /**
     * @param qosMax highest QoS that clients may publish at and subscribe to, 0..2
     * @param responseInformation with {@code ${clientid}}; empty for none
     * @param sysIntervalS 0 for no $SYS topics
     */
    public record Mqtt(
            boolean payloadFormatCheck,
            boolean retainAvailable,
            int qosMax,
            String responseInformation,
            boolean sharedPreferLocal,
            int sysIntervalS) {}

    /** Where the broker's own durable state lives. */
    public record Session(String pool, boolean writeSubscriptions) {}

    /**
     * The listener for health, metrics and the API.
     *
     * @param port 0 for any free one
     * @param hosts names that a Host header may have besides addresses, localhost and {@code host}
     * @param token empty when it stands in {@code tokenFile}
     * @param metricsToken empty when {@code /metrics} needs none
     */
    public record Http(
            boolean enable,
            String host,
            int port,
            List<String> hosts,
            String token,
            String tokenFile,
            String metricsToken,
            String traceDir,
            HttpSsl ssl) {
        public Http {
            hosts = List.copyOf(hosts);
            require(port >= 0 && port <= 65535, "port " + port);
        }

        /** Without the secrets: this may be logged. */
        @Override
        public String toString() {
            return "Http[" + host + ":" + port + "]";
        }
    }

    /** Files in PEM; both are named when it is enabled. */
    public record HttpSsl(boolean enable, String certfile, String keyfile) {}

    /** @param watchS how often files are looked at for changes, seconds; 0 for never */
    public record Reload(int watchS) {}
    /**
     * How clients are sent away before the node stops.
     *
     * @param rate clients per second, at most
     * @param waitS before the first one goes
     * @param timeoutS after which all go at once, the wait included
     * @param serverReference empty for none
     */
    public record Drain(int rate, int waitS, int timeoutS, String serverReference) {
        public Drain {
            require(rate > 0 && timeoutS > 0, "rate " + rate + ", timeout " + timeoutS);
        }
    }

    public enum LogLevel {
        ERROR,
        WARN,
        INFO,
        DEBUG,
        TRACE
    }

    public enum LogFormat {
        TEXT,
        JSON
    }

    /** @param levels of single loggers, by name */
    public record Log(LogLevel level, Map<String, LogLevel> levels, LogFormat format) {
        public Log {
            levels = Map.copyOf(levels);
        }
    }
}
