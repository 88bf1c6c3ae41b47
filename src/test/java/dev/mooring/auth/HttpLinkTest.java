package dev.mooring.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mooring.message.ReasonCode;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How long the answers of an HTTP server are believed, by a clock of the test. */
class HttpLinkTest {
    private static final long CACHE_MS = 3_600_000;

    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicInteger status = new AtomicInteger(200);
    private final AtomicReference<String> answer = new AtomicReference<>("");
    private final AtomicLong nowMs = new AtomicLong();
    private Vertx vertx;
    private HttpFetch fetch;
    private HttpLink link;

    @BeforeEach
    void start() {
        vertx = Vertx.vertx();
        HttpServer server = vertx.createHttpServer()
                .requestHandler(r -> {
                    asked.incrementAndGet();
                    r.response().setStatusCode(status.get()).end(answer.get());
                })
                .listen(0, "127.0.0.1")
                .await();
        String url = "http://127.0.0.1:" + server.actualPort() + "/login";
        fetch = new HttpFetch(vertx, url, Map.of(), "", 20_000, 2);
        link = new HttpLink(fetch, CACHE_MS, 0, nowMs::get);
    }

    @AfterEach
    void stop() {
        link.close();
        vertx.close().await();
    }

    private Verdict check() {
        Passwords passwords = new Passwords(new Hashing(vertx), PasswordHash::matches, () -> 1);
        return link.check(new Credentials("c", "ann", new byte[] {1}), passwords)
                .await();
    }

    @Test
    void anAnswerWithoutAnEndIsBelievedAsLongAsItIsKept() {
        answer.set("{\"result\": \"allow\"}");
        assertThat(check()).isInstanceOf(Verdict.Allow.class);
        nowMs.set(CACHE_MS - 1);
        check();
        assertThat(asked).hasValue(1);
        nowMs.set(CACHE_MS);
        check();
        assertThat(asked).hasValue(2);
    }

    private void refused(int code, String body, ReasonCode reason, String text) {
        status.set(code);
        answer.set(body);
        assertThat(check()).isEqualTo(new Verdict.Deny(reason, text));
    }

    @Test
    void theLogSaysWhatTheServerAnswered() {
        ReasonCode no = ReasonCode.BAD_USER_NAME_OR_PASSWORD;
        ReasonCode broken = ReasonCode.SERVER_UNAVAILABLE;
        refused(200, "{\"result\": \"deny\"}", no, "HTTP: denied");
        refused(401, "", no, "HTTP: answered by 401");
        refused(403, "", no, "HTTP: answered by 403");
        refused(500, "", broken, "HTTP: answered by 500, where 200, 204, 401 or 403 is expected");
        refused(302, "", broken, "HTTP: answered by 302, where 200, 204, 401 or 403 is expected");
        refused(200, "{}", broken, "HTTP: \"result\" is neither allow nor deny nor ignore");
        refused(200, "[]", broken, "HTTP: \"result\" is neither allow nor deny nor ignore");
        refused(200, "{\"result\": \"allow\", \"expire_at\": 1}", ReasonCode.NOT_AUTHORIZED, "HTTP: expire_at is over");
        refused(
                200,
                "{\"result\": \"allow\", \"acl\": {}}",
                broken,
                "HTTP: the answer can't be read: the rules must be a list");
        refused(200, "x".repeat((1 << 20) + 1), broken, "HTTP: the answer has more than 1048576 bytes");
        answer.set("{\"result\"");
        assertThat(check())
                .isInstanceOfSatisfying(
                        Verdict.Deny.class,
                        deny -> assertThat(deny.text())
                                .startsWith("HTTP: the answer can't be read: Unexpected end-of-input")
                                .doesNotContain("Source", "\n"));
    }

    @Test
    void aServerForRulesIsToldApartFromItsAnswers() {
        HttpRules rules = new HttpRules(fetch);
        Subject ann = new Subject("c", new Identity("ann", true), "127.0.0.1", "tcp:1883");
        status.set(500);
        assertThatThrownBy(() -> rules.rules(ann).await()).hasMessage("answered by 500, where 200 or 204 is expected");
        status.set(200);
        answer.set("{\"acl\"");
        assertThatThrownBy(() -> rules.rules(ann).await())
                .hasMessageStartingWith("the answer can't be read: Unexpected end-of-input")
                .hasMessageNotContainingAny("Source", "\n");
        answer.set("{}");
        assertThatThrownBy(() -> rules.rules(ann).await())
                .hasMessage("the answer can't be read: the rules must be a list");
    }

    @Test
    void aServerThatIsSilentIsNotWaitedForAndNotAskedByAll() {
        HttpServer silent = vertx.createHttpServer()
                .requestHandler(r -> asked.incrementAndGet())
                .listen(0, "127.0.0.1")
                .await();
        String url = "http://127.0.0.1:" + silent.actualPort() + "/login";
        HttpLink slow = new HttpLink(new HttpFetch(vertx, url, Map.of(), "", 300, 2), 0, 0, nowMs::get);
        Passwords passwords = new Passwords(new Hashing(vertx), PasswordHash::matches, () -> 1);
        List<Future<Verdict>> all = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            all.add(slow.check(new Credentials("c" + i, "ann", new byte[] {1}), passwords));
        }
        List<String> texts = all.stream()
                .map(asking -> asking.await())
                .map(verdict -> ((Verdict.Deny) verdict).text())
                .toList();
        assertThat(texts)
                .contains("HTTP: no answer within timeout_ms, 300")
                .contains("HTTP: concurrency_max, 2, requests are under way, and as many wait")
                .hasSize(20)
                .containsOnly(
                        "HTTP: no answer within timeout_ms, 300",
                        "HTTP: concurrency_max, 2, requests are under way, and as many wait");
        assertThat(asked.get()).isLessThanOrEqualTo(4);
        slow.close();
    }

    @Test
    void anAnswerIsNotBelievedBeyondItsOwnEnd() {
        long endS = System.currentTimeMillis() / 1000 + 1_000;
        answer.set("{\"result\": \"allow\", \"expire_at\": " + endS + "}");
        assertThat(check()).isInstanceOf(Verdict.Allow.class);
        check();
        assertThat(asked).as("kept").hasValue(1);
        nowMs.set(1_000_000);
        answer.set("{\"result\": \"deny\"}");
        assertThat(check()).isInstanceOf(Verdict.Deny.class);
        assertThat(asked).hasValue(2);
    }
}
