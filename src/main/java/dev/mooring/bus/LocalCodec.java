package dev.mooring.bus;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.MessageCodec;

/**
 * Passes {@link LocalBody} values by reference, without copying. Vert.x would otherwise refuse them, or copy the
 * serializable ones even locally.
 */
public final class LocalCodec implements MessageCodec<LocalBody, LocalBody> {
    private static final String NAME = "local";

    /** For every send of a {@link LocalBody}. */
    public static final DeliveryOptions OPTIONS =
            new DeliveryOptions().setLocalOnly(true).setCodecName(NAME);

    private LocalCodec() {}

    /** Once per Vert.x instance, before anything is sent. */
    public static void register(Vertx vertx) {
        vertx.eventBus().registerCodec(new LocalCodec());
    }

    @Override
    public LocalBody transform(LocalBody body) {
        return body;
    }

    @Override
    public void encodeToWire(Buffer buffer, LocalBody body) {
        throw new IllegalStateException(body.getClass() + " was sent to another node");
    }

    @Override
    public LocalBody decodeFromWire(int pos, Buffer buffer) {
        throw new IllegalStateException("a local body came from another node");
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public byte systemCodecID() {
        return -1;
    }
}
