package dev.mooring.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * What a configuration comes to, with its defaults and where each value comes from; for people, hence without secrets.
 *
 * @param tree not to be changed
 * @param values the leaves of the tree, in its order
 * @param secrets digests of secrets, by pointer; not for people either
 * @param files digests of the contents of files that are named, by pointer
 */
public record EffectiveConfig(
        JsonNode tree, List<Value> values, Map<String, String> secrets, Map<String, String> files) {
    private static final String HIDDEN = "***";
    private static final String FILE = "file:";

    /** @param value a number, text, truth value, or an empty list or object */
    public record Value(String pointer, JsonNode value, Origin origin) {}

    /** @param tree with defaults, and with references where secrets will be */
    static EffectiveConfig of(ObjectNode tree, Schema schema, JsonSource source) {
        ObjectNode shown = tree.deepCopy();
        schema.eachSecret(shown, (owner, key, pointer) -> {
            String text = owner.path(key).asText();
            if (!text.isEmpty() && !Secrets.isReference(text)) {
                owner.put(key, HIDDEN);
            }
        });
        List<Value> values = new ArrayList<>();
        collect(shown, "", source.origins(), values::add);
        return new EffectiveConfig(shown, List.copyOf(values), Map.of(), Map.of());
    }

    private static void collect(JsonNode node, String pointer, Map<String, Origin> origins, Consumer<Value> values) {
        if (node.isEmpty()) { // as any leaf is
            values.accept(new Value(pointer, node, origins.getOrDefault(pointer, Origin.DEFAULT)));
        }
        int i = 0;
        for (JsonNode item : node.isArray() ? node : List.<JsonNode>of()) {
            collect(item, pointer + "/" + i++, origins, values);
        }
        for (Map.Entry<String, JsonNode> entry : node.properties()) {
            collect(entry.getValue(), pointer + "/" + ConfigError.escaped(entry.getKey()), origins, values);
        }
    }

    /**
     * With what stands elsewhere: two that are equal then mean the same. Blocking.
     *
     * @param resolved with secrets in the place of references
     */
    EffectiveConfig withContents(ObjectNode resolved, Schema schema) {
        Map<String, String> digests = new TreeMap<>();
        schema.eachSecret(
                resolved,
                (owner, key, pointer) ->
                        digests.put(pointer, digest(owner.path(key).asText().getBytes(StandardCharsets.UTF_8))));
        Map<String, String> contents = new TreeMap<>();
        schema.eachFile(resolved, (owner, key, pointer) -> {
            String name = owner.path(key).asText();
            if (!name.isEmpty()) {
                contents.put(pointer, contentDigest(name));
            }
        });
        return new EffectiveConfig(tree, values, Map.copyOf(digests), Map.copyOf(contents));
    }

    /** The same for every node that has this configuration, and says nothing of its secrets. */
    public String hash() {
        return digest((tree + new TreeMap<>(files).toString()).getBytes(StandardCharsets.UTF_8))
                .substring(0, 16);
    }

    /** Whether both come to the same, wherever they have it from. */
    public boolean meansTheSame(EffectiveConfig other) {
        return tree.equals(other.tree) && secrets.equals(other.secrets) && files.equals(other.files);
    }

    /** Besides the configuration's own: files whose changes only a reload takes in. */
    public List<Path> filesToWatch() {
        List<Path> watched = new ArrayList<>();
        Schema schema = Schema.load();
        schema.eachFileToWatch(
                tree, (owner, key, pointer) -> add(watched, owner.path(key).asText()));
        schema.eachSecret(tree, (owner, key, pointer) -> {
            String text = owner.path(key).asText();
            if (text.startsWith(FILE)) {
                add(watched, text.substring(FILE.length()));
            }
        });
        return watched;
    }

    private static void add(List<Path> files, String name) {
        if (!name.isEmpty()) {
            Path path = Path.of(name).toAbsolutePath();
            if (!files.contains(path)) {
                files.add(path);
            }
        }
    }

    private static String digest(byte[] bytes) {
        return HexFormat.of().formatHex(sha256().digest(bytes));
    }

    /** Who needs the file says that it can't be read; here that is a content like any other. */
    private static String contentDigest(String name) {
        MessageDigest digest = sha256();
        byte[] part = new byte[64 * 1024];
        try (InputStream in = Files.newInputStream(Path.of(name))) {
            for (int n = in.read(part); n >= 0; n = in.read(part)) {
                digest.update(part, 0, n);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (IOException | InvalidPathException e) {
            return "";
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
