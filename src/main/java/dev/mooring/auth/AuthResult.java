package dev.mooring.auth;

import dev.mooring.message.ReasonCode;

/** The answer to a CONNECT's credentials. */
public sealed interface AuthResult {
    record Accepted(Identity identity) implements AuthResult {}

    /**
     * @param reason what the CONNACK says
     * @param text for the log only: it tells an unknown user from a wrong password, which a client must not learn
     */
    record Refused(ReasonCode reason, String text) implements AuthResult {}
}
