package dev.mooring.session;

import dev.mooring.message.MessageId;
import dev.mooring.route.Subscriber;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The part of a durable session's queue that waits in the store only, and how it gets into memory. Confined to the
 * session's loop.
 *
 * <p>A session is <em>behind</em> while more is in the store than in memory: what arrives live is left there, and is
 * read page by page, by position, once memory has drained. {@link #readUpTo} is the highest position that came to
 * memory. While behind, a live delivery above it is skipped (a page will bring it); one at or below it is taken unless
 * a page brought it already: its id was given out earlier, but it was stored after that page was read. Of what is
 * skipped while a page is being read nobody knows yet which of the two it is; so it is kept until the page is there.
 *
 * <p>Who falls behind reads from the beginning, past what memory {@link #known} when it asked: live deliveries of one
 * loop may have moved the position past messages of another that are stored, but still on their way here; a page must
 * not bring what the same publisher sent after those.
 */
final class Backlog {
    /** Entries and bytes of one page. */
    static final int PAGE_ENTRIES = 256;

    static final int PAGE_BYTES = 512 * 1024;
    /** The next page is read when no more than this waits in memory. */
    private static final int LOW = PAGE_ENTRIES / 4;
    /** Positions read from pages that are remembered before {@link #forgetRecent} is tried. */
    private static final int RECENT_MAX = 1_024;
    /** No further page is read while so many are remembered: a node has not answered yet, and may send them again. */
    private static final int REMEMBERED_MAX = 64 * RECENT_MAX;

    private final SessionPort port;
    private final Subscriber subscriber;
    private final Taker taker;
    private boolean behind;
    private boolean reading;
    /** Bounded by what may wait for the store: all of it was handed to the store after the read or just before. */
    private List<Delivery> skippedWhileReading = new ArrayList<>(0);

    private boolean closed;
    private MessageId readUpTo = MessageId.ZERO;
    private MessageId highest = MessageId.ZERO; // that readUpTo ever was
    private Set<MessageId> known = Set.of();
    private Set<MessageId> recent = Set.of();
    private Set<MessageId> recentBefore = Set.of();
    private boolean fencing;
    private boolean again;
    /** Another node is heard again, and not all is known of it yet: see {@link #rescan}. */
    private boolean held;

    /** Where pages go. */
    interface Taker {
        void take(Delivery delivery);

        void pageTaken();

        /** Adds the positions of all that waits or is in flight. */
        void addPositions(Set<MessageId> positions);
    }

    Backlog(SessionPort port, Subscriber subscriber, Taker taker) {
        this.port = port;
        this.subscriber = subscriber;
        this.taker = taker;
    }

    /** All of the queue is in the store. */
    void begin() {
        behind = true;
    }

    /**
     * Live deliveries may be lost: all of the queue is read, past what memory has.
     *
     * @param isLast false: not before the next one, and nothing live is taken until then
     */
    void rescan(boolean isLast) {
        held = !isLast;
        rescan();
    }

    private void rescan() {
        again = reading;
        behind = true;
        readUpTo = MessageId.ZERO;
    }

    boolean isBehind() {
        return behind;
    }

    void close() {
        closed = true;
        skippedWhileReading = List.of();
    }

    /** Whether a live delivery goes to memory; otherwise a page will bring it, or has brought it. */
    boolean takes(Delivery live, boolean memoryFull) {
        MessageId position = live.position;
        if (isRecent(position)) {
            return false;
        }
        if (position.compareTo(readUpTo) <= 0 && !held) {
            return true;
        }
        if (memoryFull && !behind) {
            behind = true;
            readUpTo = MessageId.ZERO;
        }
        if (behind) {
            if (reading && !held) {
                skippedWhileReading.add(live);
            }
            return false;
        }
        reached(position);
        return true;
    }

    /** Whether a page brought it, and a live delivery of it may still be under way. */
    boolean isRecent(MessageId position) {
        return recent.contains(position) || recentBefore.contains(position);
    }

    /** Asks for the next page, unless none is left, one is on its way, or memory has enough. */
    void readIfLow(int inMemory) {
        boolean remembersMuch = recent.size() + recentBefore.size() >= REMEMBERED_MAX;
        if (!behind || reading || closed || held || inMemory > LOW || remembersMuch) {
            return;
        }
        reading = true;
        if (readUpTo.compareTo(highest) < 0) {
            known = new HashSet<>();
            taker.addPositions(known);
        }
        port.store(new StoreOp.QueueRead(subscriber.sessionId(), readUpTo, PAGE_ENTRIES, PAGE_BYTES), this::page);
    }

    private void page(StoreReply reply) {
        reading = false;
        List<Delivery> skipped = skippedWhileReading;
        skippedWhileReading = new ArrayList<>(0);
        Set<MessageId> inMemory = known;
        known = Set.of();
        if (closed || held || !(reply instanceof StoreReply.Entries page)) {
            return; // a store that failed is asked again at the next tick
        }
        for (StoreReply.QueueEntry e : page.entries()) {
            reached(e.position());
            if (!inMemory.contains(e.position())) {
                remember(e.position());
                taker.take(Delivery.of(e));
            }
        }
        if (!again) { // else what is read once more has these, too
            takeSkipped(skipped, page.more());
        }
        behind = page.more();
        if (again) {
            rescan();
        }
        taker.pageTaken();
    }

    /**
     * What came live while the page was read: no later page brings what is below this one's end; and after the last
     * page it is exactly what was stored since.
     */
    private void takeSkipped(List<Delivery> skipped, boolean more) {
        for (Delivery d : skipped) {
            boolean below = d.position.compareTo(readUpTo) <= 0;
            if (isRecent(d.position) || (more && !below)) {
                continue;
            }
            if (!below) {
                reached(d.position);
            }
            taker.take(d);
        }
    }

    private void reached(MessageId position) {
        readUpTo = position;
        if (position.compareTo(highest) > 0) {
            highest = position;
        }
    }

    private void remember(MessageId position) {
        if (recent.isEmpty()) {
            recent = new HashSet<>();
        }
        recent.add(position);
        if (recent.size() >= RECENT_MAX) {
            forgetRecent();
        }
    }

    /**
     * A message that a page brought may also be under way as a live delivery, but no longer once every loop has sent
     * off what it had: then its position need not be remembered. Returns whether something is remembered still.
     */
    boolean forgetRecent() {
        if (!fencing && !recent.isEmpty()) {
            fencing = true;
            recentBefore = recent;
            recent = Set.of();
            port.fence(() -> {
                recentBefore = Set.of();
                fencing = false;
            });
        }
        return fencing;
    }
}
