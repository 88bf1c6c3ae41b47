package dev.mooring.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Puts secrets in the place of references to them: {@code ${ENV:NAME}} and {@code file:/path}. Only in keys that the
 * schema marks with {@code writeOnly}, so that no other value can be made to show a file's content.
 */
final class Secrets {
    private static final Pattern ENV = Pattern.compile("\\$\\{ENV:([A-Za-z_][A-Za-z0-9_]*)}");
    private static final String FILE = "file:";
    private static final int BYTES_MAX = 64 * 1024;

    private final Function<String, @Nullable String> env;

    Secrets(Function<String, @Nullable String> env) {
        this.env = env;
    }

    void resolve(Schema schema, JsonNode tree, Problems problems) {
        schema.eachSecret(tree, (owner, key, pointer) -> {
            String text = owner.path(key).textValue();
            if (text != null && !text.isEmpty() && !problems.anyIn(pointer)) {
                String secret = resolved(text, pointer, problems);
                if (secret != null) {
                    owner.put(key, secret);
                }
            }
        });
    }

    static boolean isReference(String text) {
        return text.startsWith(FILE) || ENV.matcher(text).matches();
    }

    private @Nullable String resolved(String text, String pointer, Problems problems) {
        String secret = text;
        String from = "";
        Matcher reference = ENV.matcher(text);
        if (reference.matches()) {
            from = "environment variable " + reference.group(1);
            secret = env.apply(reference.group(1));
            if (secret == null) {
                problems.add(pointer, from + " is not set");
                return null;
            }
        } else if (text.startsWith(FILE)) {
            from = "file " + text.substring(FILE.length());
            secret = file(text.substring(FILE.length()), pointer, problems);
        }
        if (secret != null && secret.isEmpty()) {
            problems.add(pointer, from + " is empty");
            return null;
        }
        return secret;
    }

    /** Without the line ends that editors leave at the end. */
    private static @Nullable String file(String name, String pointer, Problems problems) {
        String why;
        try {
            Path path = Path.of(name);
            if (!Files.isDirectory(path) && Files.size(path) <= BYTES_MAX) {
                return Files.readString(path).replaceAll("[\r\n]+$", "");
            }
            why = Files.isDirectory(path) ? "it is a directory" : "it has more than " + BYTES_MAX + " bytes";
        } catch (NoSuchFileException e) {
            why = "there is no such file";
        } catch (InvalidPathException | IOException e) {
            why = e.getClass().getSimpleName();
        }
        problems.add(pointer, "cannot read file " + name + ": " + why);
        return null;
    }
}
