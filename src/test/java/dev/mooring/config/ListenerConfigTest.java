package dev.mooring.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What a listener gets from the rest of the file. */
class ListenerConfigTest {
    private static final String TCP = "{\"type\": \"tcp\", \"port\": 1883";
    private static final String TLS =
            "{\"type\": \"tls\", \"port\": 8883, \"tls\": {\"certfile\": \"pom.xml\"," + " \"keyfile\": \"pom.xml\"}";
    private static final String CHAIN = "\"auth\": {\"chain\": [{\"type\": \"client_certificate\"},"
            + " {\"type\": \"password_file\", \"file\": \"users\"}]}, ";

    private static List<Config.Listener> listeners(String auth, String... listeners) {
        return Config.of("{" + auth + "\"listeners\": [" + String.join(", ", listeners) + "]}")
                .listeners();
    }

    @Test
    void theNetworkGetsInOnlyWhereSomebodyHasThoughtAboutWhoMayConnect() {
        assertThat(listeners("", TCP + "}").get(0).host()).isEqualTo("127.0.0.1");
        assertThat(listeners("", TLS + "}").get(0).host()).isEqualTo("127.0.0.1");
        assertThat(listeners("\"auth\": {\"allow_anonymous\": true}, ", TCP + "}")
                        .get(0)
                        .host())
                .isEqualTo("0.0.0.0");
        assertThat(listeners("", TCP + ", \"allow_anonymous\": true}").get(0).host())
                .isEqualTo("0.0.0.0");
        assertThat(listeners(CHAIN, TCP + "}").get(0).host()).isEqualTo("0.0.0.0");
        assertThat(listeners(CHAIN, TCP + ", \"host\": \"10.1.1.1\"}").get(0).host())
                .isEqualTo("10.1.1.1");
        assertThat(listeners("\"auth\": {\"acl\": {\"rules\": []}}, ", TCP + "}")
                        .get(0)
                        .host())
                .as("rules say nothing about who may connect")
                .isEqualTo("127.0.0.1");
    }

    @Test
    void eachListenerAsksAllLinksOrItsOwn() {
        List<Config.Listener> all = listeners(
                CHAIN,
                TCP + "}",
                TLS + ", \"name\": \"devices\", \"auth\": [\"password_file\"], \"allow_anonymous\": true}");
        assertThat(all.get(0).auth()).containsExactly("client_certificate", "password_file");
        assertThat(all.get(0).allowAnonymous()).isFalse();
        assertThat(all.get(0).name()).isEqualTo("tcp:1883");
        assertThat(all.get(1).auth()).containsExactly("password_file");
        assertThat(all.get(1).allowAnonymous()).isTrue();
        assertThat(all.get(1).name()).isEqualTo("devices");
    }

    @Test
    void secretsAreInNoText() {
        String secret = "0123456789abcdef0123456789abcdef";
        Config config = Config.of("{\"auth\": {\"chain\": [{\"type\": \"jwt\", \"secret\": \"" + secret + "\"},"
                + " {\"type\": \"http\", \"url\": \"http://localhost/x\", \"authorization\": \"Bearer " + secret
                + "\"}]}}");
        assertThat(config.toString()).doesNotContain(secret);
    }
}
