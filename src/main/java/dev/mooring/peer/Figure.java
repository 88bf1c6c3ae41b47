package dev.mooring.peer;

import dev.mooring.bus.LocalBody;

/**
 * Something about this node that clients of all nodes may read; each replaces the one before of that name. For
 * {@code peers}.
 */
public record Figure(String name, String value) implements LocalBody {}
