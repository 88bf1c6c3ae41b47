package dev.mooring.auth;

import dev.mooring.message.ReasonCode;

/** What one link of a chain says about a connection. */
public sealed interface Verdict {
    /** It is known; no other link is asked. */
    record Allow(Identity identity) implements Verdict {}

    /**
     * It is refused; no other link is asked.
     *
     * @param text for the log only
     */
    record Deny(ReasonCode reason, String text) implements Verdict {}

    /** This link has nothing to say: the next one is asked. */
    record Ignore() implements Verdict {}

    Ignore IGNORE = new Ignore();
}
