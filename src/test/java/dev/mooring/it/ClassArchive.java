package dev.mooring.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The classes of the jar as the JVM has them once they are loaded: a broker starts with two thirds of the processor
 * time then, and the tests start some hundred. Made by the first that is started; a JVM that cannot is no matter.
 */
final class ClassArchive {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final List<String> OPTIONS = make();

    private ClassArchive() {}

    /** Options of the JVM; whatever it says of them stays unsaid. */
    static List<String> options() {
        return OPTIONS;
    }

    private static List<String> make() {
        try {
            Path folder = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "class-archive")
                    .toAbsolutePath();
            Path archive = folder.resolve("mooring.jsa");
            archive.toFile().deleteOnExit();
            Path conf = Files.writeString(folder.resolve("conf.json"), """
                    {"loops": 2, "http": {"port": 0, "token_file": "%1$s/token"},
                     "listeners": [{"type": "tcp", "host": "127.0.0.1", "port": 0}],
                     "pools": {"local": {"backend": "embedded", "path": "%1$s/data"}}}
                    """.formatted(folder));
            List<String> command = new ArrayList<>(MooringProcess.jvm());
            command.addAll(List.of("-XX:ArchiveClassesAtExit=" + archive, "-Xlog:disable", "-jar"));
            command.addAll(List.of(MooringProcess.jar().toString(), "-conf", conf.toString()));
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            try (var out = process.inputReader()) {
                out.lines().anyMatch(line -> line.contains("started in"));
                process.toHandle().destroy();
                out.lines().forEach(line -> {});
            }
            process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            process.destroyForcibly();
            return Files.exists(archive) ? List.of("-XX:SharedArchiveFile=" + archive, "-Xlog:disable") : List.of();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return List.of();
        } catch (IOException e) {
            return List.of();
        }
    }
}
