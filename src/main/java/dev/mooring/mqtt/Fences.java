package dev.mooring.mqtt;

import dev.mooring.bus.Address;
import dev.mooring.bus.LocalCodec;
import io.vertx.core.eventbus.EventBus;
import java.util.HashMap;
import java.util.Map;

/** The fences of one loop that are not passed yet; see {@link Fence}. Confined to that loop. */
final class Fences {
    private final EventBus bus;
    private final int loop;
    private final int loops;
    private final Map<Long, Pending> pending = new HashMap<>();
    private long lastToken;

    private static final class Pending {
        int missing;
        final Runnable then;

        Pending(int missing, Runnable then) {
            this.missing = missing;
            this.then = then;
        }
    }

    Fences(EventBus bus, int loop, int loops) {
        this.bus = bus;
        this.loop = loop;
        this.loops = loops;
    }

    /** Runs {@code then} once every other loop has answered; false, and nothing done, when there is no other loop. */
    boolean begin(Runnable then) {
        if (loops == 1) {
            return false;
        }
        long token = ++lastToken;
        pending.put(token, new Pending(loops - 1, then));
        for (int i = 0; i < loops; i++) {
            if (i != loop) {
                bus.send(Address.loop(i), new Fence(loop, token), LocalCodec.OPTIONS);
            }
        }
        return true;
    }

    /** One of the others has sent off what it had. */
    void done(long token) {
        Pending fence = pending.get(token);
        if (fence != null && --fence.missing == 0) {
            pending.remove(token);
            fence.then.run();
        }
    }
}
