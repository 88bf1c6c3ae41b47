package dev.mooring.session;

import dev.mooring.bus.LocalBody;

/** A loop tells the authority that the store has refused a write of this session: another node has it by now. */
public record Replaced(String clientId, long sessionId) implements LocalBody {}
