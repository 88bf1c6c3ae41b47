package dev.mooring.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mooring.config.Config;
import java.io.IOException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class PasswdCommandTest {
    @Test
    @DisplayName("with a user it prints an entry that the configuration takes, with both secrets")
    void entry() throws IOException {
        Cli.Result result = new Cli().standardInput("open sesame\n").run("passwd", "ann");
        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.err()).isEqualToIgnoringNewLines("The password, from standard input:");
        Config config = Config.of("{\"auth\": {\"users\": [" + result.out() + "]}}");
        assertThat(config.auth().users()).hasSize(1);
        assertThat(config.auth().users().get(0).username()).isEqualTo("ann");
        assertThat(config.auth().users().get(0).passwordHash()).startsWith("$argon2id$");
        assertThat(config.auth().users().get(0).scramSha256()).startsWith("SCRAM-SHA-256$4096:");
        assertThat(result.out() + result.err()).doesNotContain("sesame");
    }

    @Test
    @DisplayName("the terminal is asked twice, and shows nothing; the same password has another hash each time")
    void terminal() {
        Cli.Result first = new Cli().typing("sesame", "sesame").run("passwd", "--hash");
        Cli.Result second = new Cli().typing("sesame", "sesame").run("passwd", "--hash");
        assertThat(first.exitCode()).isZero();
        assertThat(first.out())
                .matches("\\$argon2id\\$v=19\\$m=19456,t=2,p=1\\$\\S+\\$\\S+\n")
                .isNotEqualTo(second.out());
        assertThat(first.err()).isEmpty();
        Cli.Result differs = new Cli().typing("sesame", "seseme").run("passwd");
        assertThat(differs.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(differs.err()).contains("the two passwords differ");
    }

    @Test
    @DisplayName("--stdin reads one line although there is a terminal; --scram and --iterations choose")
    void choices() {
        Cli.Result scram = new Cli()
                .typing()
                .standardInput("sesame\r\nmore")
                .run("passwd", "--stdin", "--scram", "--iterations", "5000");
        assertThat(scram.exitCode()).isZero();
        assertThat(scram.out()).startsWith("SCRAM-SHA-256$5000:").hasLineCount(1);
        assertThat(new Cli().standardInput("sesame").run("passwd").out()).hasLineCount(2);
    }

    @Test
    @DisplayName("a password is never an argument, never empty, and one that SCRAM forbids can still be hashed")
    void mistakes() throws IOException {
        Cli.Result argument = new Cli().run("passwd", "ann", "sesame");
        assertThat(argument.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(argument.err()).contains("seen by everybody on this machine").doesNotContain("sesame");
        assertThat(new Cli().standardInput("\n").run("passwd").err()).contains("the password is empty");
        assertThat(new Cli().standardInput("").run("passwd").exitCode()).isEqualTo(ExitCode.USAGE);
        Cli.Result forbidden = new Cli().standardInput("a\u0007b\n").run("passwd", "ann");
        assertThat(forbidden.err()).contains("SCRAM does not allow this password");
        Cli.Result hash = new Cli().standardInput("a\u0007b\n").run("passwd", "ann", "--hash");
        JsonNode user = new ObjectMapper().readTree(hash.out());
        assertThat(user.has("scram_sha_256")).isFalse();
        assertThat(user.path("password_hash").asText()).startsWith("$argon2id$");
    }
}
