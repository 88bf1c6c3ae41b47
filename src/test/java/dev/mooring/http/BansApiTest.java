package dev.mooring.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.mooring.LogWatch;
import io.vertx.core.json.JsonObject;
import java.net.Socket;
import java.time.Instant;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** {@code /api/v1/bans} of a whole broker, against the contract as in {@link ApiTest}. */
class BansApiTest {
    private static ApiClient api;

    @BeforeAll
    static void start() throws Exception {
        api = ApiClient.start("", "{}");
    }

    @AfterAll
    static void stop() {
        api.close();
        assertThat(api.answered()).containsExactlyInAnyOrderElementsOf(api.operations(tag -> tag.equals("bans")));
    }

    @Test
    @DisplayName("bans are added, listed page by page, and lifted, under every name; the audit log has each")
    void bans() throws Exception {
        try (LogWatch audit = new LogWatch("audit")) {
            for (String hostile : ApiClient.HOSTILE) {
                JsonObject ban = new JsonObject()
                        .put("kind", "clientid")
                        .put("value", hostile)
                        .put("duration_s", 60);
                JsonObject added = api.ask(201, "addBan", "/bans", ban.encode()).json();
                assertThat(added.getString("value")).isEqualTo(hostile);
                assertThat(Instant.parse(added.getString("until")))
                        .isBetween(Instant.now(), Instant.now().plusSeconds(61));
            }
            assertThat(api.all("listBans", "/bans?limit=2&kind=clientid", "value"))
                    .containsExactlyInAnyOrder(ApiClient.HOSTILE);
            for (String hostile : ApiClient.HOSTILE) {
                String target = "/ban?kind=clientid&value=" + ApiClient.encoded(hostile);
                api.ask(204, "liftBan", target, "");
                assertThat(api.ask(404, "liftBan", target, "").detail()).contains("GET /api/v1/bans");
            }
            assertThat(audit.lines()).hasSize(3 * ApiClient.HOSTILE.length);
            assertThat(audit.lines().get(0))
                    .startsWith("INFO who=\"token@127.0.0.1\" action=addBan subject=\"clientid ..\" outcome=\"until 20")
                    .endsWith(": by an administrator\"");
            assertThat(audit.lines().get(ApiClient.HOSTILE.length))
                    .isEqualTo("INFO who=\"token@127.0.0.1\" action=liftBan subject=\"clientid ..\" outcome=\"done\"");
            assertThat(audit.lines().get(ApiClient.HOSTILE.length + 1)).endsWith("outcome=\"none\"");
        }
    }

    @Test
    @DisplayName("who is banned is told 0x8A and the log says why; lifted, the client comes in")
    void banned() throws Exception {
        String ban = "{\"kind\": \"%s\", \"value\": \"%s\", \"reason\": \"scans\"}";
        api.ask(201, "addBan", "/bans", ban.formatted("clientid", "banned"));
        try (LogWatch log = new LogWatch("dev.mooring.mqtt.Connecting");
                Socket socket = api.open("banned")) {
            assertThat(Traffic.expect(socket, 0x20)[1]).isEqualTo((byte) 0x8A);
            await().until(() -> !log.lines().isEmpty());
            assertThat(log.lines().get(0))
                    .containsSubsequence(
                            "banned from 127.0.0.1:", "BANNED (client id banned is banned until", ": scans)");
        }
        api.ask(204, "liftBan", "/ban?kind=clientid&value=banned", "");
        api.connect("banned").close();

        JsonObject v6 = api.ask(201, "addBan", "/bans", ban.formatted("address", "2001:db8::1"))
                .json();
        assertThat(v6.getString("value")).isEqualTo("2001:db8:0:0:0:0:0:1");
        api.ask(201, "addBan", "/bans", ban.formatted("address", "192.0.2.7"));
        assertThat(api.all("listBans", "/bans?limit=1&kind=address", "value"))
                .containsExactly("192.0.2.7", "2001:db8:0:0:0:0:0:1");
        api.ask(204, "liftBan", "/ban?kind=address&value=" + ApiClient.encoded("2001:DB8:0::1"), "");
        api.ask(204, "liftBan", "/ban?kind=address&value=192.0.2.7", "");
        for (String address : new String[] {"10.0.0.0/8", "localhost", "1.2.3", "300.1.1.1"}) {
            assertThat(api.ask(400, "addBan", "/bans", ban.formatted("address", address))
                            .detail())
                    .as(address)
                    .contains("no IP address");
        }
        assertThat(api.ask(400, "liftBan", "/ban?kind=address&value=x", "").detail())
                .contains("no IP address");
        assertThat(api.ask(400, "liftBan", "/ban?value=x", "").detail()).contains("kind");
        for (String wrong : new String[] {
            "\"kind\": \"user\", \"value\": \"x\"",
            "\"kind\": \"clientid\", \"value\": \"\"",
            "\"kind\": \"clientid\", \"value\": \"x\", \"duration_s\": 0",
            "\"kind\": \"clientid\", \"value\": \"x\", \"until\": 1"
        }) {
            api.ask(400, "addBan", "/bans", "{" + wrong + "}");
        }
    }
}
