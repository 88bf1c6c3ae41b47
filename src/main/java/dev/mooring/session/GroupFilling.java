package dev.mooring.session;

import dev.mooring.bus.LocalBody;
import dev.mooring.message.TopicFilter;

/** Much is counted for the queue of a shared group: in a cluster, its shard looks whether that is there still. */
public record GroupFilling(TopicFilter filter) implements LocalBody {}
