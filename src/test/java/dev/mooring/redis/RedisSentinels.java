package dev.mooring.redis;

import static dev.mooring.redis.TestProcesses.eventually;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A master with two replicas, and three Sentinels that watch them under the name {@link #NAME}. A master that is away
 * for a second is replaced.
 */
public final class RedisSentinels implements AutoCloseable {
    public static final String NAME = "mymaster";

    private final List<RedisProcess> data = new ArrayList<>();
    private final List<RedisProcess> sentinels = new ArrayList<>();

    private RedisSentinels() {}

    /**
     * Returns when all know each other.
     *
     * @param lines for the configuration of master and replicas
     */
    public static RedisSentinels start(String... lines) {
        return open(RedisProcess::start, RedisProcess::startSentinel, lines);
    }

    /** The same with TLS only; clients need a certificate too, and so do all of these. */
    public static RedisSentinels startTls(TestCertificates certificates, String... lines) {
        return open(
                l -> RedisProcess.startTls(certificates, l),
                l -> RedisProcess.startSentinelTls(certificates, l),
                lines);
    }

    private static RedisSentinels open(
            Function<String[], RedisProcess> server, Function<List<String>, RedisProcess> sentinel, String... lines) {
        RedisSentinels all = new RedisSentinels();
        try {
            all.open(server, sentinel, List.of(lines));
            return all;
        } catch (RuntimeException | AssertionError e) {
            all.close();
            throw e;
        }
    }

    private void open(
            Function<String[], RedisProcess> server,
            Function<List<String>, RedisProcess> sentinel,
            List<String> lines) {
        List<String> more = new ArrayList<>(lines);
        more.add("repl-diskless-sync-delay 0");
        more.add("repl-ping-replica-period 1");
        data.add(server.apply(more.toArray(String[]::new)));
        int port = data.get(0).port();
        more.add("replicaof 127.0.0.1 " + port);
        for (int i = 0; i < 2; i++) {
            data.add(server.apply(more.toArray(String[]::new)));
        }
        for (int i = 0; i < 3; i++) {
            sentinels.add(sentinel.apply(List.of(
                    "sentinel monitor " + NAME + " 127.0.0.1 " + port + " 2",
                    "sentinel down-after-milliseconds " + NAME + " 1000",
                    "sentinel failover-timeout " + NAME + " 3000")));
        }
        for (RedisProcess one : sentinels) { // they look every 10 seconds otherwise
            one.call("SENTINEL", "DEBUG", "info-period", 500, "publish-period", 250);
        }
        eventually(
                "the replicas follow",
                () -> data.get(0).call("ROLE") instanceof List<?> role
                        && role.get(2) instanceof List<?> replicas
                        && replicas.size() == 2);
        for (RedisProcess one : sentinels) {
            eventually("a Sentinel knows all", () -> {
                try (RedisCli cli = one.cli()) {
                    var master = cli.map("SENTINEL", "MASTER", NAME);
                    return master.get("num-slaves").equals("2")
                            && master.get("num-other-sentinels").equals("2")
                            && master.get("flags").equals("master");
                }
            });
        }
    }

    /** The Sentinels, for the configuration of a pool. */
    public String servers() {
        return sentinels.stream().map(RedisProcess::server).collect(Collectors.joining(","));
    }

    /** Whom most Sentinels name; it may be dead, as long as they have not found out. */
    public RedisProcess master() {
        for (RedisProcess one : data) {
            long votes = sentinels.stream().filter(s -> names(s, one)).count();
            if (votes > sentinels.size() / 2) {
                return one;
            }
        }
        throw new AssertionError("the Sentinels do not agree");
    }

    private static boolean names(RedisProcess sentinel, RedisProcess master) {
        if (!sentinel.isAlive()) {
            return false;
        }
        try (RedisCli cli = sentinel.cli()) {
            return cli.list("SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME).get(1).equals(String.valueOf(master.port()));
        }
    }

    public List<RedisProcess> replicas() {
        RedisProcess master = master();
        return data.stream().filter(one -> one != master).toList();
    }

    public List<RedisProcess> sentinels() {
        return List.copyOf(sentinels);
    }

    /** A replica takes over from a master that lives, and follows it then; returns when it has. */
    public RedisProcess failover() {
        RedisProcess old = master();
        eventually(
                "a Sentinel begins",
                () -> sentinels.get(0).call("SENTINEL", "FAILOVER", NAME).equals("OK"));
        return awaitMasterAfter(old);
    }

    /** Kills the master; returns it at once, so that the test may restart it as a replica. */
    public RedisProcess killMaster() {
        RedisProcess old = master();
        old.kill9();
        return old;
    }

    /** When another one than {@code old} takes writes, and the Sentinels agree on it. */
    public RedisProcess awaitMasterAfter(RedisProcess old) {
        eventually(
                "another master",
                () -> master() != old
                        && ((List<?>) master().call("ROLE")).get(0).equals("master"));
        return master();
    }

    @Override
    public void close() {
        sentinels.forEach(RedisProcess::close);
        data.forEach(RedisProcess::close);
    }
}
