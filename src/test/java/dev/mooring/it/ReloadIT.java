package dev.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5Client;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process is told by a file, by a signal and by a command that its configuration is another one. */
class ReloadIT {
    @TempDir
    private Path folder;

    private MooringProcess broker;

    @Test
    @DisplayName("a changed file is noticed, SIGHUP and reload ask for it; levels of the log count; clients stay")
    void threeWays() throws IOException {
        broker = MooringProcess.in(folder, "\"reload\": {\"watch_s\": 1}").start();
        try {
            String before = Files.readString(broker.configuration());
            Mqtt5BlockingClient client = Mqtt5Client.builder()
                    .identifier("stays")
                    .serverHost("127.0.0.1")
                    .serverPort(broker.port())
                    .buildBlocking();
            client.connect();
            write(before.replace("\"watch_s\": 1", "\"watch_s\": 0"));
            broker.awaitLine(Pattern.compile("audit who=\"a file has changed\" action=reload .* outcome=\"applied\""));
            broker.awaitLine(Pattern.compile("INFO .*the configuration is reloaded \\(a file.*\\): /reload/watch_s"));

            String unwatched = Files.readString(broker.configuration());
            write(unwatched.replace("\"loops\": 2", "\"loops\": 3, \"mqtt\": {\"response_information\": \"x\"}"));
            broker.hangUp();
            broker.awaitLine(Pattern.compile("reloaded \\(SIGHUP\\): /mqtt/response_information"));
            broker.awaitLine(Pattern.compile("INFO .* audit who=\"SIGHUP\" action=reload .* outcome=\"applied\""));
            broker.awaitLine(Pattern.compile("WARN .*the configuration has what needs a restart to count: /loops"));

            write(unwatched.replace("\"loops\": 2", "\"loops\": 2, \"log\": {\"level\": \"error\"}"));
            String file = broker.configuration().toString();
            MooringProcess.Ended done = MooringProcess.run(folder, "reload", "-conf", file);
            assertThat(done.output()).startsWith("reloaded; these count now:").contains("/log/level");
            assertThat(done.exitCode()).isZero();
            broker.awaitLine(Pattern.compile("INFO .* audit who=\"token@127.0.0.1\" action=reload"));

            write("{\"loops\": \"many\"}");
            broker.hangUp();
            broker.awaitLine(Pattern.compile("ERROR .*the configuration is refused.*SIGHUP.*/loops: must be"));
            assertThat(client.getState().isConnected()).isTrue();
            client.disconnect();
            broker.terminate();
            broker.awaitLine(Pattern.compile("INFO .* audit who=\"a signal\" action=stop .* outcome=\"begun\""));
        } finally {
            broker.close();
        }
    }

    private void write(String text) throws IOException {
        Files.writeString(broker.configuration(), text);
    }
}
