package dev.mooring.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.password4j.BcryptFunction;
import dev.mooring.auth.AuthResult.Accepted;
import dev.mooring.auth.AuthResult.Refused;
import dev.mooring.message.ReasonCode;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AuthenticatorTest {
    private static final String SCRAM = ScramCredentials.of("pencil", 4_096).text();

    private final AtomicInteger hashed = new AtomicInteger();
    private final AtomicLong nowMs = new AtomicLong(1_000);
    private final CountDownLatch gate = new CountDownLatch(1);

    private Vertx vertx;
    private Context loop;
    private Hashing hashing;
    private Chain chain;

    @BeforeEach
    void start() {
        vertx = Vertx.vertx();
        loop = vertx.getOrCreateContext();
    }

    @AfterEach
    void stop() {
        gate.countDown();
        vertx.close().await();
    }

    private static Chain users(boolean allowAnonymous) {
        Users users = new Users(List.of(
                new User("alice", bcrypt("wonderland"), null),
                new User("bob", bcrypt("builder"), null),
                new User("scram", null, SCRAM)));
        return new Chain(List.of(new UserList(users)), allowAnonymous);
    }

    private static String bcrypt(String password) {
        return BcryptFunction.getInstance(4).hash(password).getResult();
    }

    private Authenticator counting(Chain asked) {
        chain = asked;
        hashing = new Hashing(vertx, 4);
        return onLoop(() -> Future.succeededFuture(new Authenticator(
                hashing,
                (hash, password) -> {
                    hashed.incrementAndGet();
                    assertThat(Context.isOnEventLoopThread()).isFalse();
                    return hash.matches(password);
                },
                nowMs::get)));
    }

    private Authenticator gated() {
        chain = users(false);
        hashing = new Hashing(vertx, 4);
        return onLoop(() -> Future.succeededFuture(new Authenticator(
                hashing,
                (hash, password) -> {
                    hashed.incrementAndGet();
                    try {
                        gate.await(30, TimeUnit.SECONDS);
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                    return hash.matches(password);
                },
                nowMs::get)));
    }

    private <T> T onLoop(Supplier<Future<T>> work) {
        Promise<T> promise = Promise.promise();
        loop.runOnContext(v -> work.get().onComplete(promise));
        return promise.future().await();
    }

    private AuthResult login(Authenticator auth, String username, String password) {
        byte[] bytes = password == null ? null : password.getBytes(UTF_8);
        return onLoop(() -> auth.authenticate(chain, new Credentials("c", username, bytes)));
    }

    private static void assertAccepted(AuthResult result, Identity identity) {
        assertThat(result).isEqualTo(new Accepted(identity));
    }

    private static void assertRefused(AuthResult result, ReasonCode reason) {
        assertThat(result).isInstanceOfSatisfying(Refused.class, refused -> {
            assertThat(refused.reason()).isEqualTo(reason);
            assertThat(refused.text()).isNotBlank();
        });
    }

    @Test
    void anOpenBrokerTakesEverybodyButVerifiesNobody() {
        Authenticator auth = counting(new Chain(List.of(), true));
        assertAccepted(login(auth, null, null), Identity.ANONYMOUS);
        assertAccepted(login(auth, "alice", "x"), new Identity("alice", false));
        assertAccepted(login(auth, "alice", null), new Identity("alice", false));
        assertAccepted(login(auth, null, "x"), Identity.ANONYMOUS);
    }

    @Test
    void aClosedBrokerWithoutUsersTakesNobody() {
        Authenticator auth = counting(new Chain(List.of(), false));
        assertRefused(login(auth, null, null), ReasonCode.NOT_AUTHORIZED);
        assertThat(login(auth, "alice", "x"))
                .isEqualTo(new Refused(
                        ReasonCode.BAD_USER_NAME_OR_PASSWORD, "nobody has a password here: no users are configured"));
    }

    @Test
    void whoNamesHimselfMustProveIt() {
        for (boolean allowAnonymous : new boolean[] {false, true}) {
            Authenticator auth = counting(users(allowAnonymous));
            assertAccepted(login(auth, "alice", "wonderland"), new Identity("alice", true));
            ReasonCode bad = ReasonCode.BAD_USER_NAME_OR_PASSWORD;
            assertRefused(login(auth, "alice", "builder"), bad);
            assertRefused(login(auth, "alice", ""), bad);
            assertRefused(login(auth, "alice", null), bad);
            assertRefused(login(auth, "Alice", "wonderland"), bad);
            assertRefused(login(auth, "", "wonderland"), bad);
            assertRefused(login(auth, null, "wonderland"), bad);
            assertRefused(login(auth, "mallory", "wonderland"), bad);
            assertRefused(login(auth, "mallory", "builder"), bad);
            assertRefused(login(auth, "scram", "pencil"), bad);
        }
    }

    @Test
    void anonymousIsASetting() {
        assertAccepted(login(counting(users(true)), null, null), Identity.ANONYMOUS);
        assertRefused(login(counting(users(false)), null, null), ReasonCode.NOT_AUTHORIZED);
    }

    @Test
    void anUnknownUserCostsOneFullHashLikeAWrongPassword() {
        Authenticator auth = counting(users(false));
        for (String name : List.of("alice", "mallory", "scram", "bob", "trudy")) {
            hashed.set(0);
            assertRefused(login(auth, name, "guess"), ReasonCode.BAD_USER_NAME_OR_PASSWORD);
            assertThat(hashed).as(name).hasValue(1);
        }
    }

    @Test
    void aGoodResultIsBelievedForSomeSeconds() {
        Authenticator auth = counting(users(false));
        for (int i = 0; i < 5; i++) {
            assertAccepted(login(auth, "alice", "wonderland"), new Identity("alice", true));
        }
        assertThat(hashed).hasValue(1);
        assertRefused(login(auth, "alice", "wonderlan"), ReasonCode.BAD_USER_NAME_OR_PASSWORD);
        assertRefused(login(auth, "bob", "wonderland"), ReasonCode.BAD_USER_NAME_OR_PASSWORD);
        assertThat(hashed).hasValue(3);

        nowMs.addAndGet(Passwords.GOOD_MS);
        login(auth, "alice", "wonderland");
        assertThat(hashed).hasValue(4);
    }

    @Test
    void aBadResultIsNotKept() {
        Authenticator auth = counting(users(false));
        login(auth, "alice", "guess");
        login(auth, "alice", "guess");
        assertThat(hashed).hasValue(2);
    }

    @Test
    void checksThatWaitAreBounded() {
        Authenticator auth = gated();
        List<Future<AuthResult>> results = new ArrayList<>();
        onLoop(() -> {
            for (int i = 0; i < 6; i++) {
                byte[] guess = ("guess" + i).getBytes(UTF_8);
                results.add(auth.authenticate(chain, new Credentials("c" + i, "alice", guess)));
            }
            return Future.succeededFuture();
        });
        Refused busy = new Refused(ReasonCode.SERVER_BUSY, "too many logins wait for their password check");
        assertThat(results.get(4).result()).isEqualTo(busy);
        assertThat(results.get(5).result()).isEqualTo(busy);
        assertThat(hashing.waiting()).isEqualTo(4);
        assertThat(results.subList(0, 4)).noneMatch(Future::isComplete);

        gate.countDown();
        for (Future<AuthResult> result : results.subList(0, 4)) {
            assertRefused(result.await(), ReasonCode.BAD_USER_NAME_OR_PASSWORD);
        }
        assertAccepted(login(auth, "alice", "wonderland"), new Identity("alice", true));
        assertThat(hashing.waiting()).isZero();
    }

    @Test
    void equalChecksThatMeetAreDoneOnce() {
        Authenticator auth = gated();
        List<Future<AuthResult>> results = new ArrayList<>();
        onLoop(() -> {
            for (int i = 0; i < 100; i++) {
                byte[] password = "wonderland".getBytes(UTF_8);
                results.add(auth.authenticate(chain, new Credentials("c" + i, "alice", password)));
            }
            return Future.succeededFuture();
        });
        assertThat(hashing.waiting()).isEqualTo(1);
        gate.countDown();
        for (Future<AuthResult> result : results) {
            assertAccepted(result.await(), new Identity("alice", true));
        }
        assertThat(hashed).hasValue(1);
    }

    @Test
    void anErrorInsideIsARefusalAndFreesItsPlace() {
        chain = users(false);
        hashing = new Hashing(vertx, 1);
        Authenticator auth = onLoop(() -> Future.succeededFuture(new Authenticator(
                hashing,
                (hash, password) -> {
                    throw new IllegalStateException("boom");
                },
                nowMs::get)));
        for (int i = 0; i < 3; i++) {
            assertThat(login(auth, "alice", "wonderland"))
                    .isEqualTo(new Refused(
                            ReasonCode.UNSPECIFIED_ERROR,
                            "the login could not be checked: java.lang.IllegalStateException: boom"));
        }
        assertThat(hashing.waiting()).isZero();
    }

    @Test
    void aClosedAuthenticatorRefuses() {
        Authenticator auth = counting(users(false));
        hashing.close().await();
        assertRefused(login(auth, "alice", "wonderland"), ReasonCode.UNSPECIFIED_ERROR);
    }
}
