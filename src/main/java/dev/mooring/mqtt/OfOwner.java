package dev.mooring.mqtt;

import dev.mooring.store.OnReply;
import dev.mooring.store.StoreReply;
import org.jspecify.annotations.Nullable;

/**
 * Receives the answer to what only the owner of a session may write; the connection ends when it is not that any more.
 */
record OfOwner(Delivering delivering, @Nullable OnReply then) implements OnReply {
    @Override
    public void reply(StoreReply reply) {
        if (reply instanceof StoreReply.Failed failed && failed.isReplaced()) {
            delivering.replaced();
        } else if (then != null) {
            then.reply(reply);
        }
    }

    @Override
    public void late() {
        if (then != null) {
            then.late();
        }
    }
}
