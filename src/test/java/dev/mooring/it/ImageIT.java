package dev.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The image that the build has made, as profile {@code image} does but for its base, which is nothing here: a registry
 * is not needed for a test.
 */
class ImageIT {
    private static ImageTar image;

    @TempDir
    private Path folder;

    @BeforeAll
    static void read() throws IOException {
        Path file = Path.of("target/image-for-tests.tar");
        assertThat(file).as("made by ./mvnw verify").exists();
        image = ImageTar.read(file);
    }

    private static List<String> strings(JsonNode array) {
        List<String> all = new ArrayList<>();
        array.forEach(one -> all.add(one.asText()));
        return all;
    }

    @Test
    @DisplayName("the image runs the jar as nobody in particular, names its ports and itself, and can be configured")
    void configuration() {
        JsonNode config = image.configuration().path("config");
        assertThat(strings(config.path("Entrypoint"))).containsExactly("java", "-jar", "/opt/mooring/mooring.jar");
        assertThat(strings(config.path("Cmd"))).containsExactly("-conf", "/etc/mooring/conf.json");
        assertThat(config.path("User").asText()).isEqualTo("10001:10001");
        Set<String> ports = new TreeSet<>();
        config.path("ExposedPorts").fieldNames().forEachRemaining(ports::add);
        assertThat(ports).containsExactly("18083/tcp", "1883/tcp", "8083/tcp", "8883/tcp");
        assertThat(strings(config.path("Env"))).singleElement().asString().startsWith("JDK_JAVA_OPTIONS=-XX:Max");
        JsonNode labels = config.path("Labels");
        assertThat(labels.path("org.opencontainers.image.title").asText()).isEqualTo("Mooring");
        assertThat(labels.path("org.opencontainers.image.licenses").asText()).isEqualTo("Apache-2.0");
        assertThat(labels.path("org.opencontainers.image.version").asText()).matches("\\d+\\.\\d+\\.\\d+.*");
        assertThat(image.names()).contains("mooring:latest").hasSize(2);
        assertThat(image.configuration().path("created").asText())
                .as("the same from the same sources")
                .isEqualTo("2026-11-22T00:00:00Z");
    }

    @Test
    @DisplayName("it has the jar that was tested, the command, and no other file; nobody may write them")
    void files() throws IOException {
        assertThat(image.layers()).hasSize(2);
        List<String> files = new ArrayList<>();
        for (Map<String, ImageTar.Entry> layer : image.layers()) {
            layer.forEach((name, entry) -> {
                assertThat(entry.owner()).as(name).isEqualTo("0:0");
                assertThat(entry.mode() & 0022).as(name + ": writable").isZero();
                assertThat(entry.mode() & 04).as(name + ": readable").isPositive();
                if (!entry.directory()) {
                    files.add(name);
                }
            });
        }
        assertThat(files).containsExactlyInAnyOrder("opt/mooring/mooring.jar", "usr/local/bin/mooring");
        assertThat(image.layers().get(0).get("opt/mooring/mooring.jar").content())
                .isEqualTo(Files.readAllBytes(Path.of(System.getProperty("mooring.jar", "target/mooring.jar"))));
        assertThat(image.layers().get(1).get("usr/local/bin/mooring").mode()).isEqualTo(0755);
    }

    @Test
    @DisplayName("its entry point starts with its options of the JVM, and its command drains a broker")
    void runs() throws Exception {
        image.unpack(folder);
        List<String> entryPoint = new ArrayList<>(strings(image.configuration().at("/config/Entrypoint")));
        entryPoint.replaceAll(word -> word.startsWith("/") ? folder + word : word);
        entryPoint.add("--version");
        String options = image.configuration().at("/config/Env/0").asText();
        assertThat(run(Map.of("JDK_JAVA_OPTIONS", options.substring(options.indexOf('=') + 1)), entryPoint))
                .containsPattern("mooring \\d+\\.\\d+\\.\\d+")
                .doesNotContain("WARNING");
        try (MooringProcess broker = MooringProcess.in(folder.resolve("broker")).start()) {
            List<String> drain = List.of(
                    folder + "/usr/local/bin/mooring",
                    "drain",
                    "-conf",
                    broker.configuration().toString());
            assertThat(run(Map.of("JDK_JAVA_OPTIONS", "-Xmx100t"), drain)).contains("drained");
            broker.terminate();
        }
    }

    @Test
    @DisplayName("with the base of profile image, it is made on a runtime of Java 25 that is named by its version")
    void base() throws IOException {
        assertThat(Files.readString(Path.of("pom.xml")))
                .containsPattern("<image\\.base>[a-z-]+(/[a-z-]+)*:25[^<]*-jre[^<]*</image\\.base>");
    }

    /** With the JVM of this test on the path; what it has said, once it has ended well. */
    private String run(Map<String, String> environment, List<String> command) throws Exception {
        Path output = Files.createTempFile(folder, "output", ".txt");
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .directory(folder.toFile());
        builder.environment().putAll(environment);
        builder.environment()
                .merge(
                        "PATH",
                        Path.of(System.getProperty("java.home"), "bin").toString(),
                        (old, own) -> own + ":" + old);
        Process process = builder.start();
        boolean ended = process.waitFor(MooringProcess.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        process.destroyForcibly();
        String text = Files.readString(output);
        assertThat(ended && process.exitValue() == 0).as(text).isTrue();
        return text;
    }
}
