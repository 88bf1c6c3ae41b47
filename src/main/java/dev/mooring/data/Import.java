package dev.mooring.data;

import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a file of {@link Export} into a store, in batches. The whole file is looked at before the first of them, so a
 * damaged one changes nothing.
 *
 * <p>May be repeated: what is there already stays as it is. A session that has had another owner since is not touched
 * again, nor is anything of it: its messages would come a second time.
 */
public final class Import {
    private static final int BATCH_OPS = 256;
    private static final long BATCH_BYTES = 1 << 20;
    /** Refusals of the store that are told one by one. */
    private static final int TOLD_MAX = 10;

    private final OpenStore store;
    private final boolean add;
    private final List<StoreOp> batch = new ArrayList<>();
    private final List<Long> numbers = new ArrayList<>();
    private final List<String> told = new ArrayList<>();
    private long batchBytes;
    private long refusedCount;
    private long passedOver;

    private Import(OpenStore store, boolean add) {
        this.store = store;
        this.add = add;
    }

    /**
     * @param counts of the lines of the file
     * @param refused operations that the store refused for good
     * @param told the first of them, for people
     * @param passedOver lines that were left out, as their session has had another owner since
     */
    public record Done(Counts counts, long refused, List<String> told, long passedOver) {
        public boolean isComplete() {
            return refused == 0 && passedOver == 0;
        }
    }

    /**
     * Looks at all lines, and changes nothing.
     *
     * @throws Unusable with what is wrong with the file
     */
    public static Counts check(Path file) throws IOException, Unusable {
        try (DataReader reader = DataReader.open(file)) {
            for (DataReader.Line line = reader.next(); line != null; line = reader.next()) {
                operations(line);
            }
            return reader.counts();
        } catch (Unusable e) {
            DataReader.checkGzip(file); // may be all that is wrong
            throw e;
        }
    }

    /** Whether the store has nothing that a file could have. */
    public static boolean isEmpty(OpenStore store, boolean withState) throws Unusable {
        if (withState
                && (!store.ask(new StoreOp.SessionScan(0, 1), StoreReply.Sessions.class)
                                .sessions()
                                .isEmpty()
                        || !store.ask(new StoreOp.RetainedScan("", 1), StoreReply.Messages.class)
                                .messages()
                                .isEmpty())) {
            return false;
        }
        @Nullable String after = "";
        while (after != null) {
            StoreReply.RuleData page = store.ask(new StoreOp.RuleDataScan(after, 100), StoreReply.RuleData.class);
            for (StoreOp write : page.writes()) {
                switch (write.kind()) {
                    case CLIENT_CONNECTED, CLIENT_DISCONNECTED -> {} // is not in a file
                    default -> {
                        return false;
                    }
                }
            }
            after = page.nextAfter();
        }
        return true;
    }

    /** @param add whether the store may hold something; then it is slower, as each session is waited for */
    public static Done run(Path file, OpenStore store, boolean add) throws IOException, Unusable {
        return new Import(store, add).run(file);
    }

    private Done run(Path file) throws IOException, Unusable {
        try (DataReader reader = DataReader.open(file)) {
            long replaced = 0;
            for (DataReader.Line line = reader.next(); line != null; line = reader.next()) {
                if (line.type() == LineType.SESSION) {
                    replaced = session(line) ? 0 : Lines.sessionOf(line.json());
                } else if (replaced != 0 && replaced == Lines.sessionOf(line.json())) {
                    passedOver++;
                } else {
                    put(line);
                }
            }
            flush();
            return new Done(reader.counts(), refusedCount, told, passedOver);
        }
    }

    /** Whether what is its own may follow: not known at once where there can't be another owner. */
    private boolean session(DataReader.Line line) throws Unusable {
        if (!add) {
            put(line);
            return true;
        }
        flush();
        long before = refusedCount;
        put(line);
        flush();
        return refusedCount == before;
    }

    private void put(DataReader.Line line) throws Unusable {
        for (StoreOp op : operations(line)) {
            batch.add(op);
            numbers.add(line.number());
            batchBytes += op.sizeBytes();
        }
        if (batch.size() >= BATCH_OPS || batchBytes >= BATCH_BYTES) {
            flush();
        }
    }

    private void flush() throws Unusable {
        if (batch.isEmpty()) {
            return;
        }
        List<StoreReply> replies = store.apply(batch);
        for (int i = 0; i < replies.size(); i++) {
            if (replies.get(i) instanceof StoreReply.Failed failed) {
                refusedCount++;
                if (told.size() < TOLD_MAX) {
                    told.add("line " + numbers.get(i) + ": " + failed.reason());
                }
            }
        }
        batch.clear();
        numbers.clear();
        batchBytes = 0;
    }

    private static List<StoreOp> operations(DataReader.Line line) throws Unusable {
        try {
            return Lines.operations(line.type(), line.json());
        } catch (Unusable e) {
            throw new Unusable("line " + line.number() + " can't be used: " + e.getMessage());
        }
    }
}
