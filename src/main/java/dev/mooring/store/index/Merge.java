package dev.mooring.store.index;

import dev.mooring.message.MessageId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** The smallest ids of many topics, up to the point from which on one of them has more than was read. */
public final class Merge {
    private final int entriesMax;
    private final PriorityQueue<Entry> smallest =
            new PriorityQueue<>(Comparator.comparing(Entry::id).reversed());
    private MessageId completeTo = MessageId.MAX;

    public Merge(int entriesMax) {
        this.entriesMax = entriesMax;
    }

    public void add(Part part) {
        List<Entry> entries = part.entries();
        if (part.cut()) {
            completeTo = min(completeTo, entries.get(entries.size() - 1).id());
        }
        for (Entry entry : entries) {
            if (entry.id().compareTo(completeTo) > 0) {
                break; // ids of a topic grow
            }
            smallest.add(entry);
            if (smallest.size() > entriesMax) {
                smallest.remove();
                completeTo = min(completeTo, smallest.element().id());
            }
        }
    }

    private static MessageId min(MessageId a, MessageId b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    /** By id, without gaps. */
    public Part result() {
        List<Entry> entries = new ArrayList<>(smallest);
        entries.removeIf(e -> e.id().compareTo(completeTo) > 0);
        entries.sort(Comparator.comparing(Entry::id));
        return new Part(entries, !completeTo.equals(MessageId.MAX));
    }
}
