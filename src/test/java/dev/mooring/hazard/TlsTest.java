package dev.mooring.hazard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mooring.TestBroker;
import dev.mooring.hazard.Bytes.Connect;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Listeners with TLS, from the handshake to MQTT behind it. */
class TlsTest {
    private static final int PLAIN = 2;
    private static final int MUTUAL = 3;
    private static final int REQUESTED = 4;
    private static final int WEB = 5;
    private static final int PROXIED = 6;
    private static final int OLD = 7;

    /** A malformed packet. */
    private static final byte[] QOS_3 = Bytes.u8(0x36, 3, 0, 1, 'a');

    @TempDir
    static Path folder;

    private static TestBroker broker;

    @BeforeAll
    static void start() throws IOException {
        copy("server", "server");
        Files.copy(TlsClient.FOLDER.resolve("empty-crl.pem"), folder.resolve("crl.pem"));
        String own = "\"certfile\": \"" + in("server.pem") + "\", \"keyfile\": \"" + in("server.key") + "\"";
        String verified = own + ", \"cacertfile\": \"" + TlsClient.file("ca.pem") + "\", \"crlfile\": \""
                + in("crl.pem") + "\", \"reload_s\": 0";
        String sni = ", \"sni\": [{\"certfile\": \"" + TlsClient.file("second.pem") + "\", \"keyfile\": \""
                + TlsClient.file("second.key") + "\"}]";
        broker =
                TestBroker.start("{\"auth\": {\"acl\": {\"no_match\": \"allow\", \"rules\": [{\"permission\": \"deny\","
                        + "\"topics\": [\"proxied\"], \"addresses\": [\"192.0.2.0/24\"]}]}}, \"listeners\": ["
                        + listener("tcp", "") + ", " + listener("ws", "") + ", "
                        + listener("tls", own + sni + ", \"reload_s\": 1") + ", "
                        + listener("tls", verified + ", \"verify\": \"require\"") + ", "
                        + listener("tls", verified + ", \"verify\": \"request\"") + ", "
                        + listener("wss", own) + ", "
                        + listener("tls", own).replace("\"port\"", "\"proxy_protocol\": true, \"port\"") + ", "
                        + listener("tls", own + ", \"versions\": [\"TLSv1.2\"]") + "]}");
    }

    private static String listener(String type, String tls) {
        return "{\"type\": \"" + type + "\", \"host\": \"127.0.0.1\", \"port\": 0"
                + (tls.isEmpty() ? "}" : ", \"tls\": {" + tls + "}}");
    }

    private static String in(String name) {
        return folder.resolve(name).toString().replace("\\", "/");
    }

    private static void copy(String from, String to) throws IOException {
        for (String ending : new String[] {".pem", ".key"}) {
            Files.copy(
                    TlsClient.FOLDER.resolve(from + ending),
                    folder.resolve(to + ending),
                    StandardCopyOption.REPLACE_EXISTING);
        }
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static int port(int listener) {
        return broker.broker().ports().get(listener);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("MQTT works over TLS 1.2 and 1.3, with messages larger than a record")
    void mqttOverTls(String version) throws IOException {
        SSLSocket socket = new TlsClient(null).socket(port(PLAIN), "localhost", version);
        socket.startHandshake();
        assertThat(socket.getSession().getProtocol()).isEqualTo(version);
        try (Peer p = Peer.over(socket)) {
            p.connect(Connect.of(5, "tls-" + version));
            p.subscribe(1, "tls/" + version);
            String large = "x".repeat(100_000);
            p.send(Bytes.publish(5, "tls/" + version, large, 1, 1));
            Frame one = p.next();
            Frame two = p.next();
            Frame message = one.type() == Frame.PUBLISH ? one : two;
            assertThat(message.payload()).isEqualTo(large);
            p.send(Bytes.ack(Frame.PUBACK, message.packetId())).ping().disconnect();
        }
    }

    @Test
    @DisplayName("versions that are not listed fail the handshake; so does plain MQTT, and costs nobody else anything")
    void versions() throws IOException {
        assertThatThrownBy(() -> new TlsClient(null)
                        .socket(port(OLD), "localhost", "TLSv1.3")
                        .startHandshake())
                .isInstanceOf(IOException.class);
        try (Peer p = Peer.open(port(PLAIN))) {
            p.send(Connect.of(4, "plain").bytes());
            byte[] answer = p.readToEnd();
            assertThat(answer.length == 0 || answer[0] == 21)
                    .as("nothing, or an alert of TLS")
                    .isTrue();
        }
        assertThat(new TlsClient(null).isServed(port(OLD))).isTrue();
    }

    @Test
    @DisplayName("who asks for a name gets the certificate that has it, wildcards too, everybody else the first one")
    void serverNames() throws IOException {
        assertThat(TlsClient.shownTo(port(PLAIN), "localhost")).contains("CN=localhost");
        assertThat(TlsClient.shownTo(port(PLAIN), "second.example")).contains("CN=second.example");
        assertThat(TlsClient.shownTo(port(PLAIN), "a.wild.example")).contains("CN=second.example");
        assertThat(TlsClient.shownTo(port(PLAIN), "unknown.example")).contains("CN=localhost");
    }

    @Test
    @DisplayName("verify require: only who shows a certificate of the authority is served")
    void mutual() {
        assertThat(new TlsClient("ann").isServed(port(MUTUAL))).isTrue();
        assertThat(new TlsClient(null).isServed(port(MUTUAL))).isFalse();
        assertThat(new TlsClient("stranger").isServed(port(MUTUAL))).isFalse();
    }

    @Test
    @DisplayName("verify request: no certificate is well, a wrong one is not")
    void requested() {
        assertThat(new TlsClient("ann").isServed(port(REQUESTED))).isTrue();
        assertThat(new TlsClient(null).isServed(port(REQUESTED))).isTrue();
        assertThat(new TlsClient("stranger").isServed(port(REQUESTED))).isFalse();
    }

    @Test
    @DisplayName("a list of revoked certificates counts for new connections once it is read again")
    void revocation() throws IOException {
        TlsClient revoked = new TlsClient("revoked");
        assertThat(revoked.isServed(port(MUTUAL))).isTrue();
        try (Peer before = revoked.open(port(MUTUAL))) {
            before.connect(Connect.of(5, "revoked-before"));
            Files.copy(
                    TlsClient.FOLDER.resolve("crl.pem"),
                    folder.resolve("crl.pem"),
                    StandardCopyOption.REPLACE_EXISTING);
            broker.broker().reloadCertificates().await();
            assertThat(revoked.isServed(port(MUTUAL))).isFalse();
            assertThat(new TlsClient("ann").isServed(port(MUTUAL))).isTrue();
            before.ping();
        }
    }

    @Test
    @DisplayName("new certificates are taken by new connections; a half new pair, or none, changes nothing and is loud")
    void renewal() throws IOException {
        TlsClient client = new TlsClient(null);
        try (Peer old = client.open(port(OLD))) {
            old.connect(Connect.of(5, "before-renewal"));
            Files.copy(
                    TlsClient.FOLDER.resolve("renewed.pem"),
                    folder.resolve("server.pem"),
                    StandardCopyOption.REPLACE_EXISTING);
            assertThatThrownBy(() -> broker.broker().reloadCertificates().await())
                    .hasMessageContaining("server.key is not the key of ");
            assertThat(TlsClient.shownTo(port(OLD), "localhost")).doesNotContain("renewed");
            Files.writeString(folder.resolve("server.key"), "nonsense");
            assertThatThrownBy(() -> broker.broker().reloadCertificates().await())
                    .hasMessageContaining("server.key is not as it should be");
            Files.delete(folder.resolve("server.key"));
            assertThatThrownBy(() -> broker.broker().reloadCertificates().await())
                    .hasMessageContaining("can't read ");
            copy("renewed", "server");
            broker.broker().reloadCertificates().await();
            for (int i = 0; i < 4; i++) { // every loop
                assertThat(TlsClient.shownTo(port(OLD), "localhost")).contains("renewed");
            }
            old.ping();
            copy("server", "server");
            broker.broker().reloadCertificates().await();
        }
    }

    @Test
    @DisplayName(
            "a reload may name other certificates, for MQTT and for HTTPS: new connections get them, open ones go on;"
                    + " a pair that does not fit changes nothing")
    void otherFiles() throws IOException {
        try (TestBroker own = TestBroker.start(files("server", "server"));
                Peer before = new TlsClient(null).open(own.broker().ports().get(1))) {
            int port = own.broker().ports().get(1);
            int https = own.broker().httpPort();
            before.connect(Connect.of(5, "before-reload"));
            assertThat(own.reload(files("renewed", "renewed")).changed())
                    .contains("/listeners/1/tls/certfile", "/listeners/1/tls/keyfile", "/http/ssl/certfile");
            assertThat(TlsClient.shownTo(port, "localhost")).contains("renewed");
            assertThat(TlsClient.shownTo(https, "localhost")).contains("renewed");
            assertThatThrownBy(() -> own.reload(files("server", "second")))
                    .hasMessageContaining("/listeners: listener tls: ")
                    .hasMessageContaining("second.key is not the key of ");
            assertThat(TlsClient.shownTo(port, "localhost")).contains("renewed");
            before.ping();
        }
    }

    private static String files(String certificate, String key) {
        String both = "\"certfile\": \"" + TlsClient.file(certificate + ".pem") + "\", \"keyfile\": \""
                + TlsClient.file(key + ".key") + "\"";
        return "{\"listeners\": [" + listener("tcp", "") + ", "
                + listener("tls", both).replace("{\"type\"", "{\"name\": \"tls\", \"type\"")
                + "], \"http\": {\"enable\": true, \"port\": 0, \"token\": \"01234567890123456789012345678901\","
                + " \"ssl\": {\"enable\": true, " + both + "}}}";
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("the reason of the end reaches a client that goes on sending: the connection is not reset")
    void reasonOfTheEnd(String version) throws IOException {
        SSLSocket socket = new TlsClient(null).socket(port(PLAIN), "localhost", version);
        socket.startHandshake();
        try (Peer p = Peer.over(socket)) {
            p.connect(Connect.of(5, "end-" + version));
            p.send(QOS_3);
            pushes(p);
            p.expectDisconnect(0x81);
        }
        socket = new TlsClient(null).socket(port(WEB), "localhost", version);
        socket.startHandshake();
        try (Peer p = Peer.over(socket)) {
            upgrade(p);
            p.send(frame(Connect.of(5, "end-web-" + version).bytes()));
            int connack = p.readBytes(2)[1];
            p.readBytes(connack);
            p.send(frame(QOS_3));
            pushes(p);
            byte[] last = p.readToEnd();
            assertThat(last[0]).as("a binary frame").isEqualTo((byte) 0x82);
            assertThat(last[2]).as("DISCONNECT").isEqualTo((byte) 0xE0);
            assertThat(last[4]).as("its reason").isEqualTo((byte) 0x81);
            assertThat(last).as("then a close frame").endsWith(0x03, 0xE8, 'B', 'y', 'e');
        }
    }

    /** Goes on sending, though the broker has ended the connection. */
    private static void pushes(Peer p) {
        byte[] chunk = new byte[64 << 10];
        for (int i = 0; i < 32; i++) {
            assertThat(p.trySend(chunk)).as("chunk " + i).isTrue();
        }
    }

    @Test
    @DisplayName("MQTT over WebSocket over TLS")
    void webSocket() throws IOException {
        SSLSocket socket = new TlsClient(null).socket(port(WEB), "localhost");
        socket.startHandshake();
        try (Peer p = Peer.over(socket)) {
            upgrade(p);
            p.send(frame(Connect.of(4, "wss").bytes()));
            assertThat(p.readBytes(6)).isEqualTo(Bytes.u8(0x82, 4, 0x20, 2, 0, 0));
        }
    }

    /** A WebSocket frame from a client, of less than 126 bytes. */
    private static byte[] frame(byte[] content) {
        return Bytes.join(Bytes.u8(0x82, 0x80 | content.length, 0, 0, 0, 0), content);
    }

    private static void upgrade(Peer p) {
        String request = "GET /mqtt HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: mqtt\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        p.send(request.getBytes(StandardCharsets.US_ASCII));
        String head = "";
        while (!head.endsWith("\r\n\r\n")) {
            head += new String(p.readBytes(1), StandardCharsets.US_ASCII);
        }
        assertThat(head).startsWith("HTTP/1.1 101");
    }

    @Test
    @DisplayName("the PROXY protocol comes before TLS, rules count for its address, and nothing goes without it")
    void proxyProtocol() throws IOException {
        Socket plain = new Socket(InetAddress.getLoopbackAddress(), port(PROXIED));
        plain.getOutputStream()
                .write("PROXY TCP4 192.0.2.7 192.0.2.8 4711 8883\r\n".getBytes(StandardCharsets.US_ASCII));
        SSLSocket socket = new TlsClient(null).over(plain);
        socket.startHandshake();
        try (Peer p = Peer.over(socket)) {
            p.connect(Connect.of(5, "proxied"));
            assertThat(p.subscribe(0, "proxied").granted(0)).isEqualTo(0x87);
        }
        try (Peer p = new TlsClient(null).open(port(PLAIN))) {
            p.connect(Connect.of(5, "not-proxied"));
            assertThat(p.subscribe(0, "proxied").granted(0)).isZero();
        }
        assertThatThrownBy(() -> new TlsClient(null).open(port(PROXIED))).isInstanceOf(IOException.class);
    }

    @Test
    @DisplayName("a client that never ends its handshake, and one that breaks it, are not counted as clients")
    void halfOpen() throws IOException {
        Wait.until(
                "those of other tests have gone",
                () -> broker.broker().metrics().connections.get() == 0);
        try (Peer silent = Peer.open(port(PLAIN));
                Peer broken = Peer.open(port(PLAIN))) {
            broken.send(Bytes.u8(22, 3, 1, 0xFF, 0xFF)).send(new byte[70_000]);
            assertThat(broken.readToEnd().length).isLessThan(100);
            assertThat(broker.broker().metrics().connections.get()).isZero();
        }
        assertThat(new TlsClient(null).isServed(port(PLAIN))).isTrue();
    }

    @Test
    @DisplayName(
            "a handshake has its time, however busy the client is with it; then the connection is closed and counted")
    void slowHandshake() {
        String tls = "\"certfile\": \"" + TlsClient.file("server.pem") + "\", \"keyfile\": \""
                + TlsClient.file("server.key") + "\", \"handshake_timeout_s\": 1";
        try (TestBroker slow = TestBroker.start("{\"listeners\": [" + listener("tls", tls) + "]}");
                Peer silent = Peer.open(slow.port());
                Peer busy = Peer.open(slow.port())) {
            busy.send(Bytes.u8(22, 3, 1, 0x3F, 0xFF)); // a record of 16 KB, which comes byte by byte
            Wait.until("the end of the busy one", () -> !busy.trySend(Bytes.u8(0)));
            assertThat(silent.readToEnd()).isEmpty();
            Wait.until(
                    "both counted",
                    () -> slow.broker().metrics().handshakesFailed.sum() == 2);
        }
    }

    @Test
    @DisplayName("a broker whose certificate can't be used does not start, and says which and why")
    void badStart() throws IOException {
        Files.writeString(folder.resolve("bad.pem"), "nonsense");
        String tls = "\"certfile\": \"" + in("bad.pem") + "\", \"keyfile\": \"" + TlsClient.file("server.key") + "\"";
        assertThatThrownBy(() ->
                        TestBroker.start("{\"listeners\": [" + listener("tcp", "") + "," + listener("tls", tls) + "]}"))
                .hasMessageContaining("listener tls-1: ")
                .hasMessageContaining("bad.pem");
        String other = "\"certfile\": \"" + TlsClient.file("second.pem") + "\", \"keyfile\": \""
                + TlsClient.file("server.key") + "\"";
        assertThatThrownBy(() -> TestBroker.start("{\"listeners\": [" + listener("tls", other) + "]}"))
                .hasMessageContaining("server.key is not the key of ");
    }
}
