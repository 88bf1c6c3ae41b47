package dev.mooring.mqtt;

import dev.mooring.message.ReasonCode;
import dev.mooring.session.DeliveryOrder;

/** What the publisher of a message is told. Called on its loop. */
interface PublishDone {
    /** Once. */
    void done(ReasonCode reason);

    /** Before: the message goes to its subscribers, but there is no room to retain it. */
    default void notRetained() {}

    /** At most once, before: the session store is down, and nobody knows whether it has the message. */
    default void late() {}

    /** Before: another node has the publisher's session, and so nothing was done. */
    default void replaced() {}

    /** Of the publisher's messages that are delivered when they are stored. */
    default DeliveryOrder deliveries() {
        return new DeliveryOrder(); // whoever has no session publishes one by one
    }

    /** Whether somebody waits still. A client that is gone publishes what was not acknowledged again. */
    default boolean isAwaited() {
        return true;
    }
}
