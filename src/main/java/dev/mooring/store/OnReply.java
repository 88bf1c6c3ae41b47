package dev.mooring.store;

/** Receives the answer to one operation, on the context that submitted it, exactly once. */
@FunctionalInterface
public interface OnReply {
    void reply(StoreReply reply);
}
