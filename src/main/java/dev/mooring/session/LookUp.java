package dev.mooring.session;

import dev.mooring.bus.LocalBody;

/**
 * Asks {@code peers} that all durable sessions on line, on whatever node, look into the store for what they were not
 * told of. A shard asks when a client is back whose former node has not handed its session over: what that node stored
 * for the client may not have been forwarded, and must not come behind what the client publishes now. Answered with
 * this when all nodes have begun to look, or are not waited for any longer.
 */
public record LookUp() implements LocalBody {}
