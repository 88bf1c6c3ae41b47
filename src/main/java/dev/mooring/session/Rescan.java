package dev.mooring.session;

import dev.mooring.bus.LocalBody;

/**
 * Forwards from another node may be lost, though what they brought is stored: each durable session on line reads its
 * queue from the beginning, past what it has.
 */
public record Rescan() implements LocalBody {}
