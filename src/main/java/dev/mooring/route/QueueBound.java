package dev.mooring.route;

/** The most that may be stored for one session, or for one shared group: queued and in flight. */
public record QueueBound(int countMax, long bytesMax) {
    public boolean isReached(Subscriber s) {
        return s.queuedCount.get() >= countMax || s.queuedBytes.get() >= bytesMax;
    }

    public boolean isPassed(Subscriber s) {
        return isPassed(s, 0, 0);
    }

    /** Whether it is, with so much more than is counted. */
    public boolean isPassed(Subscriber s, int more, long moreBytes) {
        return s.queuedCount.get() + more > countMax || s.queuedBytes.get() + moreBytes > bytesMax;
    }

    public boolean isHalfReached(Subscriber s) {
        return s.queuedCount.get() >= countMax / 2 || s.queuedBytes.get() >= bytesMax / 2;
    }

    /** Whether a message can be stored for it, or need not be. */
    public boolean hasRoom(Target target) {
        return !target.isDurable() || !isReached(target.subscriber());
    }
}
