package dev.mooring.mqtt;

import dev.mooring.bus.LocalBody;

/**
 * One loop asks another to send off what it has, store operations first, and to say so by {@link Done}. What the other
 * sent before that has then arrived, because each pair of loops is a first-in-first-out channel.
 */
record Fence(int fromLoop, long token) implements LocalBody {
    record Done(long token) implements LocalBody {}
}
