package dev.mooring.session;

import java.util.concurrent.atomic.LongAdder;

/**
 * Bounds of what waits for one session in memory.
 *
 * @param inflightMax deliveries in flight, 1..65,535; the client's receive maximum may be lower
 * @param ageMaxMs a delivery that waited longer is dropped; 0 for no bound
 * @param queueCountMax of a durable session's whole queue; beyond, its oldest deliveries go if {@code dropOldest}
 * @param queueBytesMax likewise in bytes
 * @param memoryCountMax deliveries that wait in memory; a durable session's further ones wait in the store only
 * @param memoryBytesMax likewise in bytes
 * @param memory what all sessions together may hold
 * @param inflight counts deliveries in flight, of all sessions of a node
 * @param dropOldest what a session that is not durable does when its queue is full: drop its oldest, else the new one
 */
public record OutboxLimits(
        int inflightMax,
        long ageMaxMs,
        int queueCountMax,
        long queueBytesMax,
        int memoryCountMax,
        long memoryBytesMax,
        boolean dropOldest,
        QueueMemory memory,
        LongAdder inflight) {}
