package dev.mooring.hazard;

import static dev.mooring.hazard.LoginTest.login;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.mooring.LogWatch;
import dev.mooring.TestBroker;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** HTTP over TLS: the servers that logins and rights are asked of, and the broker's own listener. */
class HttpsTest {
    private static Vertx vertx;
    private static ECKey key;
    private static HttpServer good;
    private static HttpServer misnamed;

    @BeforeAll
    static void start() throws Exception {
        vertx = Vertx.vertx();
        key = new ECKeyGenerator(Curve.P_256).keyID("k").generate();
        good = server("server");
        misnamed = server("second");
    }

    /** Lets everybody in at /login, and to read at /rights; has a key at /keys. */
    private static HttpServer server(String certificate) {
        HttpServerOptions options = new HttpServerOptions()
                .setSsl(true)
                .setKeyCertOptions(new PemKeyCertOptions()
                        .setCertPath(TlsClient.file(certificate + ".pem"))
                        .setKeyPath(TlsClient.file(certificate + ".key")));
        String keys = new JWKSet(key.toPublicJWK()).toString();
        String rights = "{\"acl\": [{\"permission\": \"allow\", \"action\": \"subscribe\", \"topics\": [\"told\"]}]}";
        return vertx.createHttpServer(options)
                .requestHandler(r -> r.response()
                        .end(
                                r.path().equals("/keys")
                                        ? keys
                                        : r.path().equals("/rights") ? rights : "{\"result\": \"allow\"}"))
                .listen(0, "127.0.0.1")
                .await();
    }

    @AfterAll
    static void stop() {
        vertx.close().await();
    }

    private static String at(HttpServer server, String path, String authority) {
        return "https://localhost:" + server.actualPort() + path + "\", \"cacertfile\": \""
                + TlsClient.file(authority + ".pem") + "\"";
    }

    /** Of the listener that asks the link of this name. */
    private static String listener(String link) {
        return "{\"type\": \"tcp\", \"name\": \"" + link + "\", \"host\": \"127.0.0.1\", \"port\": 0, \"auth\": [\""
                + link + "\"]}";
    }

    private static String http(String name, HttpServer server, String authority) {
        return "{\"type\": \"http\", \"name\": \"" + name + "\", \"url\": \"" + at(server, "/login", authority) + "}";
    }

    @Test
    @DisplayName("a login server is believed only with a certificate of the right authority and name")
    void loginServer() {
        try (LogWatch log = new LogWatch("dev.mooring.mqtt.Connecting");
                TestBroker broker = TestBroker.start("{\"auth\": {\"chain\": [" + http("good", good, "ca") + ", "
                        + http("stranger", good, "other-ca") + ", " + http("misnamed", misnamed, "ca")
                        + "]}, \"listeners\": [" + listener("good") + ", " + listener("stranger") + ", "
                        + listener("misnamed") + "]}")) {
            assertThat(login(broker.broker().ports().get(0), 5, "ann", "x")).isZero();
            assertThat(login(broker.broker().ports().get(1), 5, "ann", "x")).isEqualTo(0x88);
            assertThat(login(broker.broker().ports().get(2), 5, "ann", "x")).isEqualTo(0x88);
            Wait.until("both are told of", () -> log.lines().size() >= 2);
            assertThat(log.lines()).hasSize(2).allMatch(line -> line.contains("SERVER_UNAVAILABLE (HTTP: "));
            assertThat(log.lines().get(0)).contains("certification path");
            assertThat(log.lines().get(1)).contains("localhost");
        }
    }

    @Test
    @DisplayName("so is a server with keys: with another authority its listener stays closed, and the log says why")
    void keys() throws Exception {
        String jwt = "{\"type\": \"jwt\", \"name\": \"%s\", \"jwks_url\": \"%s}";
        try (LogWatch log = new LogWatch("dev.mooring.Listeners");
                TestBroker broker = TestBroker.start("{\"auth\": {\"chain\": ["
                        + jwt.formatted("good", at(good, "/keys", "ca")) + ", "
                        + jwt.formatted("stranger", at(good, "/keys", "other-ca")) + "]}, \"listeners\": ["
                        + listener("good") + ", " + listener("stranger") + "]}")) {
            SignedJWT token = new SignedJWT(
                    new JWSHeader.Builder(JWSAlgorithm.ES256).keyID("k").build(),
                    new JWTClaimsSet.Builder().subject("ann").build());
            token.sign(new ECDSASigner(key));
            assertThat(login(broker.broker().ports().get(0), 5, "ann", token.serialize()))
                    .isZero();
            assertThat(broker.broker().ports().get(1)).isZero();
            assertThat(log.lines().get(0))
                    .startsWith("ERROR listener stranger stays closed, and is tried again: auth stranger: ")
                    .contains("certification path");
        }
    }

    @Test
    @DisplayName("so is a server with rules")
    void rights() {
        String users = "{\"auth\": {\"acl\": {\"sources\": [{\"type\": \"http\", \"url\": \"%s}]}}}";
        try (TestBroker broker = TestBroker.start(users.formatted(at(good, "/rights", "ca")));
                Peer p = Peer.online(broker.port(), 5, "told")) {
            assertThat(p.subscribe(0, "told", "other").granted(0)).isZero();
            broker.reload(users.formatted(at(good, "/rights", "other-ca")));
            assertThat(login(broker.port(), 5, "ann", "x")).isEqualTo(0x88);
        }
    }

    @Test
    @DisplayName("authorities that can't be read keep the listener closed and refuse a reload")
    void badAuthorities() {
        String rules = "{\"auth\": {\"acl\": {\"sources\": [{\"type\": \"http\", \"url\": \"%s}]}}}";
        try (LogWatch log = new LogWatch("dev.mooring.Listeners");
                TestBroker broker = TestBroker.start("{\"auth\": {\"chain\": [" + http("good", good, "ca") + ", "
                        + http("missing", good, "no-such") + ", " + http("nonsense", good, "crl")
                        + "]}, \"listeners\": [" + listener("good") + ", " + listener("missing") + ", "
                        + listener("nonsense") + "]}")) {
            assertThat(login(broker.broker().ports().get(0), 5, "ann", "x")).isZero();
            assertThat(broker.broker().ports().subList(1, 3)).containsOnly(0);
            assertThat(log.lines())
                    .anyMatch(line -> line.contains("auth missing: cacertfile ") && line.contains("no-such.pem"))
                    .anyMatch(line -> line.contains("auth nonsense: cacertfile ") && line.contains("crl.pem"));
        }
        try (TestBroker broker = TestBroker.start(rules.formatted(at(good, "/rights", "ca")))) {
            for (String bad : new String[] {"no-such", "crl"}) {
                assertThatThrownBy(() -> broker.reload(rules.formatted(at(good, "/rights", bad))))
                        .hasMessageContaining("/auth: auth.acl source http: cacertfile ")
                        .hasMessageContaining(bad + ".pem can't be used: ");
            }
            assertThat(login(broker.port(), 5, "ann", "x")).isZero();
        }
    }

    private static String own(String certificate, String keyOf) {
        return "{\"http\": {\"enable\": true, \"port\": 0, \"token\": \"" + "t".repeat(32)
                + "\", \"ssl\": {\"enable\": true, \"certfile\": \"" + TlsClient.file(certificate + ".pem")
                + "\", \"keyfile\": \"" + TlsClient.file(keyOf + ".key") + "\"}}}";
    }

    @Test
    @DisplayName("the key of another certificate is refused at the start and by a reload, by the names of the files")
    void keyOfAnother() throws IOException {
        assertThatThrownBy(() -> TestBroker.start(own("server", "second")))
                .hasMessageContaining("second.key is not the key of ")
                .hasMessageContaining("server.pem");
        try (TestBroker broker = TestBroker.start(own("server", "server"))) {
            assertThatThrownBy(() -> broker.reload(own("renewed", "server")))
                    .hasMessageContaining("/http: ")
                    .hasMessageContaining("server.key is not the key of ")
                    .hasMessageContaining("renewed.pem");
            assertThat(TlsClient.shownTo(broker.broker().httpPort(), "localhost"))
                    .contains("CN=localhost")
                    .doesNotContain("renewed");
        }
    }

    private static String ask(Socket socket, String target, String... headers) throws IOException {
        String request = "GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                + String.join("", headers) + "\r\n";
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    @Test
    @DisplayName("the broker's own listener: health, metrics and the API over TLS, and nothing without")
    void ownListener() throws IOException {
        try (TestBroker broker = TestBroker.start(own("server", "server"))) {
            int port = broker.broker().httpPort();
            TlsClient client = new TlsClient(null);
            String token = "Authorization: Bearer " + "t".repeat(32) + "\r\n";
            await().untilAsserted(() -> {
                try (SSLSocket socket = client.socket(port, "localhost")) {
                    assertThat(ask(socket, "/api/v1/node", token))
                            .startsWith("HTTP/1.1 200")
                            .contains("\"running\"");
                }
            });
            try (SSLSocket socket = client.socket(port, "localhost", "TLSv1.2")) {
                assertThat(ask(socket, "/health/live")).startsWith("HTTP/1.1 200");
            }
            try (SSLSocket socket = client.socket(port, "localhost")) {
                assertThat(ask(socket, "/api/v1/node")).startsWith("HTTP/1.1 401");
            }
            try (Socket plain = new Socket(InetAddress.getLoopbackAddress(), port)) {
                plain.setSoTimeout(Peer.TIMEOUT_MS);
                assertThat(ask(plain, "/health/live")).doesNotContain("200");
            }
        }
    }
}
