package dev.mooring.reload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.password4j.BcryptFunction;
import dev.mooring.TestBroker;
import dev.mooring.config.ReloadOutcome;
import dev.mooring.redis.RedisCli;
import dev.mooring.redis.RedisProcess;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Fifty reloads while clients publish at QoS 1 and 2 and everything is stored by a rule. */
class ReloadUnderLoadTest {
    private static final int RELOADS = 50;
    /** Messages that are acknowledged between two reloads, at least. */
    private static final int BETWEEN = 20;
    /** Generous: the machine may be busy with other builds. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final String LOGGER = "dev.mooring.auth.reload";
    private static final Path TLS =
            Path.of("src/test/resources/dev/mooring/tls").toAbsolutePath();

    private static final String SECRET =
            BcryptFunction.getInstance(4).hash("secret").getResult();

    /** What changes, one after the other: the n-th is on or off. */
    private static String config(RedisProcess redis, boolean[] on) {
        String hooks = """
                {"topic": "load/#", "pool": "pool1", "action": {"function": "on_message_publish"}}""";
        hooks += on[0] ? """
                , {"pool": "pool1", "action": {"function": "on_message_store_keep_latest"}}""" : "";
        hooks += on[5] ? """
                , {"pool": "pool2", "action": {"commands": ["INCR seen"]}}""" : "";
        return """
                {"auth": {"users": [{"username": "load", "password_hash": "%s"}%s],
                          "acl": {"rules": [%s{"permission": "allow", "topics": ["load/#"]}]}},
                 "limits": {"queue": {"count_max": %d}, "message_rate_max": %d, "store_deadline_ms": %d},
                 "pools": {"pool1": {"backend": "redis", "server": "%s", "command_timeout_ms": %d}%s},
                 "hooks": {"message.publish": [%s]},
                 "log": {"levels": {%s}},
                 "listeners": [{"type": "tcp", "host": "127.0.0.1", "port": 0},
                               {"type": "tls", "host": "127.0.0.1", "port": 0, "limits": {"message_rate_max": %d},
                                "tls": {"certfile": "%s.pem", "keyfile": "%s.key"}}]}
                """.formatted(
                        SECRET,
                        on[3] ? ", {\"username\": \"other\", \"password_hash\": \"" + SECRET + "\"}" : "",
                        on[4] ? "{\"permission\": \"deny\", \"topics\": [\"secret/#\"]}, " : "",
                        on[2] ? 50_000 : 100_000,
                        on[2] ? 100_000 : 0,
                        on[2] ? 20_000 : 15_000,
                        redis.server(),
                        on[1] ? 5_000 : 6_000,
                        on[5]
                                ? ", \"pool2\": {\"backend\": \"redis\", \"server\": \"" + redis.server()
                                        + "\", \"database\": 1}"
                                : "",
                        hooks,
                        on[6] ? "\"" + LOGGER + "\": \"debug\"" : "",
                        on[6] ? 50_000 : 0,
                        TLS.resolve(on[7] ? "renewed" : "server"),
                        TLS.resolve(on[7] ? "renewed" : "server"));
    }

    @Test
    @DisplayName(
            "50 reloads of hooks, pools, limits, users, rights, certificates and log levels: each counts, nobody is"
                    + " disconnected; all that was acknowledged is delivered in order, at QoS 2 once, and stored"
                    + " by its rule")
    void fiftyReloads() throws Exception {
        boolean[] on = new boolean[8];
        try (RedisProcess redis = RedisProcess.start();
                RedisCli reader = redis.cli();
                TestBroker broker = TestBroker.start(config(redis, on));
                LoadSubscriber durable = LoadSubscriber.connect(broker.port(), "durable", 3600);
                LoadSubscriber clean = LoadSubscriber.connect(broker.port(), "clean", 0)) {
            List<LoadPublisher> publishers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                publishers.add(LoadPublisher.start(broker.port(), "p" + i, 1 + i % 2));
            }
            for (int i = 0; i < RELOADS; i++) {
                on[i % on.length] ^= true;
                ReloadOutcome outcome = broker.reload(config(redis, on));
                assertThat(outcome.result()).isEqualTo(ReloadOutcome.Result.APPLIED);
                assertThat(LoggerFactory.getLogger(LOGGER).isDebugEnabled()).isEqualTo(on[6]);
                if (i % on.length == 7) {
                    assertThat(shown(broker.broker().ports().get(1)).contains("renewed"))
                            .isEqualTo(on[7]);
                }
                for (LoadPublisher publisher : publishers) {
                    int before = publisher.acknowledged();
                    await().atMost(PATIENCE)
                            .pollInterval(Duration.ofMillis(5))
                            .until(() -> publisher.acknowledged() >= before + BETWEEN || publisher.hasFailed());
                    assertThat(publisher.failures()).isEmpty();
                }
            }
            publishers.forEach(LoadPublisher::stop);
            for (LoadPublisher publisher : publishers) {
                await().atMost(PATIENCE).until(publisher::isAnswered);
                assertThat(publisher.failures()).isEmpty();
                List<Integer> all = publisher.published();
                assertThat(all).hasSizeGreaterThanOrEqualTo(RELOADS * BETWEEN);
                for (LoadSubscriber subscriber : List.of(durable, clean)) {
                    await().atMost(PATIENCE)
                            .until(() -> subscriber.got(publisher.topic()).size() >= all.size());
                    assertThat(subscriber.got(publisher.topic())).isEqualTo(all);
                }
                assertThat(stored(reader, publisher.topic())).isEqualTo(all);
            }
            assertThat(durable.failures()).isEmpty();
            assertThat(clean.failures()).isEmpty();
            assertThat(broker.broker().metrics().dropped()).isZero();
            assertThat(broker.broker().metrics().reload.applied.sum()).isEqualTo(RELOADS);
            broker.broker().metrics().actions().all().forEach((action, figures) -> {
                assertThat(figures.failed.sum() + figures.dropped.sum())
                        .as(action.toString())
                        .isZero();
                assertThat(figures.succeeded.sum()).as(action.toString()).isPositive();
            });
            publishers.forEach(LoadPublisher::close);
        }
    }

    /** Whose certificate a client is shown now. */
    private static String shown(int port) throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        try (InputStream ca = Files.newInputStream(TLS.resolve("ca.pem"))) {
            trusted.setCertificateEntry(
                    "ca", CertificateFactory.getInstance("X.509").generateCertificate(ca));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port)) {
            socket.startHandshake();
            return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
                    .getSubjectX500Principal()
                    .getName();
        }
    }

    private static List<Integer> stored(RedisCli redis, String topic) {
        List<Integer> numbers = new ArrayList<>();
        for (String id : redis.list("ZRANGE", "mqtt:msg:" + topic, "0", "-1")) {
            numbers.add(Integer.valueOf(redis.text("HGET", "mqtt:msg:" + id, "payload")));
        }
        return numbers;
    }
}
