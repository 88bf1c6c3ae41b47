package dev.mooring.auth;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Users of a file, a {@code user:hash} a line, in one of the forms of {@link PasswordHash}; empty lines and those that
 * begin with {@code #} are passed over. Read again when it changes. A file with a single wrong line is not used at all
 * (CVE-2018-12551): what was read before stays, and is used on.
 */
public final class PasswordFile implements Link {
    private static final Logger LOG = LoggerFactory.getLogger(PasswordFile.class);
    private static final long BYTES_MAX = 256L << 20;

    private record Content(Map<String, PasswordHash> hashes, List<PasswordHash> all, long lastModifiedMs, long size) {}

    private final Vertx vertx;
    private final Path file;
    private final long reloadMs;
    private volatile @Nullable Content content;
    private volatile long timer = -1;

    /** @param reloadMs how often the file is looked at, 0 for never again */
    public PasswordFile(Vertx vertx, Path file, long reloadMs) {
        this.vertx = vertx;
        this.file = file;
        this.reloadMs = reloadMs;
    }

    @Override
    public Future<Void> open() {
        return vertx.executeBlocking(() -> read(file), false).map(read -> {
            content = read;
            if (reloadMs > 0 && timer < 0) {
                timer = vertx.setPeriodic(reloadMs, t -> look());
            }
            return null;
        });
    }

    @Override
    public void close() {
        vertx.cancelTimer(timer);
    }

    private void look() {
        vertx.executeBlocking(() -> hasChanged() ? read(file) : null, false).onComplete(done -> {
            if (done.failed()) {
                LOG.error(
                        "{}; the users that were read before stay", done.cause().getMessage());
            } else if (done.result() != null) {
                content = done.result();
                LOG.info("{} users read from {}", done.result().hashes.size(), file);
            }
        });
    }

    private boolean hasChanged() throws IOException {
        Content now = content;
        return now == null
                || now.size != Files.size(file)
                || now.lastModifiedMs != Files.getLastModifiedTime(file).toMillis();
    }

    /** @throws IOException with a text for people: which line, and what is wrong with it, without the line itself */
    private static Content read(Path file) throws IOException {
        try {
            if (Files.isDirectory(file) || Files.size(file) > BYTES_MAX) {
                throw new IOException("can't read " + file + ": it is a directory, or too large");
            }
            long lastModifiedMs = Files.getLastModifiedTime(file).toMillis();
            long size = Files.size(file);
            Map<String, PasswordHash> hashes = new HashMap<>();
            List<String> lines = Files.readAllLines(file);
            for (int i = 0; i < lines.size(); i++) {
                String line = lines.get(i);
                if (!line.isBlank() && !line.startsWith("#")) {
                    add(line, file + ", line " + (i + 1) + ": ", hashes);
                }
            }
            return new Content(hashes, Passwords.all(hashes), lastModifiedMs, size);
        } catch (NoSuchFileException e) {
            throw new IOException("there is no file " + file, e);
        } catch (CharacterCodingException e) {
            throw new IOException(file + " is not UTF-8", e);
        }
    }

    private static void add(String line, String place, Map<String, PasswordHash> hashes) throws IOException {
        int colon = line.indexOf(":$");
        if (colon < 1) {
            throw new IOException(place + "must be user:hash, where the hash begins with $");
        }
        try {
            if (hashes.put(
                            line.substring(0, colon),
                            PasswordHash.parse(line.substring(colon + 1).strip()))
                    != null) {
                throw new IOException(place + "the user is there already");
            }
        } catch (IllegalArgumentException e) {
            throw new IOException(place + e.getMessage(), e);
        }
    }

    @Override
    public Future<Verdict> check(Credentials c, Passwords passwords) {
        Content now = content;
        PasswordHash hash = now == null || c.username() == null ? null : now.hashes.get(c.username());
        return hash == null || c.password() == null || c.password().length == 0
                ? Future.succeededFuture(Verdict.IGNORE)
                : passwords.verdict(c, hash, new Identity(c.username(), true));
    }

    @Override
    public @Nullable PasswordHash anyHash(String username) {
        Content now = content;
        return now == null || now.all.isEmpty() ? null : Passwords.pick(now.all, username);
    }
}
