package dev.mooring.session;

import dev.mooring.bus.LocalBody;
import dev.mooring.message.ReasonCode;

/** The answer to {@link PublishMessage}: the message is stored where it has to be, or the reason says why not. */
public record Published(ReasonCode reason) implements LocalBody {
    /** The message's owner may not publish it, so nothing was done. */
    public boolean isForbidden() {
        return reason == ReasonCode.NOT_AUTHORIZED;
    }
}
