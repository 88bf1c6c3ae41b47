package dev.mooring.store.embedded;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder of a store, locked: {@code FORMAT} says whose it is and which layout it has, {@code LOCK} is held while it
 * is open, {@code MARK} is the {@link CommitMark}, {@code db} belongs to RocksDB. They are created in this order, so a
 * folder without a FORMAT is not ours, and one without a db has never held anything, or has lost it.
 */
final class Folder implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Folder.class);
    private static final String FORMAT_FILE = "FORMAT";
    private static final String FORMAT_TEXT = "mooring embedded store, format ";

    final Path path;
    final Path db;
    final Path markPath;
    private final FileChannel lockFile;
    private final FileLock lock;

    private Folder(Path path, FileChannel lockFile, FileLock lock) {
        this.path = path;
        this.db = path.resolve("db");
        this.markPath = path.resolve("MARK");
        this.lockFile = lockFile;
        this.lock = lock;
    }

    static Folder open(Path given) throws IOException, Refused {
        Path path = given.toAbsolutePath().normalize();
        create(path);
        Path format = path.resolve(FORMAT_FILE);
        boolean hasFormat = Files.exists(format);
        if (!hasFormat && !isEmpty(path)) {
            throw new Refused(path + " holds files, but no embedded store (there is no FORMAT file)."
                    + " Name an empty folder, or one that a store was created in; nothing was changed.");
        }
        if (hasFormat) {
            checkFormat(path, Files.readString(format, StandardCharsets.ISO_8859_1));
        }
        FileChannel lockFile =
                FileChannel.open(path.resolve("LOCK"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = tryLock(lockFile);
        if (lock == null) {
            lockFile.close();
            throw new Refused("The embedded store " + path + " is in use by another process, most likely a broker"
                    + " that runs, or twice by this one. Stop the other one first, or give each its own folder.");
        }
        if (!hasFormat) {
            Path draft = path.resolve("FORMAT.new");
            Files.writeString(
                    draft, FORMAT_TEXT + Table.FORMAT + "\n", StandardOpenOption.CREATE, StandardOpenOption.SYNC);
            Files.move(draft, format);
        }
        return new Folder(path, lockFile, lock);
    }

    static boolean isStore(Path path) {
        return Files.exists(path.resolve(FORMAT_FILE));
    }

    private static void create(Path path) throws IOException {
        boolean isNew = !Files.isDirectory(path);
        Files.createDirectories(path);
        PosixFileAttributeView rights = Files.getFileAttributeView(path, PosixFileAttributeView.class);
        if (rights == null) {
            return;
        }
        if (isNew) {
            rights.setPermissions(PosixFilePermissions.fromString("rwx------"));
        } else if (rights.readAttributes().permissions().contains(PosixFilePermission.OTHERS_READ)) {
            LOG.warn("everybody on this machine may read the messages in {}: take the rights away (chmod o-rwx)", path);
        }
    }

    /** A lock file may be left from a start that ended between creating it and FORMAT. */
    private static boolean isEmpty(Path path) throws IOException {
        try (Stream<Path> files = Files.list(path)) {
            return files.map(f -> f.getFileName().toString())
                    .allMatch(name -> name.equals("LOCK") || name.equals("FORMAT.new") || name.equals("lost+found"));
        }
    }

    private static void checkFormat(Path path, String text) throws Refused {
        int version;
        try {
            version = text.startsWith(FORMAT_TEXT)
                    ? Integer.parseInt(text.substring(FORMAT_TEXT.length()).strip())
                    : 0;
        } catch (NumberFormatException e) {
            version = 0;
        }
        if (version <= 0) {
            throw new Refused(
                    "The file FORMAT in " + path + " is damaged or not ours. If the folder is an embedded store,"
                            + " write \"" + FORMAT_TEXT + Table.FORMAT + "\" into it; nothing was changed.");
        }
        if (version < Table.FORMAT) {
            throw new Refused("The embedded store " + path + " was written by an older version (format " + version
                    + ", known is " + Table.FORMAT + "). Take its data out with that version (mooring data export),"
                    + " and import it here into an empty folder; nothing was changed.");
        }
        if (version > Table.FORMAT) {
            throw new Refused("The embedded store " + path + " was written by a newer version (format " + version
                    + ", known up to " + Table.FORMAT
                    + "). Start that version, or restore a backup; nothing was changed.");
        }
    }

    private static @Nullable FileLock tryLock(FileChannel file) throws IOException {
        try {
            return file.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    /** Makes the names of what was created durable: a folder that a power cut has emptied would look like a new one. */
    void syncNames() throws IOException {
        syncNames(path);
        Path parent = path.getParent();
        if (parent != null) {
            syncNames(parent);
        }
    }

    private static void syncNames(Path directory) throws IOException {
        try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
            names.force(true);
        }
    }

    boolean hasMark() {
        return Files.exists(markPath);
    }

    boolean hasDb() throws IOException {
        return Files.isDirectory(db) && !isEmpty(db);
    }

    /** The MANIFEST that CURRENT names, or null when that cannot be read. */
    @Nullable
    Path manifest() {
        try {
            String name = Files.readString(db.resolve("CURRENT"), StandardCharsets.ISO_8859_1)
                    .strip();
            boolean named = name.matches("MANIFEST-\\d{1,18}");
            return named && Files.exists(db.resolve(name)) ? db.resolve(name) : null;
        } catch (IOException e) {
            return null;
        }
    }

    static long number(Path manifest) {
        return Long.parseLong(manifest.getFileName().toString().substring("MANIFEST-".length()));
    }

    /** The newest write-ahead log, or null. */
    @Nullable
    Path newestLog() throws IOException {
        try (Stream<Path> files = Files.list(db)) {
            return files.filter(f -> f.getFileName().toString().matches("\\d+\\.log"))
                    .max((a, b) -> a.getFileName().compareTo(b.getFileName()))
                    .orElse(null);
        }
    }

    void deleteTablesExcept(Set<String> live) throws IOException {
        List<Path> orphans;
        try (Stream<Path> files = Files.list(db)) {
            orphans = files.filter(f -> f.getFileName().toString().matches("\\d+\\.sst"))
                    .filter(f -> !live.contains(f.getFileName().toString()))
                    .toList();
        }
        for (Path orphan : orphans) {
            Files.delete(orphan);
        }
    }

    @Override
    public void close() throws IOException {
        lock.release();
        lockFile.close();
    }
}
