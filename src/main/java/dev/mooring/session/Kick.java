package dev.mooring.session;

import dev.mooring.bus.LocalBody;

/** An administrator ends a client's connection: DISCONNECT 0x98; the session stays as its expiry says. */
public record Kick(String clientId) implements LocalBody {}
