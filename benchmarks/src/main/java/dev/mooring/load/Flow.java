package dev.mooring.load;

import java.util.function.IntFunction;

/**
 * Who publishes what to whom.
 *
 * @param filter of each receiver
 * @param to which receivers a message is for
 * @param window messages that a publisher has on their way at most, when there is no fixed rate
 */
public record Flow(
        int publishers,
        int receivers,
        IntFunction<String> topic,
        IntFunction<String> filter,
        To to,
        int qos,
        boolean clean,
        int window) {
    public static final int PAYLOAD_BYTES = 256;

    /** A message goes to. */
    public enum To {
        ALL,
        /** The receiver with the publisher's number. */
        ITS_OWN,
        ANY_ONE,
        NOBODY
    }

    public static Flow fanIn(int publishers, int qos) {
        return new Flow(publishers, 1, p -> "plant/in/" + p, r -> "plant/in/+", To.ALL, qos, true, 20);
    }

    public static Flow fanOut(int receivers, int qos) {
        return new Flow(1, receivers, p -> "plant/news", r -> "plant/news", To.ALL, qos, true, 50);
    }

    public static Flow pairs(int pairs, int qos, boolean clean) {
        return new Flow(pairs, pairs, p -> "plant/to/" + p, r -> "plant/to/" + r, To.ITS_OWN, qos, clean, 10);
    }

    public static Flow publishOnly(int publishers, int qos) {
        return new Flow(publishers, 0, p -> "plant/log/" + p, r -> "", To.NOBODY, qos, true, 20);
    }

    public static Flow shared(int publishers, int members, int qos) {
        return new Flow(
                publishers, members, p -> "plant/job/" + p, r -> "$share/crew/plant/job/+", To.ANY_ONE, qos, true, 20);
    }

    /** Deliveries of one message. */
    int copies() {
        return switch (to) {
            case ALL -> receivers;
            case ITS_OWN, ANY_ONE -> 1;
            case NOBODY -> 0;
        };
    }
}
