package dev.mooring.store.embedded;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * A second opinion on how far the store had come: the file MARK, written without fsync after each fsync of the log.
 * What it says is therefore on disk in the log, and acknowledged or about to be; a store that reads back as less has
 * lost something. It is exact after a close or the death of the process, and at most some seconds old after a power
 * cut.
 *
 * <p>RocksDB alone cannot tell a log that a crash cut short from one whose end was damaged later: it takes both for an
 * unfinished write and drops it.
 *
 * <p>Two slots are written in turn, each with a checksum, so a half-written one leaves the other.
 */
final class CommitMark implements AutoCloseable {
    private static final long MAGIC = 0x4d4f4f52494e4731L; // "MOORING1"
    private static final int SLOT = 48;
    private static final int SLOT_AT = 512;

    /**
     * @param commit number of the last commit that was fsynced
     * @param manifest number of the MANIFEST file in use, or 0
     * @param manifestBytes what it had at least
     */
    record State(long round, long commit, long manifest, long manifestBytes) {}

    private final FileChannel file;
    private final ByteBuffer slot = ByteBuffer.allocateDirect(SLOT);
    private final CRC32C crc = new CRC32C();
    private State state;

    private CommitMark(FileChannel file, State state) {
        this.file = file;
        this.state = state;
    }

    static CommitMark create(Path path) throws IOException {
        FileChannel file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        CommitMark mark = new CommitMark(file, new State(0, 0, 0, 0));
        mark.write(new State(1, 0, 0, 0));
        mark.write(new State(2, 0, 0, 0));
        file.force(true);
        return mark;
    }

    /** @throws IOException with a text for people when neither slot is whole */
    static CommitMark open(Path path) throws IOException {
        State state = read(path);
        return new CommitMark(FileChannel.open(path, StandardOpenOption.WRITE), state);
    }

    static State read(Path path) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(path));
        State newest = null;
        for (int at = 0; at + SLOT <= in.limit(); at += SLOT_AT) {
            CRC32C crc = new CRC32C();
            crc.update(in.array(), at, SLOT - 8);
            if (in.getLong(at) == MAGIC && in.getLong(at + SLOT - 8) == crc.getValue()) {
                State s = new State(in.getLong(at + 8), in.getLong(at + 16), in.getLong(at + 24), in.getLong(at + 32));
                newest = newest == null || s.round() > newest.round() ? s : newest;
            }
        }
        if (newest == null) {
            throw new IOException(path + " is damaged");
        }
        return newest;
    }

    synchronized State state() {
        return state;
    }

    /** Never goes back. */
    synchronized void commit(long synced) throws IOException {
        if (synced > state.commit()) {
            write(new State(state.round() + 1, synced, state.manifest(), state.manifestBytes()));
        }
    }

    synchronized void manifest(long number, long bytes) throws IOException {
        if (number != state.manifest() || bytes != state.manifestBytes()) {
            write(new State(state.round() + 1, state.commit(), number, bytes));
        }
    }

    /** After a start that accepted a loss: what is there now is all there is. */
    synchronized void restart(long commit) throws IOException {
        write(new State(state.round() + 1, commit, 0, 0));
        write(new State(state.round() + 1, commit, 0, 0));
    }

    synchronized void force() throws IOException {
        file.force(false);
    }

    private void write(State next) throws IOException {
        slot.clear();
        slot.putLong(MAGIC).putLong(next.round()).putLong(next.commit());
        slot.putLong(next.manifest()).putLong(next.manifestBytes()).flip();
        crc.reset();
        crc.update(slot);
        slot.limit(SLOT).putLong(crc.getValue()).flip();
        long at = (next.round() & 1) * SLOT_AT;
        while (slot.hasRemaining()) {
            at += file.write(slot, at);
        }
        state = next;
    }

    @Override
    public synchronized void close() throws IOException {
        file.close();
    }
}
