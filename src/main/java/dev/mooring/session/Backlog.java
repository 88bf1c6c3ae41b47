package dev.mooring.session;

import dev.mooring.message.MessageId;
import dev.mooring.route.QueueBound;
import dev.mooring.route.Subscriber;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The part of a durable session's queue that waits in the store only, and how it gets into memory. Confined to the
 * session's loop.
 *
 * <p>A session is <em>behind</em> while more is in the store than in memory: what arrives live is left there, and is
 * read page by page, by position, once memory has drained. Of what arrives while a page is being read nobody knows yet
 * whether the page has it; so it is kept until the page is there.
 *
 * <p><b>Where a page begins.</b> Ids are given out in order, but not stored in order: a page may end behind a position
 * that another loop stores later, and the next page must not bring what the same publisher sent after that one
 * ([MQTT-4.6.0-6]). So the next page begins where the one before ended only as far as all is <em>settled</em>, which
 * means handed to the store before that one was read, as a fence shows. What is read again then is passed over, if
 * memory has it; what was acknowledged is gone.
 *
 * <p><b>What the store drops</b>, to keep the queue's bound, may be on the page that is under way. So that page waits
 * until it is known, and what is gone is passed over. Then nothing more is dropped until the page is taken, or it might
 * never be.
 *
 * <p><b>What comes twice.</b> A message that a page brought may be under way as a live delivery, for long if the store
 * is late to answer its publisher. The positions of {@link #recent} pages are remembered. Of a live delivery at or
 * below those that are {@link #forgotten} nobody knows whether a page brought it: then the store is read from the
 * beginning, for it does know.
 */
final class Backlog {
    /** Entries and bytes of one page. */
    static final int PAGE_ENTRIES = 256;

    static final int PAGE_BYTES = 512 * 1024;
    /** The next page is read when no more than this waits in memory. */
    private static final int LOW = PAGE_ENTRIES / 4;
    /** Positions read from pages that are remembered before {@link #settle} is tried. */
    private static final int RECENT_MAX = 1_024;
    /** No further page is read while so many are remembered: a node has not answered yet, and may send them again. */
    private static final int REMEMBERED_MAX = 64 * RECENT_MAX;

    private final SessionPort port;
    private final Subscriber subscriber;
    private final Taker taker;
    private boolean behind;
    private boolean reading;
    /** That the store has not answered. */
    private int trims;
    /** The last position that they have dropped since the page that is under way was asked for. */
    private MessageId trimmed = MessageId.ZERO;
    /** It has come, and waits for their answers. */
    private @Nullable StoreReply waitingPage;
    /** Bounded by what may wait for the store: all of it was handed to the store after the read or just before. */
    private List<Delivery> skippedWhileReading = new ArrayList<>(0);

    private boolean closed;
    /** The next page begins after it: what is at or below it is not in the store any more, or in memory. */
    private MessageId covered = MessageId.ZERO;
    /** All at or below it has been handed to the store. */
    private MessageId settled = MessageId.ZERO;
    /** As it was when the page that is under way was asked for. */
    private MessageId settledAtRead = MessageId.ZERO;

    private MessageId highest = MessageId.ZERO; // that came to memory
    private MessageId paged = MessageId.ZERO; // the highest that came by a page
    private MessageId forgotten = MessageId.ZERO;
    private Set<MessageId> known = Set.of();
    private Set<MessageId> recent = Set.of();
    private Set<MessageId> recentBefore = Set.of();
    private boolean fencing;
    private boolean again;
    private int inMemoryAtRead;
    /** Less than {@link #LOW} after a page of what memory had: then some of that has to go first, or time to pass. */
    private int readFrom = LOW;

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

    /**
     * All of the queue is in the store.
     *
     * @param asOf all at or below it has been handed to the store; earlier connections may have had any of it
     */
    void begin(MessageId asOf) {
        behind = true;
        settled = asOf;
        forgotten = asOf;
    }

    /** Something may be in the store that pages have passed: all of the queue is read, past what memory has. */
    void rescan() {
        again = reading;
        behind = true;
        covered = MessageId.ZERO;
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
        if (isRecent(live.position)) {
            return false;
        }
        Rescan.Live how = port.liveMessages();
        if (how == Rescan.Live.HELD) {
            return false; // a rescan finds it
        }
        if (how == Rescan.Live.A_SIGN) {
            rescan();
        }
        if (reading || trims > 0) {
            skippedWhileReading.add(live);
            return false;
        }
        behind |= memoryFull;
        if (behind && live.position.compareTo(covered) > 0) {
            return false;
        }
        return isNew(live, memoryFull);
    }

    /** No page that is still to come brings it, unless it is one of those that are read from the beginning now. */
    private boolean isNew(Delivery live, boolean memoryFull) {
        if (memoryFull || live.position.compareTo(forgotten) <= 0) {
            rescan();
            return false;
        }
        came(live.position);
        return true;
    }

    /** Whether a page brought it, and a live delivery of it may still be under way. */
    boolean isRecent(MessageId position) {
        return recent.contains(position) || recentBefore.contains(position);
    }

    private boolean isHeld() {
        return port.liveMessages() == Rescan.Live.HELD;
    }

    /** Asks for the next page, unless none is left, one is on its way, or memory has enough. */
    void readIfLow(int inMemory) {
        boolean remembersMuch = recent.size() + recentBefore.size() >= REMEMBERED_MAX;
        if (!behind || reading || trims > 0 || closed || isHeld() || inMemory > readFrom || remembersMuch) {
            return;
        }
        reading = true;
        trimmed = MessageId.ZERO;
        settledAtRead = settled;
        inMemoryAtRead = inMemory;
        if (covered.compareTo(highest) < 0) {
            known = new HashSet<>();
            taker.addPositions(known);
        }
        port.store(new StoreOp.QueueRead(subscriber.sessionId(), covered, PAGE_ENTRIES, PAGE_BYTES), this::page);
    }

    private void page(StoreReply reply) {
        if (trims > 0) {
            waitingPage = reply;
            return;
        }
        reading = false;
        List<Delivery> skipped = skippedWhileReading;
        skippedWhileReading = new ArrayList<>(0);
        Set<MessageId> inMemory = known;
        known = Set.of();
        if (closed || isHeld()) {
            return;
        }
        if (!(reply instanceof StoreReply.Entries page)) {
            takeSkipped(skipped);
            return; // a store that failed is asked again at the next tick
        }
        readFrom = page.more() ? Math.min(LOW, inMemoryAtRead - 1) : LOW;
        MessageId end = covered;
        for (StoreReply.QueueEntry e : page.entries()) {
            end = e.position();
            if (end.compareTo(trimmed) <= 0) {
                readFrom = LOW;
            } else if (!inMemory.contains(end)) {
                readFrom = LOW;
                came(end);
                paged = later(paged, end);
                remember(end);
                taker.take(Delivery.of(e));
            }
        }
        behind = page.more();
        covered = page.more() && end.compareTo(settledAtRead) < 0 ? end : settledAtRead;
        if (again) {
            rescan(); // which has what was skipped, too
        }
        takeSkipped(skipped);
        taker.pageTaken();
    }

    /**
     * The queue has passed its bound, and memory has nothing to drop: what is in the store only goes, the oldest of it.
     */
    void trim(QueueBound bound) {
        if (behind && !closed && waitingPage == null) {
            trims++;
            new Trim(bound).ask(subscriber, 0, 0, port.nextId(), port::store, this::trimmed);
        }
    }

    private void trimmed(StoreReply.Trimmed answer) {
        trims--;
        for (int i = 0; i < answer.count(); i++) {
            port.dropped(SessionPort.Drop.QUEUE_FULL, null);
        }
        trimmed = later(trimmed, answer.until());
        forgotten = later(forgotten, answer.until());
        StoreReply page = waitingPage;
        if (trims > 0 || closed) {
            return;
        }
        if (page != null) {
            waitingPage = null;
            page(page);
        } else if (!reading) {
            List<Delivery> skipped = skippedWhileReading;
            skippedWhileReading = new ArrayList<>(0);
            if (!isHeld()) { // a rescan finds them
                takeSkipped(skipped);
            }
            taker.pageTaken();
        }
    }

    private static MessageId later(MessageId one, MessageId other) {
        return one.compareTo(other) > 0 ? one : other;
    }

    /**
     * What came live while the page was read. What is above its end comes by the next one; if there is none, it was
     * stored since.
     */
    private void takeSkipped(List<Delivery> skipped) {
        for (Delivery d : skipped) {
            boolean comes = behind && d.position.compareTo(covered) > 0;
            if (!comes && !isRecent(d.position) && isNew(d, false)) {
                taker.take(d);
            }
        }
    }

    private void came(MessageId position) {
        highest = later(highest, position);
    }

    private void remember(MessageId position) {
        if (recent.isEmpty()) {
            recent = new HashSet<>();
        }
        recent.add(position);
        if (recent.size() >= RECENT_MAX) {
            settle();
        }
    }

    /**
     * Once every loop has sent off what it had, all that was published before is in the store's hands, and few of the
     * positions that pages brought are still under way: they are forgotten. Returns whether something is remembered
     * still.
     */
    boolean settle() {
        boolean isBarren = readFrom < LOW;
        readFrom = LOW;
        if (!fencing && (isBarren || !recent.isEmpty())) {
            fencing = true;
            recentBefore = recent;
            recent = Set.of();
            MessageId asOf = port.asOf();
            MessageId upTo = paged;
            port.fence(() -> {
                recentBefore = Set.of();
                settled = asOf;
                forgotten = later(forgotten, upTo);
                fencing = false;
            });
        }
        return fencing;
    }
}
