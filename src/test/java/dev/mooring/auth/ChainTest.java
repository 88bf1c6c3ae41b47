package dev.mooring.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.password4j.BcryptFunction;
import dev.mooring.auth.AuthResult.Accepted;
import dev.mooring.auth.AuthResult.Refused;
import dev.mooring.message.ReasonCode;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Several links, the password file, client certificates, and the checks that nobody waits for. */
class ChainTest {
    private final AtomicInteger hashed = new AtomicInteger();

    @TempDir
    Path folder;

    private final List<PasswordFile> opened = new ArrayList<>();
    private Vertx vertx;
    private Context loop;
    private Hashing hashing;
    private Authenticator authenticator;

    @BeforeEach
    void start() {
        vertx = Vertx.vertx();
        loop = vertx.getOrCreateContext();
        hashing = new Hashing(vertx);
        authenticator = new Authenticator(
                hashing,
                (hash, password) -> {
                    hashed.incrementAndGet();
                    return hash.matches(password);
                },
                () -> 1);
    }

    @AfterEach
    void stop() {
        opened.forEach(PasswordFile::close);
        vertx.close().await();
    }

    private static String bcrypt(String password) {
        return BcryptFunction.getInstance(4).hash(password).getResult();
    }

    private static UserList users(String name, String password) {
        return new UserList(new Users(List.of(new User(name, bcrypt(password), null))));
    }

    private PasswordFile file(String content) throws IOException {
        Path file = Files.writeString(folder.resolve("users"), content);
        PasswordFile link = new PasswordFile(vertx, file, 10);
        opened.add(link);
        return link;
    }

    private AuthResult login(Chain chain, Credentials credentials) {
        Promise<AuthResult> promise = Promise.promise();
        loop.runOnContext(v -> authenticator.authenticate(chain, credentials).onComplete(promise));
        return promise.future().await();
    }

    private AuthResult login(Chain chain, String username, String password) {
        return login(chain, new Credentials("c", username, password == null ? null : password.getBytes(UTF_8)));
    }

    private static void assertBad(AuthResult result, String text) {
        assertThat(result).isEqualTo(new Refused(ReasonCode.BAD_USER_NAME_OR_PASSWORD, text));
    }

    @Test
    void theFirstLinkThatKnowsTheUserHasTheSay() throws IOException {
        PasswordFile file = file("# users\n\nbob:" + bcrypt("file") + "\nann:" + bcrypt("file") + "\n");
        file.open().await();
        Chain chain = new Chain(List.of(users("ann", "list"), file), false);
        assertThat(login(chain, "ann", "list")).isEqualTo(new Accepted(new Identity("ann", true)));
        assertBad(login(chain, "ann", "file"), "wrong password");
        assertThat(login(chain, "bob", "file")).isEqualTo(new Accepted(new Identity("bob", true)));
        assertBad(login(chain, "bob", "list"), "wrong password");
        assertBad(login(chain, "mallory", "file"), "unknown user");
    }

    @Test
    void whoeverNobodyKnowsCostsAHashLikeAWrongPassword() throws IOException {
        PasswordFile file = file("bob:" + bcrypt("file"));
        file.open().await();
        Chain chain = new Chain(List.of(users("ann", "list"), file), true);
        for (String name : List.of("ann", "bob", "mallory", "trudy", "eve")) {
            hashed.set(0);
            assertThat(login(chain, name, "guess")).isInstanceOf(Refused.class);
            assertThat(hashed).as(name).hasValue(1);
        }
    }

    @Test
    void whoIsInNoTableCostsTheHashThatItsUsersHave() {
        Map<String, Map<String, String>> table = Map.of("ann", Map.of("password_hash", bcrypt("table")));
        Rows rows = new Rows(
                Future::succeededFuture, key -> Future.succeededFuture(table.getOrDefault(key, Map.of())), () -> {});
        SaltedHash plain = new SaltedHash(SaltedHash.Algorithm.PLAIN, SaltedHash.Salt.DISABLE);
        TableLink link = new TableLink(rows, new Template("%u"), null, plain);
        Chain chain = new Chain(List.of(link), false);
        assertBad(login(chain, "ann", "guess"), "wrong password");
        for (String name : List.of("mallory", "trudy", "eve")) {
            hashed.set(0);
            assertBad(login(chain, name, "guess"), "unknown user");
            assertThat(hashed).as(name).hasValue(1);
            assertThat(link.anyHash(name))
                    .isEqualTo(PasswordHash.parse(table.get("ann").get("password_hash")));
        }
    }

    @Test
    void aFileThatChangesIsReadAgainAndABadOneIsNotUsed() throws IOException {
        PasswordFile file = file("bob:" + bcrypt("one"));
        file.open().await();
        Chain chain = new Chain(List.of(file), false);
        assertThat(login(chain, "bob", "one")).isInstanceOf(Accepted.class);
        Path path = folder.resolve("users");
        Files.writeString(path, "bob:" + bcrypt("two") + "\neve:secret\n");
        Files.writeString(path, "bob:" + bcrypt("two") + "\n# longer than before\n");
        await().until(() -> login(chain, "bob", "two") instanceof Accepted);
        assertBad(login(chain, "bob", "one"), "wrong password");
        Files.delete(path);
        assertThat(login(chain, "bob", "two")).isInstanceOf(Accepted.class);
        file.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "bob; users, line 1: must be user:hash, where the hash begins with $",
                "bob:; must be user:hash",
                "bob:secret; must be user:hash",
                ":$2b$04$x; must be user:hash",
                "bob:$2b$04$x; line 1: malformed: must be $2b$<cost>$<salt and hash>",
                "bob:$9$x; line 1: unknown algorithm",
                "a:$7$1$AAAA$AAAAAAAAAAAAAAAAAAAAAA==|a:$7$1$AAAA$AAAAAAAAAAAAAAAAAAAAAA==; line 2: the user is there"
            })
    void oneWrongLineAndTheFileIsRefusedWithTheLineButNotItsText(String content, String text) throws IOException {
        PasswordFile file = file(content.replace('|', '\n'));
        assertThatThrownBy(() -> file.open().await())
                .hasMessageContaining(text)
                .message()
                .doesNotContain("secret");
    }

    @Test
    void noFileIsNoUsersAndSaysSo() {
        PasswordFile none = new PasswordFile(vertx, folder.resolve("none"), 0);
        assertThatThrownBy(() -> none.open().await()).hasMessageContaining("there is no file ");
        assertThat(login(new Chain(List.of(none), false), "bob", "x")).isInstanceOf(Refused.class);
    }

    @ParameterizedTest
    @CsvSource({
        "CN, ann",
        "SUBJECT, 'CN=ann,O=Mooring'",
        "EMAIL, ann@example.com",
        "DNS, ann.devices.example",
        "URI, urn:device:ann"
    })
    void aCertificateIsAName(CertificateLink.Name from, String username) throws Exception {
        X509Certificate certificate;
        try (InputStream in = Files.newInputStream(Path.of("src/test/resources/dev/mooring/tls/ann.pem"))) {
            certificate =
                    (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
        Chain chain = new Chain(List.of(new CertificateLink(from)), false);
        Credentials shown = new Credentials("c", "claimed", null, "", "", certificate, () -> true);
        assertThat(login(chain, shown)).isEqualTo(new Accepted(new Identity(username, true)));
        assertThat(login(chain, "claimed", null)).isInstanceOf(Refused.class);
    }

    @Test
    void aCertificateWithoutTheNameIsLeftToTheNextLink() throws Exception {
        X509Certificate certificate;
        try (InputStream in = Files.newInputStream(Path.of("src/test/resources/dev/mooring/tls/revoked.pem"))) {
            certificate =
                    (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
        Chain chain =
                new Chain(List.of(new CertificateLink(CertificateLink.Name.EMAIL), users("ann", "secret")), false);
        Credentials shown = new Credentials("c", "ann", "secret".getBytes(UTF_8), "", "", certificate, () -> true);
        assertThat(login(chain, shown)).isEqualTo(new Accepted(new Identity("ann", true)));
    }

    /** What a flood leaves behind when its clients have gone must not keep the others waiting. */
    @Test
    void checksThatNobodyWaitsForAreLeftOut() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        AtomicInteger done = new AtomicInteger();
        authenticator = new Authenticator(
                hashing,
                (hash, password) -> {
                    done.incrementAndGet();
                    try {
                        return gate.await(30, TimeUnit.SECONDS) && hash.matches(password);
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                },
                () -> 1);
        Chain chain = new Chain(List.of(users("ann", "secret")), false);
        AtomicBoolean wanted = new AtomicBoolean(true);
        List<Promise<AuthResult>> all = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            Promise<AuthResult> promise = Promise.promise();
            all.add(promise);
            Credentials flood =
                    new Credentials("c" + i, "ann", ("guess" + i).getBytes(UTF_8), "", "", null, wanted::get);
            loop.runOnContext(v -> authenticator.authenticate(chain, flood).onComplete(promise));
        }
        await().until(() -> done.get() == Hashing.THREADS);
        wanted.set(false);
        gate.countDown();
        assertThat(login(chain, "ann", "secret")).isInstanceOf(Accepted.class);
        for (Promise<AuthResult> promise : all) {
            assertThat(promise.future().await()).isInstanceOf(Refused.class);
        }
        assertThat(done).hasValue(Hashing.THREADS + 1);
        assertThat(hashing.waiting()).isZero();
    }

    @Test
    void enhancedAuthenticationIsOfferedWhereUsersAreAsked() {
        String scram = ScramCredentials.of("x", 4_096).text();
        Users users = new Users(List.of(new User("ann", null, scram)));
        Link list = new UserList(users);
        AuthPolicy policy = new AuthPolicy(
                new EnhancedAuth(users),
                Acl.OPEN,
                RuleSources.NONE,
                Map.of("users", list),
                Map.of("with", new Chain(List.of(list), false), "without", new Chain(List.of(), true)));
        assertThat(policy.enhanced("with").start(EnhancedAuth.SCRAM_SHA_256)).isNotNull();
        assertThat(policy.enhanced("without").start(EnhancedAuth.SCRAM_SHA_256)).isNull();
        assertThat(policy.enhanced("no such listener").start(EnhancedAuth.SCRAM_SHA_256))
                .isNull();
    }

    @Test
    void aLinkThatFailsLetsNobodyIn() {
        Link broken = (c, passwords) -> Future.failedFuture("boom");
        Chain chain = new Chain(List.of(broken, users("ann", "secret")), true);
        assertThat(login(chain, "ann", "secret"))
                .isInstanceOfSatisfying(
                        Refused.class, r -> assertThat(r.reason()).isEqualTo(ReasonCode.UNSPECIFIED_ERROR));
    }
}
