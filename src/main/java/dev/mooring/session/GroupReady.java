package dev.mooring.session;

import dev.mooring.bus.LocalBody;
import dev.mooring.message.TopicFilter;

/** A shared group with a stored queue may have a member on line again: its shard hands the queue out. */
public record GroupReady(TopicFilter filter) implements LocalBody {}
