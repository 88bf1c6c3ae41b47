package dev.mooring.store.dynamodb;

import dev.mooring.store.StoreReply;

/** What a future fails with when a call did: the reply to whoever needed it. Without a stack trace; it is no bug. */
final class CallFailed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient StoreReply.Failed reply;
    private final String code;

    /** @param code DynamoDB's name of the error; empty when it did not answer */
    CallFailed(StoreReply.Failed reply, String code) {
        super(reply.reason(), null, false, false);
        this.reply = reply;
        this.code = code;
    }

    /** Of anything that a future may fail with. */
    static StoreReply.Failed reply(Throwable cause) {
        return cause instanceof CallFailed failed
                ? failed.reply
                : new StoreReply.Failed(true, String.valueOf(cause.getMessage()));
    }

    static boolean is(Throwable cause, String code) {
        return cause instanceof CallFailed failed && failed.code.equals(code);
    }

    String code() {
        return code;
    }
}
