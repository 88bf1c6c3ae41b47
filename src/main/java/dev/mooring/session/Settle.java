package dev.mooring.session;

import dev.mooring.bus.LocalBody;

/**
 * Asks a loop or a shard to handle what it got before, send its store operations off, and answer with this. Asked of
 * {@code peers}, it is answered when all loops and shards of all other nodes have, as far as they can be reached.
 *
 * @param stored answers only when the store has answered all of that, too, and what was to be forwarded then is on its
 *     way
 */
public record Settle(boolean stored) implements LocalBody {
    public Settle() {
        this(false);
    }
}
