package dev.mooring.session;

import dev.mooring.bus.LocalBody;

/** The last member of a shared group has left: a shard deletes its stored queue. */
public record GroupEnded(long queueSessionId) implements LocalBody {}
