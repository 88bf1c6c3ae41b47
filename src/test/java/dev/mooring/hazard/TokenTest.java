package dev.mooring.hazard;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.mooring.LogWatch;
import dev.mooring.TestBroker;
import java.nio.charset.StandardCharsets;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Tokens on the wire. */
class TokenTest {
    private static final String SECRET = "0123456789abcdef0123456789abcdef";

    private static TestBroker broker;

    @BeforeAll
    static void start() {
        broker = TestBroker.start("{\"auth\": {\"chain\": [{\"type\": \"jwt\", \"secret\": \"" + SECRET + "\"}]}}");
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static byte[] connect(int version, JWTClaimsSet claims) throws Exception {
        SignedJWT token = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims);
        token.sign(new MACSigner(SECRET.getBytes(StandardCharsets.UTF_8)));
        byte[] head = Bytes.join(
                Bytes.text("MQTT"), Bytes.u8(version, 0xC2), Bytes.u16(0), version == 5 ? Bytes.u8(0) : Bytes.u8());
        return Bytes.packet(0x10, head, Bytes.text("token"), Bytes.text("x"), Bytes.text(token.serialize()));
    }

    @Test
    @DisplayName("what a token allows is all that is allowed, and it ends with the token: 0xA0")
    void token() throws Exception {
        for (int version : new int[] {4, 5}) {
            JWTClaimsSet claims = new JWTClaimsSet.Builder()
                    .subject("ann")
                    .claim("acl", Map.of("all", List.of("mine/%u/#")))
                    .expirationTime(new Date(System.currentTimeMillis() + 3_000))
                    .build();
            try (LogWatch log = new LogWatch("connections");
                    Peer p = Peer.open(broker.port()).version(version)) {
                p.send(connect(version, claims));
                assertThat(p.expect(Frame.CONNACK).reason()).isZero();
                assertThat(p.subscribe(0, "mine/ann/#").granted(0)).isZero();
                assertThat(p.subscribe(0, "mine/#").granted(0)).isEqualTo(version == 5 ? 0x87 : 0x80);
                p.expectDisconnect(0xA0);
                String said = "INFO token from .* disconnected: what the client was let in by has expired";
                Wait.until(
                        () -> "it among " + log.lines(),
                        () -> log.lines().stream().anyMatch(l -> l.matches(said)));
            }
        }
    }

    @Test
    @DisplayName("a token that has expired is refused: 0x87, and the log says why")
    void expired() throws Exception {
        JWTClaimsSet claims = new JWTClaimsSet.Builder()
                .subject("ann")
                .expirationTime(new Date(System.currentTimeMillis() - 60_000))
                .build();
        try (Peer p = Peer.open(broker.port()).version(5)) {
            p.send(connect(5, claims));
            assertThat(p.expect(Frame.CONNACK).reason()).isEqualTo(0x87);
            assertThat(p.expectEnd()).isNull();
        }
    }
}
