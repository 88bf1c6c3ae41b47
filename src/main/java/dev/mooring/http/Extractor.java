package dev.mooring.http;

import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.Json;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.openapi.router.RequestExtractor;
import io.vertx.json.schema.common.dsl.SchemaType;
import io.vertx.openapi.contract.Location;
import io.vertx.openapi.contract.Operation;
import io.vertx.openapi.contract.Parameter;
import io.vertx.openapi.validation.RequestParameter;
import io.vertx.openapi.validation.ValidatableRequest;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Hands the parts of a request to the contract's validator. In place of the library's own, which decodes percent signs
 * a second time, so that it takes {@code %2B} for a space, and reads text that looks like JSON as such: no client
 * called {@code 1.5} could be found.
 */
final class Extractor implements RequestExtractor {
    private record Value(@Nullable Object get) implements RequestParameter {}

    private record Parts(
            Map<String, RequestParameter> getPathParameters,
            Map<String, RequestParameter> getQuery,
            RequestParameter getBody,
            @Nullable String getContentType)
            implements ValidatableRequest {
        @Override
        public Map<String, RequestParameter> getCookies() {
            return Map.of();
        }

        @Override
        public Map<String, RequestParameter> getHeaders() {
            return Map.of();
        }
    }

    @Override
    public Future<ValidatableRequest> extractValidatableRequest(RoutingContext rc, Operation operation) {
        Map<String, RequestParameter> path = new HashMap<>();
        Map<String, RequestParameter> query = new HashMap<>();
        for (Parameter parameter : operation.getParameters()) {
            String name = parameter.getName();
            boolean inPath = parameter.getIn() == Location.PATH;
            String text = inPath ? rc.pathParam(name) : rc.queryParams().get(name);
            boolean isText = parameter.getSchemaType() == SchemaType.STRING;
            (inPath ? path : query).put(name, new Value(text != null && isText ? Json.encode(text) : text));
        }
        String contentType = rc.request().getHeader(HttpHeaders.CONTENT_TYPE);
        return Future.succeededFuture(new Parts(path, query, new Value(rc.body().buffer()), contentType));
    }
}
