package dev.mooring.mqtt;

import dev.mooring.route.Subscriber;
import dev.mooring.session.PublishMessage;
import dev.mooring.store.StoreOp;
import org.jspecify.annotations.Nullable;

/** Whose write the store refuses once the session has another owner; only where nodes share a store. */
record SessionOwner(long sessionId, long epoch) {
    static @Nullable SessionOwner of(@Nullable Subscriber publisher) {
        return publisher == null || publisher.epoch() == 0
                ? null
                : new SessionOwner(publisher.sessionId(), publisher.epoch());
    }

    /** Of a Will. */
    static @Nullable SessionOwner of(@Nullable PublishMessage will) {
        return will == null || will.willSessionId() == 0 || will.willEpoch() == 0
                ? null
                : new SessionOwner(will.willSessionId(), will.willEpoch());
    }

    StoreOp of(StoreOp.Enqueue enqueue) {
        return new StoreOp.Owned(enqueue, sessionId, epoch);
    }
}
