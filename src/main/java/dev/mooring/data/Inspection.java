package dev.mooring.data;

import java.io.IOException;

/** What a store holds, in numbers: reads all of it and changes nothing. */
public final class Inspection {
    private final Counts counts = new Counts();
    private final long[] bytes = new long[LineType.values().length];
    private long groups;
    private long wills;
    private long inFlight;
    private long clients;
    private long onLine;

    private Inspection() {}

    /** @param withState whether the store can be asked for the broker's own state */
    public static Inspection run(OpenStore store, boolean withState) throws IOException, Unusable {
        Inspection found = new Inspection();
        Walk walk = new Walk(store, (type, line, size) -> {
            found.counts.add(type);
            found.bytes[type.ordinal()] += size;
            found.groups +=
                    type == LineType.SESSION && !line.path("group").asText().isEmpty() ? 1 : 0;
            found.wills += type == LineType.SESSION && line.has("will") ? 1 : 0;
            found.inFlight += type == LineType.QUEUED && line.has("packet_id") ? 1 : 0;
        });
        walk.run(withState);
        found.clients = walk.clients();
        found.onLine = walk.onLine();
        return found;
    }

    public long count(LineType type) {
        return counts.of(type);
    }

    /** Of the messages, as they count against limits. */
    public long bytes(LineType type) {
        return bytes[type.ordinal()];
    }

    /** Sessions that are queues of shared groups. */
    public long groups() {
        return groups;
    }

    /** Sessions with a Will. */
    public long wills() {
        return wills;
    }

    /** Messages in queues that have been sent and are not acknowledged. */
    public long inFlight() {
        return inFlight;
    }

    /** Clients that rules have noted. */
    public long clients() {
        return clients;
    }

    public long onLine() {
        return onLine;
    }
}
