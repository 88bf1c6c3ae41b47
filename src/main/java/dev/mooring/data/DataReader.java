package dev.mooring.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/** Reads the file line by line. That it is whole is known when {@link #next} has said that there is no more. */
final class DataReader implements AutoCloseable {
    /** A message of the greatest packet that MQTT has, in base64, and more. */
    private static final int LINE_BYTES_MAX = 512 << 20;

    private static final int BUFFER_BYTES = 1 << 16;
    private static final int GZIP_MAGIC = 0x1f8b;

    private final ObjectMapper mapper = DataFile.mapper();
    private final MessageDigest digest = DataFile.sha256();
    private final Counts counts = new Counts();
    private final Path file;
    private final InputStream in;
    private final int lineBytesMax;
    private long lines;

    private DataReader(Path file, InputStream in, int lineBytesMax) {
        this.file = file;
        this.in = in;
        this.lineBytesMax = lineBytesMax;
    }

    /** One thing. */
    record Line(long number, LineType type, JsonNode json) {}

    /** @throws Unusable when it is no such file, or one of a later format */
    static DataReader open(Path file) throws IOException, Unusable {
        return open(file, LINE_BYTES_MAX);
    }

    static DataReader open(Path file, int lineBytesMax) throws IOException, Unusable {
        InputStream raw = new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES);
        try {
            InputStream in = isGzip(raw) ? new BufferedInputStream(new GZIPInputStream(raw, BUFFER_BYTES)) : raw;
            DataReader reader = new DataReader(file, in, lineBytesMax);
            reader.head();
            return reader;
        } catch (IOException | Unusable e) {
            raw.close();
            throw e;
        }
    }

    /**
     * Reads all of it when it is a gzip: a changed byte may look like anything, only the checksum at the end knows.
     *
     * @throws Unusable when its gzip is damaged
     */
    static void checkGzip(Path file) throws IOException, Unusable {
        try (InputStream raw = new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES)) {
            if (isGzip(raw)) {
                new GZIPInputStream(raw, BUFFER_BYTES).transferTo(OutputStream.nullOutputStream());
            }
        } catch (EOFException | ZipException e) {
            throw damagedGzip(file, e);
        }
    }

    private static boolean isGzip(InputStream raw) throws IOException {
        raw.mark(2);
        boolean gzip = (raw.read() << 8 | raw.read()) == GZIP_MAGIC;
        raw.reset();
        return gzip;
    }

    private void head() throws IOException, Unusable {
        JsonNode head;
        try {
            head = read();
        } catch (Unusable | ZipException | EOFException e) {
            head = null;
        }
        if (head == null || !head.path("type").asText().equals(DataFile.HEAD)) {
            throw new Unusable(file + " is no file of \"mooring data export\"");
        }
        int format = head.path("format").asInt();
        if (format > DataFile.FORMAT || format <= 0) {
            throw new Unusable(file + " was written by a newer version (format " + format + ", known up to "
                    + DataFile.FORMAT + "): use that version to import it");
        }
    }

    /** Null after the last one. @throws Unusable when the file is not what was written */
    @Nullable
    Line next() throws IOException, Unusable {
        try {
            byte[] before = ((MessageDigest) digest.clone()).digest();
            JsonNode json = read();
            if (json == null) {
                throw damaged("it ends without its last line, so it was cut short");
            }
            String type = json.path("type").asText();
            if (type.equals(DataFile.END)) {
                end(json, HexFormat.of().formatHex(before));
                return null;
            }
            LineType known = type(type);
            counts.add(known);
            return new Line(lines, known, json);
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException(e); // SHA-256 can be cloned
        } catch (EOFException | ZipException e) {
            throw damagedGzip(file, e);
        }
    }

    private LineType type(String word) throws Unusable {
        for (LineType type : LineType.values()) {
            if (type.word().equals(word)) {
                return type;
            }
        }
        throw damaged("line " + lines + " has the type \"" + word.toLowerCase(Locale.ROOT) + "\", which is none");
    }

    private void end(JsonNode end, String sha256) throws IOException, Unusable {
        if (!end.path("sha256").asText().equals(sha256)
                || end.path("lines").asLong() != lines - 1
                || !end.path("counts").toString().equals(counts.json().toString())) {
            throw damaged("its last line tells of other lines than there are; something has changed it");
        }
        if (in.read() >= 0) {
            throw damaged("there is more behind its last line");
        }
    }

    /** Of the lines so far. */
    Counts counts() {
        return counts;
    }

    private @Nullable JsonNode read() throws IOException, Unusable {
        ByteArrayOutputStream line = new ByteArrayOutputStream(1_024);
        int b = in.read();
        if (b < 0) {
            return null;
        }
        for (; b >= 0 && b != '\n'; b = in.read()) {
            line.write(b);
            if (line.size() > lineBytesMax) {
                throw damaged("line " + (lines + 1) + " has more than " + lineBytesMax + " bytes, longer than any");
            }
        }
        if (b < 0) {
            throw damaged("it ends within line " + (lines + 1) + ", so it was cut short");
        }
        byte[] bytes = line.toByteArray();
        digest.update(bytes);
        digest.update((byte) '\n');
        lines++;
        try {
            return mapper.readTree(bytes);
        } catch (JsonProcessingException e) {
            throw damaged("line " + lines + " is no JSON");
        }
    }

    private static Unusable damagedGzip(Path file, IOException e) {
        return damaged(
                file,
                e instanceof EOFException
                        ? "it ends within its gzip, so it was cut short"
                        : "its gzip is not right: " + e.getMessage());
    }

    private Unusable damaged(String what) {
        return damaged(file, what);
    }

    private static Unusable damaged(Path file, String what) {
        return new Unusable(file + " is damaged: " + what + ". Nothing can be told of what it lacks: export again, or"
                + " take another copy.");
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
