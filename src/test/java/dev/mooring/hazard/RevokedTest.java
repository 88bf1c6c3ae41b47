package dev.mooring.hazard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mooring.LogWatch;
import dev.mooring.TestBroker;
import dev.mooring.redis.RedisProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lists of revoked certificates that can be used, and those that can't. */
class RevokedTest {
    @TempDir
    private Path folder;

    private String in(String name) {
        return folder.resolve(name).toString().replace("\\", "/");
    }

    private static String listener(String type, String tls) {
        return "{\"type\": \"" + type + "\", \"host\": \"127.0.0.1\", \"port\": 0"
                + (tls.isEmpty() ? "}" : ", \"tls\": {" + tls + "}}");
    }

    /** Listener 1 asks for certificates; rules of QoS 1 messages need the pool. */
    private static String revoking(RedisProcess redis, int poolSize, String authority, String lists) {
        String tls = "\"certfile\": \"" + TlsClient.file("server.pem") + "\", \"keyfile\": \""
                + TlsClient.file("server.key") + "\", \"verify\": \"require\", \"cacertfile\": \"" + authority
                + "\", \"crlfile\": \"" + lists + "\"";
        return "{\"pools\": {\"rules\": {\"backend\": \"redis\", \"server\": \"" + redis.server()
                + "\", \"pool_size\": " + poolSize + "}}, \"hooks\": {\"message.publish\": [{\"action\": {"
                + "\"function\": \"on_message_publish\"}, \"pool\": \"rules\"}]}, \"listeners\": ["
                + listener("tcp", "") + ", "
                + listener("tls", tls).replace("{\"type\"", "{\"name\": \"tls\", \"type\"") + "]}";
    }

    @Test
    @DisplayName("a reload with a list or authorities that can't be used changes nothing else either")
    void badLists() throws IOException {
        String ca = TlsClient.file("ca.pem");
        Path bad = folder.resolve("bad.crl");
        try (RedisProcess redis = RedisProcess.start();
                TestBroker own = TestBroker.start(revoking(redis, 2, ca, TlsClient.file("empty-crl.pem")));
                Peer publisher = Peer.online(own.port(), 5, "publisher")) {
            int port = own.broker().ports().get(1);
            int messages = 0;
            for (String wrong :
                    new String[] {"nonsense", "", "-----BEGIN X509 CRL-----\nnonsense\n-----END X509 CRL-----\n"}) {
                Files.writeString(bad, wrong);
                assertThatThrownBy(() -> own.reload(revoking(redis, 3, ca, bad.toString())))
                        .hasMessageContaining("/listeners: listener tls: ")
                        .hasMessageContaining("bad.crl has ");
                messages++;
                publisher.send(Bytes.publish(5, "t", "m" + messages, 1, messages));
                publisher.expect(Frame.PUBACK, messages);
            }
            assertThatThrownBy(() -> own.reload(revoking(redis, 3, bad.toString(), TlsClient.file("crl.pem"))))
                    .hasMessageContaining("bad.crl has no certificates that can be read");
            assertThat(new TlsClient("revoked").isServed(port)).isTrue();
            assertThat(own.reload(revoking(redis, 3, ca, TlsClient.file("crl.pem")))
                            .changed())
                    .contains("/pools/rules/pool_size", "/listeners/1/tls/crlfile");
            assertThat(new TlsClient("revoked").isServed(port)).isFalse();
            assertThat(new TlsClient("ann").isServed(port)).isTrue();
            publisher.send(Bytes.publish(5, "t", "last", 1, 9));
            publisher.expect(Frame.PUBACK, 9);
            assertThat(redis.call("ZCARD", "mqtt:msg:t")).isEqualTo(messages + 1L);
        }
    }

    @Test
    @DisplayName("every authority needs a list: that of another one does not count, and the broker does not start")
    void listOfAnotherAuthority() throws IOException {
        String both = Files.readString(TlsClient.FOLDER.resolve("ca.pem"))
                + Files.readString(TlsClient.FOLDER.resolve("other-ca.pem"));
        Files.writeString(folder.resolve("both.pem"), both);
        try (RedisProcess redis = RedisProcess.start()) {
            assertThatThrownBy(() -> TestBroker.start(revoking(redis, 2, in("both.pem"), TlsClient.file("crl.pem"))))
                    .hasMessageContaining("crl.pem has no list of revoked certificates of CN=other-ca, whom ")
                    .hasMessageContaining("both.pem trusts");
        }
    }

    @Test
    @DisplayName("a list that somebody else has signed can't be used; one that is late can, and that is loud")
    void forgedAndLateLists() {
        String ca = TlsClient.file("ca.pem");
        try (RedisProcess redis = RedisProcess.start();
                TestBroker own = TestBroker.start(revoking(redis, 2, ca, TlsClient.file("crl.pem")));
                LogWatch log = new LogWatch("dev.mooring.mqtt.ClientAuthorities")) {
            int port = own.broker().ports().get(1);
            assertThatThrownBy(() -> own.reload(revoking(redis, 2, ca, TlsClient.file("impostor-crl.pem"))))
                    .hasMessageContaining(
                            "impostor-crl.pem has a list of revoked certificates in the name of CN=ca that"
                                    + " no key of ")
                    .hasMessageContaining("ca.pem has signed: take the list from the authority itself");
            assertThat(new TlsClient("revoked").isServed(port)).isFalse();
            assertThat(log.lines()).isEmpty();

            own.reload(revoking(redis, 2, ca, TlsClient.file("old-crl.pem")));
            assertThat(log.lines())
                    .isNotEmpty()
                    .allMatch(l -> l.startsWith("ERROR the list of CN=ca in ")
                            && l.endsWith("old-crl.pem should have been replaced by 2025-02-01T00:00:00Z: it is used,"
                                    + " but who was revoked since gets in"));
            assertThat(new TlsClient("revoked").isServed(port)).isFalse();
            assertThat(new TlsClient("ann").isServed(port)).isTrue();
        }
    }
}
