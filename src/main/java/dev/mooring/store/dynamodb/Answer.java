package dev.mooring.store.dynamodb;

import dev.mooring.store.StoreReply;

/** Where the reply to one operation goes: done, unless it is told otherwise. The first failure stays. */
final class Answer {
    private final StoreReply[] replies;
    private final int at;
    private boolean hasFailed;

    Answer(StoreReply[] replies, int at) {
        this.replies = replies;
        this.at = at;
        replies[at] = StoreReply.DONE;
    }

    /** For housekeeping that nobody waits for. */
    static Answer ignored() {
        return new Answer(new StoreReply[1], 0);
    }

    boolean hasFailed() {
        return hasFailed;
    }

    void reply(StoreReply reply) {
        if (!hasFailed) {
            replies[at] = reply;
            hasFailed = reply instanceof StoreReply.Failed;
        }
    }

    void failed(Throwable cause) {
        reply(CallFailed.reply(cause));
    }

    /** For a reason that passes. */
    void failed(String reason) {
        reply(new StoreReply.Failed(true, reason));
    }

    /** For good. */
    void refused(String reason) {
        reply(new StoreReply.Failed(false, reason));
    }
}
