package dev.mooring.peers;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Programs on this machine that peers consist of. */
final class Programs {
    private static final Pattern VERSION = Pattern.compile("\\d+\\.\\d+(\\.\\d+)?");

    private Programs() {}

    /** A program on the PATH, or where Debian puts servers. */
    static String find(String name) throws IOException {
        for (String folder : (System.getenv("PATH") + ":/usr/sbin:/usr/lib/rabbitmq/bin").split(":")) {
            Path program = Path.of(folder, name);
            if (Files.isExecutable(program)) {
                return program.toString();
            }
        }
        throw new IOException("no " + name + " on the PATH");
    }

    /** The first version number that a command prints. */
    static String version(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        Matcher matcher = VERSION.matcher(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        return matcher.find() ? matcher.group() : "of unknown version";
    }

    static String java() {
        return System.getProperty("java.home") + "/bin/java";
    }

    /** The version in the name of a jar that the build of the peers has brought. */
    static String jar(Path folder, String artifact) throws IOException {
        if (Files.isDirectory(folder)) {
            try (Stream<Path> jars = Files.list(folder)) {
                List<String> names = jars.map(jar -> jar.getFileName().toString())
                        .filter(name -> name.startsWith(artifact + "-"))
                        .toList();
                if (!names.isEmpty()) {
                    return names.get(0).substring(artifact.length() + 1).replace(".jar", "");
                }
            }
        }
        throw new IOException("not in " + folder.getParent().getFileName() + "/" + folder.getFileName()
                + ": build benchmarks/peers/pom.xml");
    }

    static String classPath(Path folder) {
        return folder.toAbsolutePath() + "/*";
    }
}
