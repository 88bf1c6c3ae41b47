package dev.mooring.http;

import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.openapi.router.RouterBuilder;
import io.vertx.openapi.validation.RequestParameter;
import io.vertx.openapi.validation.ValidatedRequest;
import org.jspecify.annotations.Nullable;

/** The parameters of a request that the contract has let through. */
record Query(ValidatedRequest request) {
    private static final int LIMIT_DEFAULT = 100;

    static Query of(RoutingContext rc) {
        return new Query(rc.get(RouterBuilder.KEY_META_DATA_VALIDATED_REQUEST));
    }

    @Nullable
    String text(String name) {
        RequestParameter value = request.getQuery().get(name);
        return value == null || value.isNull() ? null : value.getString();
    }

    /** Of one that the contract requires, or that has a default. */
    String text(String name, String otherwise) {
        String text = text(name);
        return text == null ? otherwise : text;
    }

    int limit() {
        RequestParameter value = request.getQuery().get("limit");
        return value == null || value.isNull() ? LIMIT_DEFAULT : value.getInteger();
    }

    JsonObject body() {
        return request.getBody().getJsonObject();
    }
}
