package dev.mooring.session;

import dev.mooring.bus.LocalBody;

/**
 * Forwards from another node may be lost, though what they brought is stored: each durable session on line reads its
 * queue from the beginning, past what it has.
 *
 * @param isLast false: not before another one that follows; until then nothing is delivered, lest what is forwarded
 *     pass what is only stored, or what a node has stored be stored by it once more when it is done
 */
public record Rescan(boolean isLast) implements LocalBody {}
