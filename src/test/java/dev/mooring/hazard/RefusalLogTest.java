package dev.mooring.hazard;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.password4j.BcryptFunction;
import dev.mooring.LogWatch;
import dev.mooring.TestBroker;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What the operator reads of each CONNECT that is refused: who, from where, the reason code, and why. */
class RefusalLogTest {
    private static final String SECRET = "0123456789abcdef0123456789abcdef";
    private static final int USERS = 0;
    private static final int HTTP = 1;
    private static final int TOKEN = 2;
    private static final int FULL = 3;

    private static TestBroker broker;
    private LogWatch log;

    @BeforeAll
    static void start() {
        broker = TestBroker.start("{\"auth\": {\"users\": [{\"username\": \"ann\", \"password_hash\": \""
                + BcryptFunction.getInstance(4).hash("secret").getResult()
                + "\"}], \"chain\": [{\"type\": \"users\"}, {\"type\": \"jwt\", \"secret\": \"" + SECRET
                + "\"}, {\"type\": \"http\", \"url\": \"http://127.0.0.1:1/\"}],"
                + "\"acl\": {\"no_match\": \"allow\", \"rules\": ["
                + "{\"permission\": \"deny\", \"topics\": [\"secret/#\"]}]}},"
                + "\"limits\": {\"client_id_length_max\": 64}, \"mqtt\": {\"retain_available\": false},"
                + "\"listeners\": [" + listener("users", "") + ", " + listener("http", "") + ", " + listener("jwt", "")
                + ", " + listener("users", ", \"max_connections\": 1") + "]}");
    }

    private static String listener(String link, String more) {
        return "{\"type\": \"tcp\", \"host\": \"127.0.0.1\", \"port\": 0, \"auth\": [\"" + link + "\"]" + more + "}";
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @BeforeEach
    void watch() {
        log = new LogWatch("dev.mooring.mqtt.Connecting");
    }

    @AfterEach
    void unwatch() {
        log.close();
    }

    private static byte[] connect(int flags, byte[] properties, byte[]... payload) {
        byte[] head = Bytes.join(Bytes.text("MQTT"), Bytes.u8(5, flags), Bytes.u16(0), Bytes.block(properties));
        return Bytes.packet(0x10, head, Bytes.join(payload));
    }

    private static byte[] login(String username, String password) {
        return connect(0xC2, Bytes.u8(), Bytes.text("id"), Bytes.text(username), Bytes.text(password));
    }

    /** The one line about this CONNECT, without the port. */
    private String line(int listener, byte[] packet) {
        int before = log.lines().size();
        try (Peer p = Peer.open(broker.broker().ports().get(listener)).version(5)) {
            p.send(packet).readToEnd();
        }
        Wait.until("a line in the log", () -> log.lines().size() > before);
        assertThat(log.lines()).hasSize(before + 1);
        return log.lines().get(before).replaceFirst("127\\.0\\.0\\.1:\\d+", "A");
    }

    @Test
    @DisplayName("logins: the log tells the unknown user from the wrong password, and never the password")
    void logins() throws Exception {
        String bad = "INFO id from A refused: BAD_USER_NAME_OR_PASSWORD ";
        assertThat(line(USERS, login("ann", "wrong"))).isEqualTo(bad + "(wrong password)");
        assertThat(line(USERS, login("mallory", "guessed"))).isEqualTo(bad + "(unknown user)");
        assertThat(line(USERS, login("ann", ""))).isEqualTo(bad + "(a user name without password)");
        assertThat(line(USERS, connect(0x42, Bytes.u8(), Bytes.text("id"), Bytes.text("alone"))))
                .isEqualTo(bad + "(a password without user name)");
        assertThat(line(USERS, connect(2, Bytes.u8(), Bytes.text("id"))))
                .isEqualTo("INFO id from A refused: NOT_AUTHORIZED"
                        + " (shows nothing, and anonymous clients are not allowed)");
        assertThat(line(HTTP, login("ann", "secret")))
                .startsWith("INFO id from A refused: SERVER_UNAVAILABLE (HTTP: ")
                .contains("127.0.0.1:1");
        JWTClaimsSet over = new JWTClaimsSet.Builder()
                .subject("ann")
                .expirationTime(new Date(1))
                .build();
        SignedJWT token = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), over);
        token.sign(new MACSigner(SECRET.getBytes(StandardCharsets.UTF_8)));
        assertThat(line(TOKEN, login("ann", token.serialize())))
                .startsWith("INFO id from A refused: NOT_AUTHORIZED (token: ")
                .containsIgnoringCase("expired")
                .doesNotContain(token.serialize());
        byte[] method = Bytes.join(Bytes.u8(0x15), Bytes.text("GS2"));
        assertThat(line(USERS, connect(2, method, Bytes.text("id"))))
                .isEqualTo("INFO id from A refused: BAD_AUTHENTICATION_METHOD"
                        + " (authentication method GS2 is not offered)");
        assertThat(log.lines()).noneMatch(l -> l.contains("guessed") || l.contains("alone"));
    }

    @Test
    @DisplayName("Wills that are not allowed, or would be retained where nothing is")
    void wills() {
        byte[] who = Bytes.join(Bytes.text("ann"), Bytes.text("secret"));
        byte[] will = Bytes.join(Bytes.block(Bytes.u8()), Bytes.text("secret/x"), Bytes.text("w"));
        assertThat(line(USERS, connect(0xC6, Bytes.u8(), Bytes.text("id"), will, who)))
                .isEqualTo("INFO id from A refused: NOT_AUTHORIZED (the Will's topic is not allowed)");
        assertThat(line(USERS, connect(0xE6, Bytes.u8(), Bytes.text("id"), will, who)))
                .isEqualTo("INFO id from A refused: RETAIN_NOT_SUPPORTED"
                        + " (Wills of this QoS, or retained, are switched off)");
    }

    @Test
    @DisplayName("client ids, versions and packets that are none")
    void packets() {
        assertThat(line(USERS, Bytes.Connect.of(5, "x".repeat(65)).bytes()))
                .endsWith(" refused: CLIENT_IDENTIFIER_NOT_VALID (the client id is too long)");
        assertThat(line(USERS, Bytes.Connect.lasting(4, "").bytes()))
                .contains("CLIENT_IDENTIFIER_NOT_VALID (an empty client id needs clean session)");
        assertThat(line(USERS, Bytes.packet(0x10, Bytes.text("MQTT"), Bytes.u8(9, 2), Bytes.u16(0), Bytes.text("id"))))
                .isEqualTo("INFO connection from A refused: UNSUPPORTED_PROTOCOL_VERSION"
                        + " (protocol name and level are not of MQTT 3.1, 3.1.1 or 5.0)");
        assertThat(line(USERS, connect(3, Bytes.u8(), Bytes.text("id"))))
                .startsWith("INFO connection from A refused: MALFORMED_PACKET (");
        assertThat(line(USERS, Bytes.PINGREQ)).startsWith("INFO connection from A refused: PROTOCOL_ERROR (");
    }

    @Test
    @DisplayName("room: one connection too many, one CONNECT too many in a second")
    void room() {
        int port = broker.broker().ports().get(FULL);
        try (Peer first = Peer.open(port).version(5)) {
            first.send(login("ann", "secret")).expect(Frame.CONNACK);
            assertThat(line(FULL, login("ann", "secret")))
                    .isEqualTo("INFO id from A refused: QUOTA_EXCEEDED (too many connections)");
        }
        try (TestBroker slow = TestBroker.start("{\"limits\": {\"connect_rate_max\": 1}}")) {
            List<Peer> peers = new ArrayList<>();
            Wait.until("one too many", () -> {
                peers.add(Peer.open(slow.port()).send(Bytes.Connect.of(5, "c").bytes()));
                return log.lines().stream()
                        .anyMatch(l -> l.endsWith("CONNECTION_RATE_EXCEEDED (too many CONNECTs per second)"));
            });
            peers.forEach(Peer::close);
        }
    }
}
