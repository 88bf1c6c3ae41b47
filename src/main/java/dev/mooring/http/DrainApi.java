package dev.mooring.http;

import dev.mooring.auth.Audit;
import dev.mooring.metrics.Metrics;
import dev.mooring.mqtt.NodeState;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.Locale;

/** Sends the clients of the node away, before it is stopped. */
final class DrainApi {
    private final NodeState node;
    private final Lifecycle lifecycle;
    private final Runnable drain;

    /** @param drain begins, however often it is called */
    DrainApi(NodeState node, Lifecycle lifecycle, Runnable drain) {
        this.node = node;
        this.lifecycle = lifecycle;
        this.drain = drain;
    }

    void drain(RoutingContext rc) {
        boolean begins = lifecycle.phase() == Lifecycle.Phase.RUNNING;
        drain.run();
        Audit.log(Access.who(rc), "drain", node.config().get().node().name(), begins ? "begun" : "had begun");
        Metrics m = node.metrics();
        rc.response().setStatusCode(202);
        Json.send(
                rc,
                new JsonObject()
                        .put("phase", lifecycle.phase().name().toLowerCase(Locale.ROOT))
                        .put("connections_left", m.connections.get() + m.handingOver.get()));
    }
}
