package dev.mooring.cluster;

/** What comes from a peer: which session, and up to which number. Pure; confined to its owner. */
final class ReceiveWindow {
    /** What becomes of a batch. */
    enum Verdict {
        /** It is the next one. */
        TAKE,
        /** It was here before. */
        REPEATED,
        /** Others are missing before it: the connection is of no use. */
        GAP
    }

    /** What becomes of a session that a peer would like to go on with, or to begin. */
    enum Answer {
        BEGUN,
        /** The peer has begun another one while this node still was in the one before. */
        BEGUN_ANEW,
        RESUMED,
        /** Something is missing that this node does not have: the peer has to begin another one. */
        UNKNOWN
    }

    private boolean any;
    private long session;
    private long last;

    /**
     * @param fresh whether nothing was sent in this session yet
     * @param base number before its first one
     */
    Answer offered(long offered, boolean fresh, long base) {
        if (any && session == offered) {
            return Answer.RESUMED;
        }
        if (!fresh) {
            return Answer.UNKNOWN;
        }
        Answer answer = any ? Answer.BEGUN_ANEW : Answer.BEGUN;
        any = true;
        session = offered;
        last = base;
        return answer;
    }

    /** Number of the last batch that was taken. */
    long last() {
        return last;
    }

    Verdict arrived(long number) {
        if (number <= last) {
            return Verdict.REPEATED;
        }
        if (number > last + 1) {
            return Verdict.GAP;
        }
        last = number;
        return Verdict.TAKE;
    }
}
