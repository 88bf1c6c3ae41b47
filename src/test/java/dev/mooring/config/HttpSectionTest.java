package dev.mooring.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What a person sees who makes a mistake in section {@code http}. */
class HttpSectionTest {
    private static String errors(String http) {
        Map<String, String> env = Map.of("TOKEN", "t".repeat(30), "SHORT", "secret");
        return new ConfigReader(env::get, 2, 1 << 30)
                .parse("{\"http\": " + http + "}")
                .toString();
    }

    @Test
    @DisplayName("a token that could be guessed, or cannot travel in a header, is refused without being shown")
    void tokens() {
        assertThat(errors("{\"token\": \"${ENV:SHORT}\"}"))
                .contains("/http/token: has fewer than 20 characters and could be guessed")
                .doesNotContain("secret");
        assertThat(errors("{\"metrics_token\": \"a token with spaces in it\"}"))
                .contains("/http/metrics_token: must be printable ASCII without spaces")
                .doesNotContain("with spaces in");
        assertThat(errors("{\"token\": \"${ENV:NONE}\"}")).contains("environment variable NONE is not set");
    }

    @Test
    @DisplayName("HTTPS needs both files, and they have to be there")
    void ssl() {
        assertThat(errors("{\"ssl\": {\"enable\": true}}"))
                .contains("/http/ssl: needs \"certfile\" when it is enabled", "needs \"keyfile\" when it is enabled");
        assertThat(errors("{\"ssl\": {\"enable\": true, \"certfile\": \"no.pem\", \"keyfile\": \"pom.xml\"}}"))
                .contains("/http/ssl/certfile: cannot read file no.pem")
                .doesNotContain("keyfile");
    }

    @Test
    @DisplayName("a token that is right is taken, and is in no text of the configuration")
    void accepted() {
        ConfigResult result = new ConfigReader(name -> "t".repeat(30), 2, 1 << 30)
                .parse("{\"http\": {\"token\": \"${ENV:TOKEN}\", \"port\": 0}}");
        Config config = ((ConfigResult.Valid) result).config();
        assertThat(config.http().token()).isEqualTo("t".repeat(30));
        assertThat(config.toString()).doesNotContain("ttt");
    }
}
