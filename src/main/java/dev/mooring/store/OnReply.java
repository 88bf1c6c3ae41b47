package dev.mooring.store;

/** Receives the answer to one operation, on the context that submitted it, exactly once. */
@FunctionalInterface
public interface OnReply {
    void reply(StoreReply reply);

    /**
     * Called at most once, before {@link #reply}: the store could not apply this write until its deadline, may have
     * done so all the same, and goes on trying.
     */
    default void late() {}

    /** For who must not wait for a store that is down: {@code then} is told once, and late counts as failed. */
    static OnReply orLate(OnReply then) {
        return new OnReply() {
            private boolean told;

            @Override
            public void reply(StoreReply reply) {
                if (!told) {
                    then.reply(reply);
                }
            }

            @Override
            public void late() {
                told = true;
                then.reply(new StoreReply.Failed(true, "the store does not answer in time"));
            }
        };
    }
}
