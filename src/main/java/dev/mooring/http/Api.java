package dev.mooring.http;

import dev.mooring.config.ReloadOutcome;
import dev.mooring.mqtt.NodeState;
import dev.mooring.store.StoreMetrics;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import io.vertx.ext.web.handler.HttpException;
import io.vertx.ext.web.openapi.router.RouterBuilder;
import io.vertx.openapi.contract.OpenAPIContract;
import io.vertx.openapi.contract.Operation;
import io.vertx.openapi.contract.Parameter;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * {@code /api/v1}: the contract {@code openapi.json}, and who answers each of its operations. A request that is not as
 * the contract says never reaches them.
 */
final class Api {
    static final String CONTRACT = "/dev/mooring/http/openapi.json";
    private static final long BODY_BYTES_MAX = 4 << 20;

    private final Vertx vertx;
    private final Map<String, Handler<RoutingContext>> handlers;

    Api(
            Vertx vertx,
            NodeState node,
            Lifecycle lifecycle,
            Map<String, StoreMetrics> stores,
            Function<String, Future<ReloadOutcome>> reload,
            Runnable drain,
            String version) {
        this.vertx = vertx;
        ClientsApi clients = new ClientsApi(vertx, node);
        MessagesApi messages = new MessagesApi(vertx, node);
        BansApi bans = new BansApi(node.guard());
        TracesApi traces = new TracesApi(vertx, node.traces());
        NodeApi nodeApi = new NodeApi(node, lifecycle, stores, version);
        this.handlers = Map.ofEntries(
                Map.entry("getNode", nodeApi::node),
                Map.entry("reload", new ReloadApi(lifecycle, reload)::reload),
                Map.entry("drain", new DrainApi(node, lifecycle, drain)::drain),
                Map.entry("listHooks", nodeApi::hooks),
                Map.entry("listPools", nodeApi::pools),
                Map.entry("listClients", clients::list),
                Map.entry("getClient", clients::get),
                Map.entry("kickClient", clients::kick),
                Map.entry("listSubscriptions", new SubscriptionsApi(vertx, node)::list),
                Map.entry("listRetained", messages::listRetained),
                Map.entry("getRetained", messages::getRetained),
                Map.entry("deleteRetained", messages::deleteRetained),
                Map.entry("publish", messages::publish),
                Map.entry("listBans", bans::list),
                Map.entry("addBan", bans::add),
                Map.entry("liftBan", bans::lift),
                Map.entry("startTrace", traces::start),
                Map.entry("listTraces", traces::list),
                Map.entry("stopTrace", traces::stop),
                Map.entry("deleteTrace", traces::delete),
                Map.entry("getTraceFile", traces::download));
    }

    /** Reading the contract takes a while, on worker threads. */
    Future<Router> router() {
        return vertx.executeBlocking(Api::contract)
                .compose(json -> OpenAPIContract.from(vertx, forLibrary(json)).map(contract -> router(contract, json)));
    }

    static JsonObject contract() throws IOException {
        try (InputStream in = Api.class.getResourceAsStream(CONTRACT)) {
            if (in == null) {
                throw new FileNotFoundException(CONTRACT);
            }
            return new JsonObject(Buffer.buffer(in.readAllBytes()));
        }
    }

    /** This version of the library knows a few media types only, and refuses a contract with others. */
    static JsonObject forLibrary(JsonObject contract) {
        return new JsonObject(contract.encode().replace("application/problem+json", "application/json"));
    }

    private Router router(OpenAPIContract contract, JsonObject json) {
        RouterBuilder builder = RouterBuilder.create(vertx, contract, new Extractor());
        builder.rootHandler(BodyHandler.create(false).setBodyLimit(BODY_BYTES_MAX));
        for (Operation operation : contract.operations()) {
            Handler<RoutingContext> handler = handlers.get(operation.getOperationId());
            if (handler == null) {
                throw new IllegalStateException("nobody answers " + operation.getOperationId());
            }
            builder.getRoute(operation.getOperationId())
                    .setDoSecurity(false) // Access has looked at the token already
                    .addHandler(rc -> {
                        if (knowsAllParameters(rc, operation)) {
                            handler.handle(rc);
                        }
                    });
        }
        Router api = builder.createRouter();
        api.get("/openapi.json").handler(rc -> Json.send(rc, json));
        api.route()
                .handler(rc -> Problem.notFound("the API has no such path; GET /api/v1/openapi.json shows what it has")
                        .send(rc));
        return api;
    }

    /** A misspelt parameter would otherwise be ignored, and the answer be another one than was asked for. */
    private static boolean knowsAllParameters(RoutingContext rc, Operation operation) {
        List<String> known =
                operation.getParameters().stream().map(Parameter::getName).toList();
        for (String name : rc.queryParams().names()) {
            if (!known.contains(name)) {
                Problem.badRequest("a parameter of the query is not known; this operation has: "
                                + (known.isEmpty() ? "none" : String.join(", ", known)))
                        .send(rc);
                return false;
            }
        }
        return true;
    }

    /** What the library refuses: the contract is not kept, or the body too large. */
    static void refused(RoutingContext rc) {
        boolean tooLarge = rc.statusCode() == 413;
        String why =
                tooLarge ? "a body may have " + BODY_BYTES_MAX + " bytes" : "the request is not as the contract says";
        if (!tooLarge && rc.failure() instanceof HttpException http && http.getPayload() != null) {
            why = http.getPayload();
        }
        new Problem(rc.statusCode(), tooLarge ? "Content too large" : "Bad request", why).send(rc);
    }
}
