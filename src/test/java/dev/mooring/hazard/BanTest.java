package dev.mooring.hazard;

import static dev.mooring.hazard.LoginTest.login;
import static org.assertj.core.api.Assertions.assertThat;

import com.password4j.BcryptFunction;
import dev.mooring.LogWatch;
import dev.mooring.TestBroker;
import dev.mooring.auth.Guard;
import dev.mooring.message.ReasonCode;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Who is kept out, on the wire. */
class BanTest {
    private static TestBroker broker(String ban) {
        return TestBroker.start(
                "{\"auth\": {\"ban\": " + ban + ", \"users\": [{\"username\": \"ann\", \"password_hash\": \""
                        + BcryptFunction.getInstance(4).hash("secret").getResult() + "\"}]}}");
    }

    @Test
    @DisplayName("after so many failed logins the address is told 0x8A (3.1.1: 5), with the right password, too")
    void failures() {
        try (LogWatch log = new LogWatch("dev.mooring.auth.Guard");
                TestBroker broker = broker("{\"address_failures_max\": 3}")) {
            for (int i = 0; i < 3; i++) {
                assertThat(login(broker.port(), 5, "ann", "wrong" + i)).isEqualTo(0x86);
            }
            assertThat(log.lines()).hasSize(1);
            assertThat(log.lines().get(0))
                    .startsWith("INFO address 127.0.0.1 is banned until 20")
                    .endsWith(": 3 failed logins");
            assertThat(login(broker.port(), 5, "ann", "secret")).isEqualTo(0x8A);
            assertThat(login(broker.port(), 4, "ann", "secret")).isEqualTo(5);
            assertThat(broker.broker().metrics().connectionsRefused.get(ReasonCode.BANNED))
                    .isEqualTo(2);
            assertThat(broker.broker().guard().lift(Guard.Kind.ADDRESS, "127.0.0.1"))
                    .isTrue();
            assertThat(login(broker.port(), 5, "ann", "secret")).isZero();
        }
    }

    @Test
    @DisplayName("a client that comes and goes too often is told 0x8A; others from its address are not")
    void flapping() {
        try (TestBroker broker = broker("{\"flapping_max\": 4}")) {
            for (int i = 0; i < 5; i++) {
                assertThat(login(broker.port(), 5, "ann", "secret")).isZero();
            }
            assertThat(login(broker.port(), 5, "ann", "secret")).isEqualTo(0x8A);
            assertThat(broker.broker().guard().bans(System.currentTimeMillis()))
                    .extracting(Guard.Ban::value)
                    .containsExactly("login");
        }
    }

    @Test
    @DisplayName("failed logins are answered later and later; a good one from the same address is not")
    void backoff() {
        try (TestBroker broker = broker("{\"backoff_ms\": 100}")) {
            for (int i = 0; i < 4; i++) {
                assertThat(login(broker.port(), 5, "ann", "wrong" + i)).isEqualTo(0x86);
            }
            assertThat(broker.broker().metrics().authenticationsRefused.sum()).isEqualTo(4);
            assertThat(login(broker.port(), 5, "ann", "secret")).isZero();
        }
    }
}
