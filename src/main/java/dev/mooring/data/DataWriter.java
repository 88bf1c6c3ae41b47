package dev.mooring.data;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.Set;
import java.util.zip.GZIPOutputStream;

/** Writes the file beside its place; only a whole one that is on disk gets there. For its owner's eyes only. */
final class DataWriter implements AutoCloseable {
    private static final int BUFFER_BYTES = 1 << 16;

    private final ObjectMapper mapper = DataFile.mapper();
    private final MessageDigest digest = DataFile.sha256();
    private final Counts counts = new Counts();
    private final Path target;
    private final Path part;
    private final FileChannel channel;
    private final OutputStream out;
    private long lines;
    private boolean finished;

    private DataWriter(Path target, Path part, FileChannel channel, OutputStream out) {
        this.target = target;
        this.part = part;
        this.channel = channel;
        this.out = out;
    }

    /** @param target in gzip if its name ends in .gz; a file that is there stays, and this fails */
    static DataWriter create(Path target, String pool, String version) throws IOException {
        refuse(target);
        Path part = target.resolveSibling(target.getFileName() + ".part");
        Files.deleteIfExists(part);
        FileChannel channel =
                FileChannel.open(part, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), owners(part));
        OutputStream raw = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER_BYTES);
        OutputStream out = target.toString().endsWith(".gz") ? new GZIPOutputStream(raw, BUFFER_BYTES) : raw;
        DataWriter writer = new DataWriter(target, part, channel, out);
        writer.write(JsonNodeFactory.instance
                .objectNode()
                .put("type", DataFile.HEAD)
                .put("format", DataFile.FORMAT)
                .put("version", version)
                .put("pool", pool)
                .put("at", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString()));
        return writer;
    }

    private static void refuse(Path target) throws IOException {
        if (Files.exists(target)) {
            throw new FileAlreadyExistsException(target.toString());
        }
    }

    private static FileAttribute<?>[] owners(Path file) {
        return file.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
    }

    void line(LineType type, ObjectNode line) throws IOException {
        ObjectNode typed = JsonNodeFactory.instance.objectNode().put("type", type.word());
        write(typed.setAll(line));
        counts.add(type);
    }

    private void write(Object line) throws IOException {
        byte[] bytes = mapper.writeValueAsBytes(line);
        digest.update(bytes);
        digest.update((byte) '\n');
        out.write(bytes);
        out.write('\n');
        lines++;
    }

    /** Writes the end; then the file is there. */
    Counts finish() throws IOException {
        String sha256 = HexFormat.of().formatHex(digest.digest());
        write(JsonNodeFactory.instance
                .objectNode()
                .put("type", DataFile.END)
                .put("lines", lines)
                .put("sha256", sha256)
                .set("counts", counts.json()));
        if (out instanceof GZIPOutputStream gzip) {
            gzip.finish();
        }
        out.flush();
        channel.force(true);
        out.close();
        refuse(target);
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
        finished = true;
        return counts;
    }

    @Override
    public void close() throws IOException {
        if (!finished) {
            channel.close();
            Files.deleteIfExists(part);
        }
    }
}
