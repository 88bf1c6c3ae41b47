package dev.mooring.session;

import dev.mooring.bus.LocalBody;

/**
 * Asks a loop or a shard to handle what it got before, send its store operations off, and answer with this. Asked of
 * {@code peers}, it is answered when all loops and shards of all other nodes have; a node that does not answer is not
 * waited for any longer after a while.
 *
 * @param stored answers only when the store has answered all of that, too, and what was to be forwarded then is on its
 *     way. Of {@code peers}: waits for every node until it has answered or left
 */
public record Settle(boolean stored) implements LocalBody {
    public Settle() {
        this(false);
    }
}
