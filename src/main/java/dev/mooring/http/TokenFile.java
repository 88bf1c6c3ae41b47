package dev.mooring.http;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.EnumSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The token of the API, kept in a file that only its owner can read. Made when there is none, so that nobody ever has a
 * token that others have too. Blocking.
 */
final class TokenFile {
    private static final Logger LOG = LoggerFactory.getLogger(TokenFile.class);
    private static final int TOKEN_BYTES = 32;
    private static final int FILE_BYTES_MAX = 4_096;
    private static final int TOKEN_LENGTH_MIN = 20;
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    private TokenFile() {}

    /** @throws IOException with a text for people when it can neither be read nor made */
    static String readOrMake(Path file) throws IOException {
        if (Files.notExists(file)) {
            make(file);
        }
        if (!Files.isRegularFile(file) || Files.size(file) > FILE_BYTES_MAX) {
            throw new IOException(file + " is no file with a token");
        }
        String token = Files.readString(file, StandardCharsets.US_ASCII).strip();
        if (token.length() < TOKEN_LENGTH_MIN || !token.chars().allMatch(c -> c > ' ' && c < 0x7F)) {
            throw new IOException(file + " holds no token of at least " + TOKEN_LENGTH_MIN
                    + " printable characters; delete it, and the next start makes another one");
        }
        warnIfOthersCanRead(file);
        return token;
    }

    /** Whole or not at all, with its permissions from the first moment; the first of two processes wins. */
    private static void make(Path file) throws IOException {
        byte[] random = new byte[TOKEN_BYTES];
        new SecureRandom().nextBytes(random);
        String token = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
        Path folder = file.toAbsolutePath().getParent();
        Path draft = Files.createTempFile(folder, ".mooring-token", "", ownerOnly(file));
        try {
            Files.writeString(draft, token + "\n", StandardCharsets.US_ASCII);
            if (Files.notExists(file)) {
                Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
                LOG.info("a token for the API was made; it is in {}", file.toAbsolutePath());
            }
        } catch (FileAlreadyExistsException e) {
            LOG.debug("another process has made {}", file);
        } finally {
            Files.deleteIfExists(draft);
        }
    }

    private static FileAttribute<?>[] ownerOnly(Path file) {
        boolean posix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
        return posix ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OWNER_ONLY)} : new FileAttribute[0];
    }

    private static void warnIfOthersCanRead(Path file) throws IOException {
        if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Set<PosixFilePermission> more = EnumSet.noneOf(PosixFilePermission.class);
            more.addAll(Files.getPosixFilePermissions(file));
            if (more.contains(PosixFilePermission.GROUP_READ) || more.contains(PosixFilePermission.OTHERS_READ)) {
                LOG.warn("{} can be read by others than its owner: chmod 600 it", file.toAbsolutePath());
            }
        }
    }
}
