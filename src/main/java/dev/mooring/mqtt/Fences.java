package dev.mooring.mqtt;

import dev.mooring.bus.Address;
import dev.mooring.bus.LocalCodec;
import dev.mooring.session.Settle;
import io.vertx.core.eventbus.EventBus;
import java.util.HashMap;
import java.util.Map;

/**
 * The fences of one loop that are not passed yet: over the loops of this node, see {@link Fence}, and before that over
 * the other nodes. Confined to that loop.
 */
final class Fences {
    private static final long AGAIN_MS = 1_000;

    private final Loop loop;
    private final EventBus bus;
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

    Fences(Loop loop, EventBus bus, int loops) {
        this.loop = loop;
        this.bus = bus;
        this.loops = loops;
    }

    /** @param forAll whether a node that does not answer is waited for until it has left */
    void begin(boolean forAll, Runnable then) {
        if (loop.node.sessions().neighbours() == null) {
            beginHere(then);
            return;
        }
        loop.request(Address.PEERS, new Settle(forAll), reply -> {
            if (forAll && reply == null && !loop.node.gate().isShut()) { // it took too long for the bus
                loop.later(AGAIN_MS, () -> begin(true, then));
            } else {
                beginHere(then);
            }
        });
    }

    private void beginHere(Runnable then) {
        Runnable after = () -> loop.arrivals.afterAll(then);
        if (loops == 1) {
            loop.eventLoop.execute(after);
            return;
        }
        long token = ++lastToken;
        pending.put(token, new Pending(loops - 1, after));
        for (int i = 0; i < loops; i++) {
            if (i != loop.number) {
                bus.send(Address.loop(i), new Fence(loop.number, token), LocalCodec.OPTIONS);
            }
        }
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
