package dev.mooring.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.ongres.scram.common.ScramFunctions;
import com.ongres.scram.common.StringPreparation;
import dev.mooring.auth.ScramServer.Step;
import dev.mooring.message.ReasonCode;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScramServerTest {
    private static final byte[] SECRET = "0123456789abcdef".getBytes(UTF_8);

    private final EnhancedAuth auth = new EnhancedAuth(config(), SECRET);

    private static Users config() {
        return new Users(List.of(
                user("alice", "pencil"),
                user("bob", "I\u00ADX"), // SASLprep takes the soft hyphen away
                user("a=b,c", "pencil")));
    }

    private static User user(String name, String password) {
        return new User(name, null, ScramCredentials.of(password, 4_096).text());
    }

    // ---- RFC 7677 §3, the example exchange

    private static final String RFC_NONCE = "rOprNGfwEbeRWgbNEkqO";
    private static final String RFC_SERVER_NONCE = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    private static final String RFC_FIRST = "n,,n=user,r=" + RFC_NONCE;
    private static final String RFC_FINAL =
            "c=biws,r=" + RFC_NONCE + RFC_SERVER_NONCE + ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";

    /** Made once, for thousands of exchanges: each making hashes 4,096 times. */
    private static final ScramCredentials RFC_CREDENTIALS =
            ScramCredentials.of("pencil", 4_096, Base64.getDecoder().decode("W22ZaJ0SNY7soEsUEjb6gQ=="));

    private static ScramServer rfc() {
        return new ScramServer(name -> new ScramServer.Entry("user", RFC_CREDENTIALS), RFC_SERVER_NONCE, null);
    }

    @Test
    void followsTheExampleOfRfc7677() {
        ScramServer server = rfc();
        assertThat(text(server.next(bytes(RFC_FIRST))))
                .isEqualTo("r=" + RFC_NONCE + RFC_SERVER_NONCE + ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
        Step.Done done = (Step.Done) server.next(bytes(RFC_FINAL));
        assertThat(done.username()).isEqualTo("user");
        assertThat(new String(done.data(), UTF_8)).isEqualTo("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "n",
                "n,,",
                "n,,n=user",
                "n,,n=user,",
                "n,,n=,r=abc",
                "n,,n=user,r=",
                "n,,r=abc,n=user",
                "n,,n=us=er,r=abc",
                "n,,n=us=2cer,r=abc",
                "n,,n=user,r=a b",
                "n,,n=user,r=a\u00e4b",
                "n,,n=us\0er,r=abc",
                "n,a=user,n=user,r=abc",
                "p=tls-unique,,n=user,r=abc",
                "p=tls-server-end-point,,n=user,r=abc",
                "x,,n=user,r=abc",
                "n,,m=ext,n=user,r=abc",
                "n,,n=user,m=ext,r=abc",
                "n,,n=user,r=abc,m=ext",
                "n,,n=user,r=abc,",
                "n,,n=user,r=abc,x",
                "n,,n=user,r=abc,x=",
                "n,,n=user,r=abc,1=y",
                "n,,n=user,r=abc,r=def",
                "n=user,r=abc",
                "c=biws,r=abc,p=AAAA",
            })
    void refusesAMalformedFirstMessage(String message) {
        ScramServer server = rfc();
        assertRefused(server.next(bytes(message)), ReasonCode.NOT_AUTHORIZED);
        assertRefused(server.next(bytes(RFC_FIRST)), ReasonCode.PROTOCOL_ERROR);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "c=biws",
                "c=biws,r=NONCE",
                "c=biws,p=PROOF",
                "r=NONCE,c=biws,p=PROOF",
                "c=eSws,r=NONCE,p=PROOF",
                "c=biw,r=NONCE,p=PROOF",
                "c=,r=NONCE,p=PROOF",
                "c=biws,r=NONCE,p=",
                "c=biws,r=NONCE,p=AAAA",
                "c=biws,r=NONCE,p=PROOFAAAA",
                "c=biws,r=NONCE,p=!!!",
                "c=biws,r=NONCE,p=PROOF,x=y",
                "c=biws,r=NONCE,m=x,p=PROOF",
                "c=biws,r=NONCE,x,p=PROOF",
                "c=biws,r=NONCE,x=y,p=PROOF", // well-formed, but the proof is for another text
                "c=biws,r=NONCEx,p=PROOF",
                "c=biws,r=" + RFC_NONCE + ",p=PROOF",
                "c=biws,r=NONCE,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVA=",
            })
    void refusesAFinalMessageThatIsMalformedOrWrong(String message) {
        ScramServer server = rfc();
        server.next(bytes(RFC_FIRST));
        String sent = message.replace("NONCE", RFC_NONCE + RFC_SERVER_NONCE)
                .replace("PROOF", "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
        assertRefused(server.next(bytes(sent)), ReasonCode.NOT_AUTHORIZED);
        assertRefused(server.next(bytes(RFC_FINAL)), ReasonCode.PROTOCOL_ERROR);
    }

    @Property(tries = 2_000)
    void noBytesMakeItThrow(@ForAll byte[] noise, @ForAll int at, @ForAll byte damage, @ForAll boolean inFinal) {
        assertThat(rfc().next(noise)).isInstanceOf(Step.Failed.class);
        ScramServer server = rfc();
        if (inFinal) {
            server.next(bytes(RFC_FIRST));
        }
        byte[] message = bytes(inFinal ? RFC_FINAL : RFC_FIRST);
        int index = Math.floorMod(at, message.length);
        boolean same = message[index] == damage;
        message[index] = damage;
        Step step = server.next(message);
        if (inFinal) {
            assertThat(step).isInstanceOf(same ? Step.Done.class : Step.Failed.class);
        }
    }

    @Test
    void refusesALongMessageUnread() {
        byte[] message = bytes(RFC_FIRST + "x".repeat(ScramServer.MESSAGE_BYTES_MAX));
        assertRefused(rfc().next(message), ReasonCode.NOT_AUTHORIZED);
    }

    @Test
    void nothingComesAfterDone() {
        ScramServer server = rfc();
        server.next(bytes(RFC_FIRST));
        assertThat(server.next(bytes(RFC_FINAL))).isInstanceOf(Step.Done.class);
        assertRefused(server.next(bytes(RFC_FINAL)), ReasonCode.PROTOCOL_ERROR);
    }

    // ---- whole exchanges

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"alice|alice|pencil", "bob|bob|IX", "a=3Db=2Cc|a=b,c|pencil", "ali\u00ADce|alice|pencil"})
    void acceptsTheRightPassword(String sent, String username, String password) {
        for (String header : List.of("n,,", "y,,")) {
            Step step = exchange(start(), header, sent, password, "");
            assertThat(step).isInstanceOf(Step.Done.class);
            assertThat(((Step.Done) step).username()).isEqualTo(username);
        }
    }

    @Test
    void ignoresOptionalExtensions() {
        assertThat(exchange(start(), "n,,", "alice", "pencil", ",x=y,Z=1")).isInstanceOf(Step.Done.class);
    }

    @Test
    void refusesTheWrongPassword() {
        assertRefused(exchange(start(), "n,,", "alice", "pen", ""), ReasonCode.NOT_AUTHORIZED);
    }

    @Test
    void refusesAReplayedFinalMessage() {
        String first = "n,,n=alice,r=clientnonce";
        ScramServer one = start();
        String challenge = text(one.next(bytes(first)));
        byte[] proof = finalMessage("n,,", "n=alice,r=clientnonce", challenge, "pencil", "");
        assertThat(one.next(proof)).isInstanceOf(Step.Done.class);

        ScramServer two = start();
        assertThat(text(two.next(bytes(first)))).isNotEqualTo(challenge);
        assertRefused(two.next(proof), ReasonCode.NOT_AUTHORIZED);
    }

    @Test
    void noncesDoNotRepeat() {
        Set<String> nonces = new HashSet<>();
        for (int i = 0; i < 1_000; i++) {
            assertThat(nonces.add(text(start().next(bytes("n,,n=alice,r=x"))))).isTrue();
        }
    }

    @Test
    void anUnknownUserLooksLikeAWrongPassword() {
        String known = text(start().next(bytes("n,,n=alice,r=x")));
        String unknown = text(start().next(bytes("n,,n=mallory,r=x")));
        assertThat(shape(unknown)).isEqualTo(shape(known));
        Step wrong = exchange(start(), "n,,", "alice", "guess", "");
        Step nobody = exchange(start(), "n,,", "mallory", "guess", "");
        assertThat(((Step.Failed) nobody).reason()).isEqualTo(((Step.Failed) wrong).reason());
    }

    @Test
    void theSaltOfAnUnknownUserStays() {
        EnhancedAuth again = new EnhancedAuth(config(), SECRET);
        String salt = salt(auth, "mallory");
        assertThat(salt(auth, "mallory")).isEqualTo(salt);
        assertThat(salt(again, "mallory")).isEqualTo(salt);
        assertThat(salt(auth, "trudy")).isNotEqualTo(salt);
        assertThat(salt(new EnhancedAuth(config(), "another secret!!".getBytes(UTF_8)), "mallory"))
                .isNotEqualTo(salt);
        assertThat(salt(new EnhancedAuth(config()), "mallory")).isEqualTo(salt(new EnhancedAuth(config()), "mallory"));
    }

    @Test
    void reAuthenticationKeepsTheIdentity() {
        Identity alice = new Identity("alice", true);
        assertThat(exchange(restart(alice), "n,,", "alice", "pencil", "")).isInstanceOf(Step.Done.class);
        assertRefused(exchange(restart(alice), "n,,", "bob", "IX", ""), ReasonCode.NOT_AUTHORIZED);
        for (Identity unproven : List.of(Identity.ANONYMOUS, new Identity("alice", false))) {
            Step step = exchange(restart(unproven), "n,,", "alice", "pencil", "");
            assertRefused(step, ReasonCode.NOT_AUTHORIZED);
        }
    }

    @Test
    void offersWhatItKnows() {
        assertThat(auth.start("SCRAM-SHA-1")).isNull();
        assertThat(auth.start("scram-sha-256")).isNull();
        assertThat(auth.start("")).isNull();
        assertThat(new EnhancedAuth(new Users(List.of())).start("SCRAM-SHA-256"))
                .isNull();
    }

    // ---- the stored form

    @Test
    void readsWhatPostgresqlWrites() {
        byte[] salt = Base64.getDecoder().decode("W22ZaJ0SNY7soEsUEjb6gQ==");
        String text = ScramCredentials.of("pencil", 4_096, salt).text();
        assertThat(text)
                .isEqualTo("SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"
                        + "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=");
        assertThat(ScramCredentials.parse(text).text()).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "SCRAM-SHA-256",
                "SCRAM-SHA-1$4096:AAAA$KEY:KEY",
                "SCRAM-SHA-256$4095:AAAA$KEY:KEY",
                "SCRAM-SHA-256$99999999999:AAAA$KEY:KEY",
                "SCRAM-SHA-256$4096:A$KEY:KEY",
                "SCRAM-SHA-256$4096:=$KEY:KEY",
                "SCRAM-SHA-256$4096:AAAA$AAAA:KEY",
                "SCRAM-SHA-256$4096:AAAA$KEY:AAAA",
                "SCRAM-SHA-256$4096:AAAA$KEY",
                "SCRAM-SHA-256$4096:AAAA$KEY:KEY\n",
            })
    void namesWhatIsWrongWithAStoredForm(String text) {
        assertThat(ScramCredentials.problem(
                        text.replace("KEY", Base64.getEncoder().encodeToString(new byte[32]))))
                .isNotBlank();
    }

    @Test
    void wantsEnoughIterations() {
        assertThatThrownBy(() -> ScramCredentials.of("pencil", 4_095)).isInstanceOf(IllegalArgumentException.class);
    }

    // ---- a client

    private ScramServer start() {
        return Objects.requireNonNull(auth.start(EnhancedAuth.SCRAM_SHA_256));
    }

    private ScramServer restart(Identity identity) {
        return Objects.requireNonNull(auth.restart(EnhancedAuth.SCRAM_SHA_256, identity));
    }

    private static Step exchange(ScramServer server, String header, String name, String password, String extensions) {
        String bare = "n=" + name + ",r=clientnonce" + extensions;
        String challenge = text(server.next(bytes(header + bare)));
        return server.next(finalMessage(header, bare, challenge, password, extensions));
    }

    private static byte[] finalMessage(
            String header, String bare, String challenge, String password, String extensions) {
        String[] parts = challenge.split(",");
        byte[] salted = ScramFunctions.saltedPassword(
                ScramCredentials.MECHANISM,
                StringPreparation.SASL_PREPARATION,
                password.toCharArray(),
                Base64.getDecoder().decode(parts[1].substring(2)),
                Integer.parseInt(parts[2].substring(2)));
        String binding = Base64.getEncoder().encodeToString(bytes(header));
        String withoutProof = "c=" + binding + "," + parts[0] + extensions;
        byte[] key = ScramFunctions.clientKey(ScramCredentials.MECHANISM, salted);
        byte[] signature = ScramFunctions.clientSignature(
                ScramCredentials.MECHANISM,
                ScramFunctions.storedKey(ScramCredentials.MECHANISM, key),
                bare + "," + challenge + "," + withoutProof);
        byte[] proof = ScramFunctions.clientProof(key, signature);
        return bytes(withoutProof + ",p=" + Base64.getEncoder().encodeToString(proof));
    }

    private static String salt(EnhancedAuth auth, String user) {
        ScramServer server = Objects.requireNonNull(auth.start(EnhancedAuth.SCRAM_SHA_256));
        return text(server.next(bytes("n,,n=" + user + ",r=x"))).split(",")[1];
    }

    /** Lengths of the attributes and the iterations. */
    private static List<Object> shape(String challenge) {
        String[] parts = challenge.split(",");
        return Arrays.asList(parts.length, parts[0].length(), parts[1].length(), parts[2]);
    }

    private static void assertRefused(Step step, ReasonCode reason) {
        assertThat(step).isInstanceOfSatisfying(Step.Failed.class, failed -> {
            assertThat(failed.reason()).isEqualTo(reason);
            assertThat(failed.text()).isNotBlank();
        });
    }

    private static String text(Step step) {
        assertThat(step).isInstanceOf(Step.Continue.class);
        return new String(((Step.Continue) step).data(), UTF_8);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}
