package dev.mooring.session;

import dev.mooring.message.Message;
import dev.mooring.route.QueueBound;
import dev.mooring.route.Subscriber;
import java.util.concurrent.atomic.LongAdder;

/**
 * Bounds of what waits for one session in memory.
 *
 * @param inflightMax deliveries in flight, 1..65,535; the client's receive maximum may be lower
 * @param ageMaxMs a delivery that waited longer is dropped; 0 for no bound
 * @param queue of a durable session's whole queue; beyond, its oldest deliveries go if {@code dropOldest}
 * @param memoryCountMax deliveries that wait in memory; a durable session's further ones wait in the store only
 * @param memoryBytesMax likewise in bytes
 * @param memory what all sessions together may hold
 * @param inflight counts deliveries in flight, of all sessions of a node
 * @param dropOldest what a session that is not durable does when its queue is full: drop its oldest, else the new one
 */
public record OutboxLimits(
        int inflightMax,
        long ageMaxMs,
        QueueBound queue,
        int memoryCountMax,
        long memoryBytesMax,
        boolean dropOldest,
        QueueMemory memory,
        LongAdder inflight) {
    boolean isTooOld(Message message, long nowMs) {
        return message.isExpired(nowMs) || (ageMaxMs > 0 && nowMs - message.createdAtMs() > ageMaxMs);
    }

    /** Whether so much is stored for a durable session that its oldest deliveries have to go. */
    boolean dropsOldest(Subscriber s) {
        return dropOldest && s.durable() && queue.isPassed(s);
    }
}
