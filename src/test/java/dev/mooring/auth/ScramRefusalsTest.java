package dev.mooring.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.auth.ScramServer.Step;
import dev.mooring.message.ReasonCode;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the log says of an exchange that failed: each kind of mistake in its own words. */
class ScramRefusalsTest {
    private static final String NONCE = "abcserver";
    private static final String NO_PROOF = Base64.getEncoder().encodeToString(new byte[32]);

    private static ScramServer server(String user, String mustBe) {
        ScramCredentials credentials = ScramCredentials.of("pencil", 4_096, new byte[16]);
        return new ScramServer(name -> new ScramServer.Entry(user, credentials), "server", mustBe);
    }

    private static void assertSays(Step step, ReasonCode reason, String text) {
        assertThat(step).isEqualTo(new Step.Failed(reason, "SCRAM: " + text));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            ``                        | message has 0 bytes, not 1 to 4096
            x,,n=user,r=abc           | unknown GS2 header
            p=tls-unique,,n=user,r=a  | no channel binding here
            n,,n=user                 | user name or nonce is missing
            n,,r=abc,n=user           | expected attribute n
            n,,n=us=er,r=abc          | malformed user name
            n,,n=user,r=a b           | nonce is not printable
            n,,n=us\0er,r=abc         | message has a NUL
            n,,m=ext,n=user,r=abc     | unknown mandatory extension
            n,,n=user,r=abc,m=ext     | unknown mandatory extension
            n,,n=user,r=abc,x         | malformed extension
            """)
    void first(String message, String text) {
        byte[] data = message.replace("\\0", "\0").getBytes(UTF_8);
        assertSays(server("user", null).next(data), ReasonCode.NOT_AUTHORIZED, text);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            c=biws,r=NONCE             | proof is missing
            c=biws,p=PROOF             | channel binding or nonce is missing
            r=NONCE,c=biws,p=PROOF     | expected attribute c
            c=biws,r=NONCE,p=!         | proof is not base64
            c=biws,r=NONCE,p=AAAA      | proof is not 32 bytes of base64
            c=eSws,r=NONCE,p=PROOF     | channel binding differs from the first message
            c=biws,r=NONCEx,p=PROOF    | wrong nonce
            c=biws,r=NONCE,p=PROOF     | wrong proof for user user
            """)
    void last(String message, String text) {
        ScramServer server = server("user", null);
        assertThat(server.next("n,,n=user,r=abc".getBytes(UTF_8))).isInstanceOf(Step.Continue.class);
        byte[] data = message.replace("NONCE", NONCE).replace("PROOF", NO_PROOF).getBytes(UTF_8);
        assertSays(server.next(data), ReasonCode.NOT_AUTHORIZED, text);
        assertSays(server.next(data), ReasonCode.PROTOCOL_ERROR, "a message after the end");
    }

    @Test
    void others() {
        assertSays(
                server("user", null).next(new byte[] {'n', ',', ',', (byte) 0xFF}),
                ReasonCode.NOT_AUTHORIZED,
                "message is not UTF-8");
        ScramServer unknown = server(null, null);
        unknown.next("n,,n=nobody,r=abc".getBytes(UTF_8));
        assertSays(
                unknown.next(("c=biws,r=" + NONCE + ",p=" + NO_PROOF).getBytes(UTF_8)),
                ReasonCode.NOT_AUTHORIZED,
                "unknown user");
        String nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"; // of RFC 7677 §3, whose proof is right
        ScramCredentials credentials =
                ScramCredentials.of("pencil", 4_096, Base64.getDecoder().decode("W22ZaJ0SNY7soEsUEjb6gQ=="));
        ScramServer again = new ScramServer(
                name -> new ScramServer.Entry("user", credentials), nonce.substring(20), "somebody else");
        again.next(("n,,n=user,r=" + nonce.substring(0, 20)).getBytes(UTF_8));
        assertSays(
                again.next(("c=biws,r=" + nonce + ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=").getBytes(UTF_8)),
                ReasonCode.NOT_AUTHORIZED,
                "re-authentication as another user: user");
    }
}
