package dev.mooring.load;

import io.netty.buffer.ByteBuf;

/** What a client does with what it gets. Called on the loop. */
public interface Role {
    /** A client that only is there. */
    Role NONE = new Role() {};

    /** A message; of QoS 2 each once. {@code in} is valid during the call, its payload begins at {@code payloadAt}. */
    default void received(ByteBuf in, int payloadAt, int payloadBytes) {}

    /** PUBACK or PUBCOMP. */
    default void acked() {}

    /** All that had arrived was handed over. */
    default void readAll() {}
}
