package dev.mooring.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.mooring.TestBroker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the probes say of a whole broker whose way to know clients can't be loaded. */
class ClosedListenerTest {
    @Test
    @DisplayName("with a listener closed the node has started, serves the others and is not ready; then it is")
    void readyWhenOpen(@TempDir Path folder) throws IOException {
        Path users = folder.resolve("users");
        String listener = "{\"type\": \"tcp\", \"host\": \"127.0.0.1\", \"port\": 0, ";
        try (TestBroker broker =
                TestBroker.start("{\"http\": {\"enable\": true, \"port\": 0, \"token\": \"" + Traffic.TOKEN
                        + "\"}, \"auth\": {\"chain\": [{\"type\": \"password_file\", \"file\": \"" + users
                        + "\"}]}, \"listeners\": ["
                        + listener + "\"name\": \"open\", \"auth\": [], \"allow_anonymous\": true}, " + listener
                        + "\"name\": \"known\"}]}")) {
            int port = broker.broker().httpPort();
            assertThat(broker.port()).isPositive();
            assertThat(Answer.get(port, "/health/startup").status()).isEqualTo(200);
            Answer closed = Answer.get(port, "/health/ready");
            assertThat(closed.status()).isEqualTo(503);
            assertThat(closed.json().getJsonArray("closed_listeners")).containsExactly("known");
            Files.writeString(folder.resolve("new"), "");
            Files.move(folder.resolve("new"), users);
            await().until(() -> Answer.get(port, "/health/ready").status() == 200);
            assertThat(broker.broker().ports()).doesNotContain(0);
        }
    }
}
