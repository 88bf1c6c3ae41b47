package dev.mooring.it;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/** An image as {@code docker save} writes it: what its configuration says, and the files of its layers. */
record ImageTar(JsonNode configuration, List<String> names, List<Map<String, Entry>> layers) {
    private static final int BLOCK = 512;

    /** @param owner user and group, as 0:0 */
    record Entry(boolean directory, int mode, String owner, byte[] content) {}

    static ImageTar read(Path file) throws IOException {
        Map<String, Entry> all;
        try (InputStream in = Files.newInputStream(file)) {
            all = entries(in);
        }
        ObjectMapper json = new ObjectMapper();
        JsonNode manifest = json.readTree(all.get("manifest.json").content()).path(0);
        List<String> names = new ArrayList<>();
        manifest.path("RepoTags").forEach(tag -> names.add(tag.asText()));
        List<Map<String, Entry>> layers = new ArrayList<>();
        for (JsonNode layer : manifest.path("Layers")) {
            byte[] packed = all.get(layer.asText()).content();
            layers.add(entries(new GZIPInputStream(new ByteArrayInputStream(packed))));
        }
        byte[] configuration = all.get(manifest.path("Config").asText()).content();
        return new ImageTar(json.readTree(configuration), names, layers);
    }

    /** By path, in the order of the file. Names of more than 100 characters are not known here. */
    private static Map<String, Entry> entries(InputStream in) throws IOException {
        Map<String, Entry> entries = new LinkedHashMap<>();
        byte[] header = in.readNBytes(BLOCK);
        while (header.length == BLOCK && header[0] != 0) {
            int size = (int) number(header, 124, 12);
            byte[] content = in.readNBytes(size);
            in.skipNBytes((BLOCK - size % BLOCK) % BLOCK);
            char type = (char) header[156];
            if (type == '0' || type == '5' || type == 0) { // else more about the next one
                String owner = number(header, 108, 8) + ":" + number(header, 116, 8);
                int mode = (int) number(header, 100, 8) & 07777; // the rest is the type
                entries.put(text(header, 0, 100), new Entry(type == '5', mode, owner, content));
            }
            header = in.readNBytes(BLOCK);
        }
        return entries;
    }

    private static long number(byte[] header, int from, int length) {
        String octal = text(header, from, length).strip();
        return octal.isEmpty() ? 0 : Long.parseLong(octal, 8);
    }

    private static String text(byte[] header, int from, int length) {
        int end = from;
        while (end < from + length && header[end] != 0) {
            end++;
        }
        return new String(header, from, end - from, StandardCharsets.US_ASCII);
    }

    /** Writes the files of all layers below a folder, with their modes. */
    void unpack(Path root) throws IOException {
        for (Map<String, Entry> layer : layers) {
            for (Map.Entry<String, Entry> entry : layer.entrySet()) {
                Path path = root.resolve(entry.getKey());
                if (entry.getValue().directory()) {
                    Files.createDirectories(path);
                } else {
                    Files.write(path, entry.getValue().content());
                    boolean runs = (entry.getValue().mode() & 0100) != 0;
                    path.toFile().setExecutable(runs, false);
                }
            }
        }
    }
}
