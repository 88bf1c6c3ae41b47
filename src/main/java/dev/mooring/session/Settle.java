package dev.mooring.session;

import dev.mooring.bus.LocalBody;

/** Asks a loop or a shard to handle what it got before, send its store operations off, and answer with this. */
public record Settle() implements LocalBody {}
