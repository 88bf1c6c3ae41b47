package dev.mooring.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.ReasonCode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the log says when a table of users or rules can't be asked, or has what is no hash. */
class TableTextsTest {
    private static final Template USERNAME = new Template("%u");

    private Vertx vertx;
    private Passwords passwords;

    @BeforeEach
    void start() {
        vertx = Vertx.vertx();
        passwords = new Passwords(new Hashing(vertx), PasswordHash::matches, () -> 1);
    }

    @AfterEach
    void stop() {
        vertx.close().await();
    }

    private static Rows rows(Future<Map<String, String>> row) {
        return new Rows(Future::succeededFuture, key -> row, () -> {});
    }

    private Verdict login(Future<Map<String, String>> row) {
        SaltedHash form = new SaltedHash(SaltedHash.Algorithm.SHA256, SaltedHash.Salt.PREFIX);
        return new TableLink(rows(row), USERNAME, null, form)
                .check(new Credentials("c", "ann", new byte[] {1}), passwords)
                .await();
    }

    private static Verdict unavailable(String text) {
        return new Verdict.Deny(ReasonCode.SERVER_UNAVAILABLE, text);
    }

    @Test
    void aTableThatCannotBeAsked() {
        assertThat(login(Future.failedFuture("redis at 127.0.0.1:6379 is not connected")))
                .isEqualTo(unavailable("table of users: redis at 127.0.0.1:6379 is not connected"));
    }

    @Test
    void aHashThatIsNone() {
        assertThat(login(Future.succeededFuture(Map.of("password_hash", "not a hash"))))
                .isEqualTo(unavailable("the stored hash of user ann can't be used: it is not hexadecimal"));
        assertThat(login(Future.succeededFuture(Map.of("password_hash", "$argon2id$"))))
                .isEqualTo(unavailable("the stored hash of user ann can't be used: malformed: must be"
                        + " $argon2id$v=19$m=<KiB>,t=<passes>,p=<lanes>$<salt>$<hash>"));
    }

    @Test
    void rulesThatAreNone() {
        Subject ann = new Subject("c", new Identity("ann", true), "127.0.0.1", "tcp:1883");
        assertThat(new TableRules(rows(Future.succeededFuture(Map.of("a/#", "write"))), USERNAME)
                        .rules(ann)
                        .cause())
                .hasMessageContaining("rule for a/#: ")
                .hasMessageContaining("action must be \"publish\", \"subscribe\" or \"all\"");
        assertThat(new TableRules(rows(Future.succeededFuture(Map.of("a/#", "{"))), USERNAME)
                        .rules(ann)
                        .cause())
                .hasMessageStartingWith("rule for a/#: Unexpected end-of-input")
                .hasMessageNotContaining("Source");
    }

    @Test
    void rulesThatAreAskedForByTooMany() {
        TableRules rules =
                new TableRules(rows(Promise.<Map<String, String>>promise().future()), USERNAME);
        Subject ann = new Subject("c", new Identity("ann", true), "127.0.0.1", "tcp:1883");
        List<Future<List<AclRule>>> asked = new ArrayList<>();
        for (int i = 0; i < 1_001; i++) {
            asked.add(rules.rules(ann));
        }
        assertThat(asked.subList(0, 1_000)).noneMatch(Future::isComplete);
        assertThat(asked.get(1_000).cause()).hasMessage("the rules of 1000 clients are on their way already");
    }
}
