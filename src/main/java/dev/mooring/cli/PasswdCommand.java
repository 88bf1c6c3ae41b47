package dev.mooring.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mooring.auth.PasswordHash;
import dev.mooring.auth.ScramCredentials;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "passwd",
        header = "Makes what the configuration keeps of a password.",
        description = {
            "That is an argon2id hash, and SCRAM-SHA-256 credentials for MQTT 5 enhanced authentication. With USER it"
                    + " prints an entry for /auth/users, without only the secrets, a line each.",
            "",
            "The password is asked for on the terminal and not shown, or read from the first line of standard input."
                    + " It is never an argument: arguments are seen by everybody on the machine."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  mooring passwd ann",
            "  mooring passwd --hash --stdin < pw > /run/secrets/ann   for \"password_hash\": \"file:/run/secrets/ann\""
        })
final class PasswdCommand implements Callable<Integer> {
    private final Host host;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(arity = "0..*", paramLabel = "USER", description = "User name as in CONNECT.")
    private List<String> users = List.of();

    @Option(names = "--hash", description = "Only the hash.")
    private boolean onlyHash;

    @Option(names = "--scram", description = "Only the SCRAM-SHA-256 credentials.")
    private boolean onlyScram;

    @Option(
            names = "--iterations",
            paramLabel = "N",
            defaultValue = "4096",
            description = "Iterations of SCRAM-SHA-256, which the client has to do as well; from ${DEFAULT-VALUE} to"
                    + " 10000000. Default: ${DEFAULT-VALUE}.")
    private int iterations;

    @Option(names = "--stdin", description = "Read from standard input even if there is a terminal.")
    private boolean fromStdin;

    @Mixin
    private HelpOption help = new HelpOption();

    PasswdCommand(Host host) {
        this.host = host;
    }

    @Override
    public Integer call() throws IOException {
        if (users.size() > 1) {
            throw wrong("passwd takes one user name and no password: arguments are seen by everybody on this machine");
        }
        if (iterations < ScramCredentials.ITERATIONS_MIN || iterations > 10_000_000) {
            throw wrong("--iterations must be from " + ScramCredentials.ITERATIONS_MIN + " to 10000000");
        }
        String password = password();
        String hash = onlyScram && !onlyHash ? null : PasswordHash.make(password.getBytes(StandardCharsets.UTF_8));
        String scram = onlyHash && !onlyScram ? null : scram(password);
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        if (users.isEmpty()) {
            List.of(hash == null ? "" : hash, scram == null ? "" : scram).stream()
                    .filter(line -> !line.isEmpty())
                    .forEach(out::println);
            return ExitCode.OK;
        }
        ObjectNode user = JsonNodeFactory.instance.objectNode().put("username", users.get(0));
        if (hash != null) {
            user.put("password_hash", hash);
        }
        if (scram != null) {
            user.put("scram_sha_256", scram);
        }
        out.println(JsonText.of(user));
        return ExitCode.OK;
    }

    private String scram(String password) {
        try {
            return ScramCredentials.of(password, iterations).text();
        } catch (IllegalArgumentException e) {
            throw wrong("SCRAM does not allow this password (SASLprep, RFC 4013): it has characters that are not"
                    + " assigned or cannot be typed; --hash makes a hash of it all the same");
        }
    }

    private String password() throws IOException {
        Function<String, char[]> ask = fromStdin ? null : host.askHidden();
        if (ask == null) {
            Objects.requireNonNull(spec).commandLine().getErr().println("The password, from standard input:");
            String line = new BufferedReader(new InputStreamReader(host.in(), StandardCharsets.UTF_8)).readLine();
            return checked(line == null ? "" : line);
        }
        char[] first = ask.apply("Password: ");
        char[] second = ask.apply("Again: ");
        if (!Arrays.equals(first, second)) {
            throw wrong("the two passwords differ");
        }
        return checked(new String(first));
    }

    private String checked(String password) {
        if (password.isEmpty()) {
            throw wrong("the password is empty");
        }
        return password;
    }

    private ParameterException wrong(String why) {
        return new ParameterException(Objects.requireNonNull(spec).commandLine(), why);
    }
}
