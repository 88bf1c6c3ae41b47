package dev.mooring.hazard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.password4j.BcryptFunction;
import dev.mooring.TestBroker;
import dev.mooring.hazard.Bytes.Connect;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who gets in, by which listener: hazard 19. The password of every user is "secret". */
class LoginTest {
    private static final String SECRET =
            BcryptFunction.getInstance(4).hash("secret").getResult();
    private static final int OPEN = 2;
    private static final int FILE_ONLY = 3;
    private static final int CERTIFICATE = 4;
    private static final int WAITING = 5;

    @TempDir
    static Path folder;

    private static TestBroker broker;

    @BeforeAll
    static void start() throws IOException {
        Files.writeString(folder.resolve("users"), "bob:" + SECRET + "\n");
        String tls = "\"tls\": {\"certfile\": \"" + TlsClient.file("server.pem") + "\", \"keyfile\": \""
                + TlsClient.file("server.key") + "\", \"verify\": \"request\", \"cacertfile\": \""
                + TlsClient.file("ca.pem") + "\"}";
        broker = TestBroker.start("{\"auth\": {\"users\": [{\"username\": \"ann\", \"password_hash\": \"" + SECRET
                + "\"}], \"chain\": [{\"type\": \"client_certificate\"}, {\"type\": \"users\"},"
                + "{\"type\": \"password_file\", \"file\": \"" + in("users") + "\"},"
                + "{\"type\": \"password_file\", \"name\": \"late\", \"file\": \"" + in("late") + "\"}],"
                + "\"acl\": {\"rules\": [{\"permission\": \"allow\", \"topics\": [\"user/%u\"]}]}},"
                + "\"listeners\": ["
                + listener("tcp", "\"auth\": [\"users\", \"password_file\"]") + ", "
                + listener("ws", "\"auth\": [], \"allow_anonymous\": true") + ", "
                + listener("tcp", "\"auth\": [], \"allow_anonymous\": true") + ", "
                + listener("tcp", "\"auth\": [\"password_file\"]") + ", "
                + listener("tls", "\"auth\": [\"client_certificate\", \"users\"], " + tls) + ", "
                + listener("tcp", "\"auth\": [\"late\"]") + "]}");
    }

    private static String listener(String type, String more) {
        return "{\"type\": \"" + type + "\", \"host\": \"127.0.0.1\", \"port\": 0, " + more + "}";
    }

    private static String in(String name) {
        return folder.resolve(name).toString().replace("\\", "/");
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static int port(int listener) {
        return broker.broker().ports().get(listener);
    }

    static byte[] connect(int version, String username, String password) {
        byte[] head = Bytes.join(
                Bytes.text("MQTT"),
                Bytes.u8(version, 2 | (username == null ? 0 : 0x80) | (password == null ? 0 : 0x40)),
                Bytes.u16(0),
                version == 5 ? Bytes.u8(0) : Bytes.u8());
        byte[] user = username == null ? new byte[0] : Bytes.text(username);
        byte[] secret = password == null
                ? new byte[0]
                : Bytes.join(Bytes.u16(password.length()), password.getBytes(StandardCharsets.US_ASCII));
        return Bytes.packet(0x10, head, Bytes.text("login"), user, secret);
    }

    /** Reason of CONNACK; a refused one is followed by the end (CVE-2025-56352). */
    static int login(int port, int version, String username, String password) {
        try (Peer p = Peer.open(port).version(version)) {
            p.send(connect(version, username, password));
            int reason = p.expect(Frame.CONNACK).reason();
            if (reason != 0) {
                assertThat(p.expectEnd()).isNull();
            }
            return reason;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    @DisplayName(
            "a wrong password and an unknown user are told the same; so is a name without password (CVE-2016-9877)")
    void refusals(int version) {
        int bad = version == 5 ? 0x86 : 4;
        assertThat(login(broker.port(), version, "ann", "secret")).isZero();
        assertThat(login(broker.port(), version, "bob", "secret")).isZero();
        assertThat(login(broker.port(), version, "ann", "wrong")).isEqualTo(bad);
        assertThat(login(broker.port(), version, "bob", "wrong")).isEqualTo(bad);
        assertThat(login(broker.port(), version, "mallory", "secret")).isEqualTo(bad);
        assertThat(login(broker.port(), version, "ann", "")).isEqualTo(bad);
        assertThat(login(broker.port(), version, "ann", null)).isEqualTo(bad);
        assertThat(login(broker.port(), version, null, null)).isEqualTo(version == 5 ? 0x87 : 5);
    }

    @Test
    @DisplayName("each listener asks its own links, and lets in anonymous clients or not")
    void listeners() {
        assertThat(login(port(OPEN), 5, null, null)).isZero();
        assertThat(login(port(FILE_ONLY), 5, "bob", "secret")).isZero();
        assertThat(login(port(FILE_ONLY), 5, "ann", "secret")).isEqualTo(0x86);
        assertThat(login(port(FILE_ONLY), 5, null, null)).isEqualTo(0x87);
    }

    @Test
    @DisplayName("a client certificate is a user name, which rules count on; what CONNECT claims does not matter")
    void certificate() throws IOException {
        try (Peer p = new TlsClient("ann").open(port(CERTIFICATE)).version(5)) {
            p.send(connect(5, "mallory", "x"));
            assertThat(p.expect(Frame.CONNACK).reason()).isZero();
            assertThat(p.subscribe(0, "user/ann").granted(0)).isZero();
            assertThat(p.subscribe(0, "user/mallory").granted(0)).isEqualTo(0x87);
        }
        try (Peer p = new TlsClient(null).open(port(CERTIFICATE)).version(5)) {
            p.send(connect(5, "mallory", "x"));
            assertThat(p.expect(Frame.CONNACK).reason()).isEqualTo(0x86);
        }
        try (Peer p = new TlsClient(null).open(port(CERTIFICATE)).version(5)) {
            p.send(connect(5, "ann", "secret"));
            assertThat(p.expect(Frame.CONNACK).reason()).isZero();
        }
    }

    @Test
    @DisplayName("a listener whose users can't be loaded stays closed, and opens when they can; the others are open")
    void closedListener() throws IOException {
        assertThat(port(WAITING)).isZero();
        Files.writeString(folder.resolve("late.new"), "bob:" + SECRET + "\n");
        Files.move(folder.resolve("late.new"), folder.resolve("late"));
        await().until(() -> port(WAITING) != 0);
        await().until(() -> login(port(WAITING), 5, "bob", "secret") == 0);
    }

    @Test
    @DisplayName("before the password has proved right nothing is taken over, and no Will is kept")
    void nothingBefore() {
        try (Peer owner = Peer.open(port(OPEN)).version(5)) {
            owner.connect(Connect.of(5, "login"));
            assertThat(login(broker.port(), 5, "ann", "wrong")).isEqualTo(0x86);
            owner.ping();
        }
    }
}
