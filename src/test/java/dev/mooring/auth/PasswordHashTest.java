package dev.mooring.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.password4j.Argon2Function;
import com.password4j.BcryptFunction;
import com.password4j.CompressedPBKDF2Function;
import com.password4j.types.Argon2;
import com.password4j.types.Hmac;
import dev.mooring.auth.Users.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class PasswordHashTest {
    private static final byte[] PASSWORD = "pässword \u20ac \ud83d\ude80".getBytes(UTF_8);

    static List<String> made() {
        byte[] salt = "0123456789abcdef".getBytes(UTF_8);
        List<String> hashes = new ArrayList<>();
        hashes.add(PasswordHash.make(PASSWORD));
        for (Argon2 variant : Argon2.values()) {
            hashes.add(Argon2Function.getInstance(64, 2, 2, 32, variant)
                    .hash(PASSWORD, salt)
                    .getResult());
        }
        hashes.add(BcryptFunction.getInstance(4).hash(PASSWORD).getResult());
        for (Hmac hmac : Hmac.values()) {
            hashes.add(CompressedPBKDF2Function.getInstance(hmac, 1_000, 256)
                    .hash(PASSWORD, salt)
                    .getResult());
        }
        return hashes;
    }

    @ParameterizedTest
    @MethodSource("made")
    void checksWhatPassword4jMakes(String hash) {
        assertThat(PasswordHash.problem(hash)).isNull();
        PasswordHash parsed = PasswordHash.parse(hash);
        assertThat(parsed.matches(PASSWORD)).isTrue();
        assertThat(parsed.matches("wrong".getBytes(UTF_8))).isFalse();
        assertThat(parsed.matches(new byte[] {0, (byte) 0xFF, (byte) 0xC0})).isFalse();
        assertThat(parsed.matches(new byte[65_535])).isFalse();
    }

    /** Made by Python's hashlib in passlib's and mosquitto_passwd's forms. */
    static List<String> foreign() {
        return List.of(
                "$pbkdf2-sha256$1000$8PHy8/T19vf4.fr7/P3./w$Z1kHA1r6qa7hXt.KA" + "8PrSNZSy6STS8gVpbk0CWBbgLQ",
                "$pbkdf2-sha512$1000$8PHy8/T19vf4.fr7/P3./w$xX4fBocEg1gg333KN"
                        + "un4tpp9v7mVIS17PNtAV3/Do74482N2Q8ddzwDbHnxCWuX.DdZIZqa/feLYsuy6WIHe2A",
                "$7$101$8PHy8/T19vf4+fr7/P3+/w==$bhKZJlbE1wgRPO490mSeyJEl7vqT"
                        + "/uFGgUQedeRqZpCb+kJlSrX/OWJEF0Wc+CAzBCdV9dUDYGaJiivRTo/5VA==");
    }

    @ParameterizedTest
    @MethodSource("foreign")
    void checksWhatOthersMake(String hash) {
        assertThat(PasswordHash.parse(hash).matches(PASSWORD)).isTrue();
        assertThat(PasswordHash.parse(hash).matches("wrong".getBytes(UTF_8))).isFalse();
    }

    @Test
    void undecodablePasswordsAreNotAllTheSame() {
        byte[] replaced = "\ufffd".getBytes(UTF_8);
        String hash = CompressedPBKDF2Function.getInstance(Hmac.SHA256, 1_000, 256)
                .hash(replaced, "0123456789abcdef".getBytes(UTF_8))
                .getResult();
        assertThat(PasswordHash.parse(hash).matches(replaced)).isTrue();
        assertThat(PasswordHash.parse(hash).matches(new byte[] {(byte) 0xFF})).isFalse();
    }

    @Test
    void manyThreadsCheckOneHash() {
        PasswordHash hash = PasswordHash.parse(made().get(1));
        byte[] wrong = "wrong".getBytes(UTF_8);
        assertThat(IntStream.range(0, 400).parallel().filter(i -> hash.matches(i % 2 == 0 ? PASSWORD : wrong)))
                .hasSize(200);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            `` | unknown algorithm: must begin with $argon2id$, $2b$, $pbkdf2-sha256$ or $7$
            secret                                        | unknown algorithm: must begin with
            $                                             | unknown algorithm: must begin with
            $argon2id$ | malformed: must be $argon2id$v=19$m=<KiB>,t=<passes>,p=<lanes>$<salt>$<hash>
            $argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ    | malformed: must be $argon2id$
            $argon2id$v=19$m=999999999,t=2,p=1$c2FsdHNhbHQ$HASH | argon2 m must be 8 to
            $argon2id$v=19$m=64,t=0,p=1$c2FsdHNhbHQ$HASH  | argon2 t must be 1 to
            $argon2id$v=19$m=64,t=1,p=99$c2FsdHNhbHQ$HASH | argon2 p must be 1 to
            $argon2id$v=19$m=64,t=1,p=1$c2Fs$HASH         | the salt must have at least 8 bytes
            $argon2id$v=19$m=64,t=1,p=1$c$HASH            | the salt is not base64
            $2b$12$short                                  | malformed: must be $2b$<cost>$<salt and hash>
            $2b$31$0123456789012345678901234567890123456789012345678901z | bcrypt cost must be 4 to
            $pbkdf2-sha256$0$c2FsdA$HASH                  | iterations must be 1 to
            $pbkdf2-sha1$1000$c2FsdA$HASH | malformed: must be $pbkdf2-sha256$<iterations>$<salt>$<hash>
            $7$101$c2FsdA==$AAAA                          | the hash must have at least 16 bytes
            $7$x$c2FsdA==$AAAA                            | malformed: must be $7$<iterations>$<salt>$<hash>
            $3$9999999999999999999$c2FsdA==$HASH=        | the configuration is out of range
            $3$x$c2FsdA==$HASH=                           | unknown algorithm: must begin with
            $3$256$c2FsdA==$HASH=                         | the hash is not as long as the configuration says
            """)
    void malformedHashesAreToldInOneSentence(String hash, String problem) {
        assertThat(PasswordHash.problem(hash.replace("HASH", "A".repeat(27)))).startsWith(problem);
    }

    @Test
    void aLineFeedIsNoPartOfAHash() {
        assertThat(PasswordHash.problem("$2b$12$0123456789012345678901234567890123456789012345678901z\n"))
                .startsWith("malformed");
    }

    @Test
    void malformedCredentialsOfScramAreToldInOneSentence() {
        String key = "A".repeat(43) + "=";
        String good = "SCRAM-SHA-256$4096:c2FsdA==$" + key + ":" + key;
        assertThat(ScramCredentials.problem(good)).isNull();
        assertThat(ScramCredentials.problem("secret"))
                .isEqualTo("malformed: must be SCRAM-SHA-256$<iterations>:<salt>$<storedKey>:<serverKey>");
        assertThat(ScramCredentials.problem(good.replace("4096", "100")))
                .isEqualTo("the iterations must be 4096 to 2147483647");
        assertThat(ScramCredentials.problem(good.replace("c2FsdA==", "c"))).isEqualTo("the salt is not base64");
        assertThat(ScramCredentials.problem(good.replace("$" + key, "$AAAA")))
                .isEqualTo("the storedKey must have 32 bytes");
        assertThatThrownBy(() -> ScramCredentials.of("pencil", 100)).hasMessage("the iterations must be at least 4096");
    }

    @Property(tries = 500)
    void aDamagedHashIsAProblemOrADifferentPasswordButNoException(@ForAll int seed, @ForAll char c) {
        List<String> hashes = List.of(
                "$2b$04$0123456789012345678901234567890123456789012345678901z",
                "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAA",
                "$7$101$c2FsdA==$AAAAAAAAAAAAAAAAAAAAAAAAAAA=");
        String hash = hashes.get(Math.floorMod(seed, hashes.size()));
        int at = Math.floorMod(seed / 7, hash.length());
        String damaged = hash.substring(0, at) + c + hash.substring(at + 1);
        if (PasswordHash.problem(damaged) == null && !damaged.contains("$m=") && !damaged.startsWith("$2")) {
            assertThat(PasswordHash.parse(damaged).matches(PASSWORD)).isFalse();
        }
    }

    @Test
    void allProblemsOfAConfigurationAreListed() {
        String scram = ScramCredentials.of("pencil", 4_096).text();
        List<User> users = List.of(
                new User("ok", made().get(0), scram),
                new User("", made().get(0), null),
                new User("ok", null, null),
                new User("both", "plain", "SCRAM-SHA-256$100:c2FsdA==$AAAA:AAAA"));
        assertThat(Users.check(users)).extracting(Problem::index).containsExactly(1, 2, 2, 3, 3);
        assertThat(Users.check(users).toString())
                .contains("the user name is empty", "the user name is taken by an earlier user")
                .contains("needs a passwordHash or a scramSha256");
        assertThat(Users.check(users).toString()).doesNotContain("plain", "AAAA");
        assertThatThrownBy(() -> new Users(users)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void secretsStayOutOfText() {
        User user = new User(
                "alice", made().get(0), ScramCredentials.of("pencil", 4_096).text());
        Credentials credentials = new Credentials("c", "alice", PASSWORD);
        assertThat(new Users(List.of(user)).toString()).contains("alice").doesNotContain("$", "SCRAM");
        assertThat(credentials.toString()).isEqualTo("Credentials[c, alice]");
    }
}
