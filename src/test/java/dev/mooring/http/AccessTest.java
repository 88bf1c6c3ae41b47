package dev.mooring.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mooring.TestBroker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who gets an answer from the HTTP listener of a whole broker, and who is told what instead. */
class AccessTest {
    @TempDir
    private Path folder;

    private TestBroker broker(String more) {
        return TestBroker.start("{\"http\": {\"enable\": true, \"port\": 0, \"token_file\": \""
                + folder.resolve("token") + "\"" + more + "}}");
    }

    @Test
    @DisplayName("a broker that runs is live, ready and started; what is not there is told")
    void runs() {
        try (TestBroker broker = broker("")) {
            int port = broker.broker().httpPort();
            for (String question : new String[] {"live", "ready", "startup"}) {
                Answer answer = Answer.get(port, "/health/" + question);
                assertThat(answer.status()).as(answer.body()).isEqualTo(200);
                assertThat(answer.json().getString("status")).isEqualTo("up");
            }
            Answer none = Answer.get(port, "/helth");
            assertThat(none.status()).isEqualTo(404);
            assertThat(none.detail())
                    .isEqualTo("there is /health/live, /health/ready, /health/startup, /metrics, /api/v1");
        }
    }

    @Test
    @DisplayName("a web page whose name was made to resolve here is refused; addresses and known names are not")
    void dnsRebinding() {
        try (TestBroker broker = broker(", \"hosts\": [\"broker.example\"]")) {
            int port = broker.broker().httpPort();
            Answer evil = Answer.get(port, "/x", "Host: evil.example:" + port);
            assertThat(evil.status()).isEqualTo(421);
            assertThat(evil.detail()).contains("http.hosts").doesNotContain("evil");
            for (String host : new String[] {"localhost", "LocalHost", "127.0.0.1", "[::1]", "broker.example"}) {
                assertThat(Answer.get(port, "/x", "Host: " + host + ":" + port).status())
                        .as(host)
                        .isEqualTo(404);
            }
            assertThat(Answer.get(port, "/health/live", "Host: evil.example").status())
                    .isEqualTo(200);
        }
    }

    @Test
    @DisplayName("a web page of another origin is refused")
    void origin() {
        try (TestBroker broker = broker("")) {
            int port = broker.broker().httpPort();
            String own = "Origin: http://127.0.0.1:" + port;
            assertThat(Answer.get(port, "/x", own).status()).isEqualTo(404);
            for (String origin : new String[] {"http://127.0.0.1:1", "https://evil.example", "null", "%"}) {
                Answer answer = Answer.get(port, "/x", "Origin: " + origin);
                assertThat(answer.status()).as(origin).isEqualTo(403);
                assertThat(answer.detail()).isEqualTo("web pages of other origins may not ask");
            }
        }
    }

    @Test
    @DisplayName("a request whose first line or header is endless is refused, not collected")
    void endlessHead() {
        try (TestBroker broker = broker("")) {
            int port = broker.broker().httpPort();
            assertThat(Answer.get(port, "/" + "a".repeat(20_000)).status()).isEqualTo(414);
            assertThat(Answer.get(port, "/health/live", "X-A: " + "a".repeat(20_000))
                            .status())
                    .isEqualTo(431);
        }
    }

    @Test
    @DisplayName("the token is made once, long, and for the owner's eyes only; a file without a token is refused")
    void tokenFile() throws IOException {
        Path file = folder.resolve("made");
        String token = TokenFile.readOrMake(file);
        assertThat(token).matches("[A-Za-z0-9_-]{43}");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(TokenFile.readOrMake(file)).isEqualTo(token);
        assertThat(TokenFile.readOrMake(folder.resolve("other"))).isNotEqualTo(token);
        try (var files = Files.list(folder)) {
            assertThat(files).hasSize(2); // no draft is left
        }
        Path empty = Files.writeString(folder.resolve("empty"), "\n");
        assertThatThrownBy(() -> TokenFile.readOrMake(empty))
                .hasMessage(empty + " holds no token of at least 20 printable characters; delete it, and the next start"
                        + " makes another one");
        assertThatThrownBy(() -> TokenFile.readOrMake(folder)).hasMessageContaining("is no file with a token");
    }
}
