package dev.mooring.session;

import dev.mooring.bus.LocalBody;
import dev.mooring.message.ReasonCode;

/**
 * The authority asks a loop to close a connection and give its session back. Answered by {@link SessionClosed}, or by
 * {@link Gone} when the loop has given it back already.
 */
public record TakeOver(String clientId, long sessionId, ReasonCode reason) implements LocalBody {
    /** For people. */
    public String why() {
        return reason == ReasonCode.ADMINISTRATIVE_ACTION ? "kicked by an administrator" : "session taken over";
    }

    /** The session is not on that loop; its {@link SessionClosed} was sent before this. */
    public record Gone() implements LocalBody {}
}
