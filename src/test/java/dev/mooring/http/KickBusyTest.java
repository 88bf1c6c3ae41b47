package dev.mooring.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.mooring.LogWatch;
import dev.mooring.TestBroker;
import dev.mooring.redis.RedisProcess;
import java.net.Socket;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A client that is kicked while it is on its way in. */
class KickBusyTest {
    @Test
    @DisplayName("a client whose session is still being stored can't be kicked: 409 says to ask again; it is audited")
    void connecting() throws Exception {
        String token = "Authorization: Bearer " + Traffic.TOKEN;
        try (RedisProcess redis = RedisProcess.start();
                TestBroker broker = TestBroker.start("{\"pools\": {\"r\": {\"backend\": \"redis\", \"server\": \""
                        + redis.server() + "\"}}, \"session\": {\"pool\": \"r\"}, \"http\": {\"enable\": true,"
                        + " \"port\": 0, \"token\": \"" + Traffic.TOKEN + "\"}}");
                LogWatch audit = new LogWatch("audit");
                Socket socket = new Socket("127.0.0.1", broker.port())) {
            int port = broker.broker().httpPort();
            await().until(() -> Answer.get(port, "/api/v1/node", token).status() == 200);
            redis.sigstop();
            try {
                Traffic.say(socket, "10 00 0004 4d515454 05 00 003c 05 11 00000e10", Traffic.string("slow"));
                await().until(() -> {
                    Answer answer = Answer.ask(port, "DELETE", "/api/v1/client?clientid=slow", "", token);
                    if (answer.status() == 404) {
                        return false; // its CONNECT is not there yet
                    }
                    assertThat(answer.status()).isEqualTo(409);
                    assertThat(answer.detail())
                            .isEqualTo("the client is just connecting or being taken over; ask again in a moment");
                    return true;
                });
                await().untilAsserted(() -> assertThat(audit.lines())
                        .last()
                        .isEqualTo("INFO who=\"token@127.0.0.1\" action=kickClient subject=\"slow\" outcome=\"busy\""));
            } finally {
                redis.sigcont();
            }
        }
    }
}
