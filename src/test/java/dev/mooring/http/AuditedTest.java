package dev.mooring.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.LogWatch;
import java.net.Socket;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What administrators do is in the audit log: who, from where, what, to what, and what came of it. Drains and bans are
 * in the tests of these.
 */
class AuditedTest {
    private static final String WHO = "INFO who=\"token@127.0.0.1\" action=";

    @TempDir
    private Path folder;

    private ApiClient api;
    private LogWatch audit;

    @BeforeEach
    void start() throws Exception {
        api = ApiClient.start(", \"trace_dir\": \"" + folder + "\"", "{}");
        audit = new LogWatch("audit");
    }

    @AfterEach
    void stop() {
        audit.close();
        api.close();
    }

    private void says(String line) {
        assertThat(audit.lines()).isNotEmpty().last().isEqualTo(WHO + line);
    }

    @Test
    @DisplayName("a client is kicked, or was not there")
    void kick() throws Exception {
        try (Socket socket = api.connect("sensor 7")) {
            api.ask(204, "kickClient", "/client?clientid=sensor%207", "");
            Traffic.expect(socket, 0xE0);
        }
        says("kickClient subject=\"sensor 7\" outcome=\"kicked\"");
        api.ask(404, "kickClient", "/client?clientid=nobody", "");
        says("kickClient subject=\"nobody\" outcome=\"not_connected\"");
    }

    @Test
    @DisplayName("a message is published, and a retained one deleted")
    void messages() throws Exception {
        api.ask(200, "publish", "/publish", "{\"topic\": \"t/1\", \"payload\": \"p\", \"qos\": 1, \"retain\": true}");
        says("publish subject=\"t/1\" outcome=\"no_matching_subscribers\"");
        api.ask(204, "deleteRetained", "/retained/message?topic=t/1", "");
        says("deleteRetained subject=\"t/1\" outcome=\"no_matching_subscribers\"");
    }

    @Test
    @DisplayName("a trace is started, fetched, stopped and deleted, or there is one already")
    void traces() throws Exception {
        String trace = "{\"name\": \"t\", \"kind\": \"clientid\", \"value\": \"c\"}";
        api.ask(201, "startTrace", "/traces", trace);
        says("startTrace subject=\"t\" outcome=\"started\"");
        api.ask(409, "startTrace", "/traces", trace);
        says("startTrace subject=\"t\" outcome=\"refused\"");
        assertThat(api.ask("GET", "/traces/t/file", "").status()).isEqualTo(200);
        says("getTraceFile subject=\"t\" outcome=\"sent\"");
        api.ask(204, "stopTrace", "/traces/t/stop", "");
        says("stopTrace subject=\"t\" outcome=\"done\"");
        api.ask(204, "deleteTrace", "/traces/t", "");
        says("deleteTrace subject=\"t\" outcome=\"done\"");
    }

    @Test
    @DisplayName("the configuration is read again")
    void reload() throws Exception {
        api.ask(200, "reload", "/reload", "");
        says("reload subject=\"" + api.broker().file() + "\" outcome=\"unchanged\"");
    }
}
