package dev.mooring.session;

import dev.mooring.bus.LocalBody;

/**
 * An administrator ends a client's connection: DISCONNECT 0x98; the session stays as its expiry says. Answered by
 * {@link Done} for who asked.
 */
public record Kick(String clientId) implements LocalBody {
    /** What came of it. */
    public enum Result {
        KICKED,
        NOT_CONNECTED,
        /** Its session is just passing from one connection to another; ask again. */
        BUSY;

        /** Nobody is kicked. */
        static Result without(boolean busy) {
            return busy ? BUSY : NOT_CONNECTED;
        }
    }

    public record Done(Result result) implements LocalBody {}
}
