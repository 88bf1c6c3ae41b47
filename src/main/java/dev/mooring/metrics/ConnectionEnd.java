package dev.mooring.metrics;

import dev.mooring.message.ReasonCode;

/**
 * How the connection of a session has ended.
 *
 * @param reason of DISCONNECT, or what would be in it; says nothing when there was none
 */
public record ConnectionEnd(By by, ReasonCode reason) {
    /** The client has closed the socket without DISCONNECT. */
    public static final ConnectionEnd CLOSED = new ConnectionEnd(By.CLOSING, ReasonCode.SUCCESS);

    /** Reset, or nothing arrives there any more. */
    public static final ConnectionEnd LOST = new ConnectionEnd(By.LOSS, ReasonCode.SUCCESS);

    /** Who wanted it, and how it came about. */
    public enum By {
        CLIENT,
        CLOSING,
        LOSS,
        SERVER
    }

    public static ConnectionEnd byClient(ReasonCode reason) {
        return new ConnectionEnd(By.CLIENT, reason);
    }

    public static ConnectionEnd byServer(ReasonCode reason) {
        return new ConnectionEnd(By.SERVER, reason);
    }
}
