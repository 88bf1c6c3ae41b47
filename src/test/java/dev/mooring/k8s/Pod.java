package dev.mooring.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.cli.CommandLines;
import dev.mooring.cli.ExitCode;
import dev.mooring.cli.Host;
import dev.mooring.config.Config;
import dev.mooring.config.Surroundings;
import dev.mooring.data.Unusable;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A folder that looks to the broker like the file system of a pod: what is mounted is there, and nothing else is. Runs
 * commands with the pod's environment.
 */
final class Pod {
    private static final Path CERTIFICATES = Path.of("src/test/resources/dev/mooring/tls");
    /** Longer than what a token needs. */
    private static final String SECRET = "secret-of-the-test-for-pods";

    private static final Map<String, String> FIELDS = Map.of("metadata.name", "mooring-0", "status.podIP", "10.0.0.7");
    private static final Pattern PATH = Pattern.compile("\"(/[^\"]*)\"");

    private final Manifests manifests;
    private final Path root;
    private final Map<String, String> environment = new HashMap<>();
    private final List<Config> started = new ArrayList<>();

    record Result(int exitCode, String output) {}

    Pod(Manifests manifests, Path root) throws IOException {
        this.manifests = manifests;
        this.root = root;
        for (VolumeMount mount : manifests.container().getVolumeMounts()) {
            Files.createDirectories(inside(mount.getMountPath()));
        }
        write("config", "conf.json", here(manifests.configuration()));
        write("users", "users", "ann:$2b$12$GhvMmNVjRW29ulnudl.LbuAnUtN/LRfe1JsBm1Xu6LE3059z5Tr8m\n");
        write("tls", "tls.crt", Files.readString(CERTIFICATES.resolve("server.pem")));
        write("tls", "tls.key", Files.readString(CERTIFICATES.resolve("server.key")));
        for (EnvVar variable : manifests.container().getEnv()) {
            environment.put(variable.getName(), value(variable));
        }
    }

    private static String value(EnvVar variable) {
        if (variable.getValue() != null) {
            return variable.getValue();
        }
        if (variable.getValueFrom().getSecretKeyRef() != null) {
            return SECRET;
        }
        String field = variable.getValueFrom().getFieldRef().getFieldPath();
        assertThat(FIELDS).containsKey(field);
        return FIELDS.get(field);
    }

    private void write(String volume, String file, String text) throws IOException {
        String path = manifests.container().getVolumeMounts().stream()
                .filter(m -> m.getName().equals(volume))
                .findFirst()
                .orElseThrow()
                .getMountPath();
        Files.writeString(inside(path).resolve(file), text);
    }

    private Path inside(String absolute) {
        return root.resolve(absolute.substring(1));
    }

    /** Every path below a mount is in this folder. */
    private String here(String text) {
        return PATH.matcher(text).replaceAll(path -> {
            boolean mounted = manifests.container().getVolumeMounts().stream()
                    .anyMatch(m -> path.group(1).startsWith(m.getMountPath() + "/"));
            return Matcher.quoteReplacement(
                    mounted ? '"' + inside(path.group(1)).toString() + '"' : path.group());
        });
    }

    /** A word of a command line: the paths in it are those of this folder. */
    String word(String word) {
        return word.startsWith("/") ? inside(word).toString() : word;
    }

    /** The configuration that {@code run} would start with is in {@link #started} then. */
    Result run(String... words) {
        StringWriter output = new StringWriter();
        PrintWriter print = new PrintWriter(output, true);
        Host host = new Host(
                "test",
                Surroundings.of(environment, Map.of()),
                new ByteArrayInputStream(new byte[0]),
                null,
                (s, read) -> {
                    started.add(read.config());
                    return ExitCode.OK;
                },
                (config, pool, write) -> {
                    throw new Unusable("no store is asked for");
                });
        String[] here = List.of(words).stream().map(this::word).toArray(String[]::new);
        int code = CommandLines.execute(host, print, print, here);
        return new Result(code, output.toString());
    }

    List<Config> started() {
        return started;
    }
}
