package dev.mooring.session;

import dev.mooring.bus.LocalBody;

/**
 * What other nodes forward may be lost, or pass what they have only stored: says how durable sessions on line take what
 * comes live from now on.
 *
 * @param looks whether each reads its queue from the beginning, past what it has, as well
 */
public record Rescan(Live live, boolean looks) implements LocalBody {
    /** What becomes of a message that comes live for a durable session; it is in the store in any case. */
    public enum Live {
        /** It is taken. */
        TAKEN,
        /**
         * It says that there is something to be read: what has to come before it may be in the store only, since some
         * node has not said yet that all it had stored is sent.
         */
        A_SIGN,
        /**
         * Nothing, nor is anything read, until the next of these: a node that is heard again may store once more, when
         * it is done, what it has stored already.
         */
        HELD
    }
}
