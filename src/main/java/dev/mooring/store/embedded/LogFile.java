package dev.mooring.store.embedded;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * Checks RocksDB's two files of records, the write-ahead log and the MANIFEST, without RocksDB: it takes a damaged
 * length or a missing end of a MANIFEST for a write that a crash cut short, and goes on without what came after.
 *
 * <p>The format ("Write Ahead Log File Format" of RocksDB's wiki): blocks of 32 KiB; in them records of a masked
 * CRC-32C of what follows the length (4 bytes), the length (2) and a type (1), little-endian, then the data; a rest of
 * a block shorter than 7 bytes is zero.
 */
final class LogFile {
    private static final int BLOCK = 32_768;
    private static final int HEADER = 7;

    private LogFile() {}

    /** How many bytes from the beginning are whole records. */
    static long wholeBytes(Path file) throws IOException {
        try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer block = ByteBuffer.allocate(BLOCK).order(ByteOrder.LITTLE_ENDIAN);
            long blockAt = 0;
            while (true) {
                block.clear();
                while (block.hasRemaining() && in.read(block) >= 0) {
                    // until the block is full or the file ends
                }
                int length = block.position();
                int whole = wholeBytes(block, length);
                if (length < BLOCK || BLOCK - whole >= HEADER) {
                    return blockAt + whole;
                }
                blockAt += BLOCK;
            }
        }
    }

    private static int wholeBytes(ByteBuffer block, int length) {
        CRC32C crc = new CRC32C();
        int at = 0;
        while (at + HEADER <= length) {
            int size = block.getShort(at + 4) & 0xFFFF;
            if (size > length - at - HEADER) {
                return at;
            }
            crc.reset();
            crc.update(block.array(), at + 6, 1 + size);
            int value = (int) crc.getValue();
            if (block.getInt(at) != (value >>> 15 | value << 17) + 0xa282ead8) {
                return at;
            }
            at += HEADER + size;
        }
        return at;
    }
}
