package dev.mooring.dynamodb;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;

/**
 * An endpoint before Dynalite that does what Amazon's does and Dynalite does not: it throttles, fails, leaves things
 * undone, does not answer. Counts the calls, and the capacity that they cost. Safe from any thread.
 */
public final class AwsFaults implements AutoCloseable {
    private static final String TYPE = "com.amazonaws.dynamodb.v20120810#";
    private static final String PREFIX = "DynamoDB_20120810.";
    private static final List<String> WITH_CAPACITY = List.of(
            "BatchGetItem",
            "BatchWriteItem",
            "DeleteItem",
            "GetItem",
            "PutItem",
            "Query",
            "Scan",
            "TransactWriteItems",
            "UpdateItem");

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final ExecutorService threads = Executors.newCachedThreadPool(r -> {
        Thread thread = new Thread(r, "aws-faults");
        thread.setDaemon(true);
        return thread;
    });
    private final HttpServer server;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Map<String, LongAdder> calls = new ConcurrentHashMap<>();
    private final Map<String, Double> capacity = new ConcurrentHashMap<>();
    private volatile String lastCredentials = "";
    private volatile Function<Call, Fault> rule = call -> Fault.NONE;

    /** @param action DynamoDB's name of it; @param number of this action so far, from 1 */
    public record Call(String action, long number, JsonObject body) {
        /** Whether the call says this anywhere. */
        public boolean mentions(String text) {
            return body.encode().contains(text);
        }
    }

    /**
     * What becomes of a call.
     *
     * @param status of the answer; 0: none, not even an end of the connection
     * @param code DynamoDB's name of the error
     * @param isApplied whether it is done all the same
     * @param undone how many requests of a batch are left undone, in place of an error
     */
    public record Fault(int status, String code, String message, boolean isApplied, int undone) {
        public static final Fault NONE = new Fault(200, "", "", true, 0);
        public static final Fault SILENCE = new Fault(0, "", "", false, 0);

        public static Fault error(int status, String code, String message) {
            return new Fault(status, code, message, false, 0);
        }

        public static Fault undone(int requests) {
            return new Fault(200, "", "", true, requests);
        }

        public static Fault throttled() {
            return error(
                    400, "ProvisionedThroughputExceededException", "The level of configured throughput was exceeded");
        }

        /** The answer is an error, though the call was carried out. */
        public Fault butApplied() {
            return new Fault(status, code, message, true, undone);
        }
    }

    private AwsFaults(HttpServer server) {
        this.server = server;
    }

    public static AwsFaults start() {
        Dynalite.port(); // starting it may take longer than a call may wait
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            AwsFaults faults = new AwsFaults(server);
            server.setExecutor(faults.threads);
            server.createContext("/", faults::handle);
            server.start();
            return faults;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String server() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** Asked for each call from now on. */
    public void rule(Function<Call, Fault> next) {
        rule = next;
    }

    public void none() {
        rule = call -> Fault.NONE;
    }

    /** Calls by action since the last {@link #forget}. */
    public Map<String, Long> calls() {
        Map<String, Long> all = new TreeMap<>();
        calls.forEach((action, count) -> all.put(action, count.sum()));
        return all;
    }

    /** Capacity units by kind of call, {@code read} or {@code write}, since the last {@link #forget}. */
    public Map<String, Double> capacity() {
        return new TreeMap<>(capacity);
    }

    /** Access key and session token of the last call, as "key token". */
    public String lastCredentials() {
        return lastCredentials;
    }

    public void forget() {
        calls.clear();
        capacity.clear();
    }

    @Override
    public void close() {
        closing.countDown();
        server.stop(0);
        threads.shutdownNow();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] request = exchange.getRequestBody().readAllBytes();
            String action =
                    exchange.getRequestHeaders().getFirst("X-Amz-Target").substring(PREFIX.length());
            String authorization = exchange.getRequestHeaders().getFirst("Authorization");
            lastCredentials = authorization.replaceAll(".*Credential=([^/]*)/.*", "$1") + " "
                    + exchange.getRequestHeaders().getFirst("X-Amz-Security-Token");
            LongAdder count = calls.computeIfAbsent(action, a -> new LongAdder());
            count.increment();
            JsonObject body = new JsonObject(new String(request, StandardCharsets.UTF_8));
            Fault fault = rule.apply(new Call(action, count.sum(), body));
            if (fault.status == 0) {
                closing.await();
                return;
            }
            JsonObject undone = fault.undone > 0 ? takeOut(body, fault.undone) : new JsonObject();
            JsonObject answer = null;
            int status = fault.status;
            if (body.getJsonObject("RequestItems", new JsonObject().put("a", 1)).isEmpty()) {
                answer = new JsonObject(); // all of it is undone
            } else if (fault.isApplied) {
                HttpResponse<String> response = forward(exchange, action, body);
                answer = new JsonObject(response.body());
                status = Math.max(fault.status, response.statusCode());
                measure(action, answer);
            }
            if (!fault.code.isEmpty()) {
                answer = new JsonObject().put("__type", TYPE + fault.code).put("message", fault.message);
            } else if (!undone.isEmpty() && answer != null) {
                answer.put(action.equals("BatchGetItem") ? "UnprocessedKeys" : "UnprocessedItems", undone);
            }
            byte[] bytes = String.valueOf(answer).getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/x-amz-json-1.0");
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    private HttpResponse<String> forward(HttpExchange exchange, String action, JsonObject body)
            throws IOException, InterruptedException {
        if (WITH_CAPACITY.contains(action)) {
            body.put("ReturnConsumedCapacity", "TOTAL");
        }
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(Dynalite.server()))
                .POST(HttpRequest.BodyPublishers.ofString(body.encode()));
        for (String header : List.of("X-Amz-Target", "X-Amz-Date", "Authorization", "Content-Type")) {
            String value = exchange.getRequestHeaders().getFirst(header);
            if (value != null) {
                request.header(header, value);
            }
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    /** The last requests of a batch, so that the rest is carried out. */
    private static JsonObject takeOut(JsonObject body, int count) {
        JsonObject items = body.getJsonObject("RequestItems");
        JsonObject undone = new JsonObject();
        int left = count;
        for (String table : List.copyOf(items.fieldNames())) {
            Object of = items.getValue(table);
            JsonArray all = of instanceof JsonArray array ? array : ((JsonObject) of).getJsonArray("Keys");
            JsonArray taken = new JsonArray();
            while (left > 0 && !all.isEmpty()) {
                taken.add(all.remove(all.size() - 1));
                left--;
            }
            if (!taken.isEmpty()) {
                undone.put(
                        table,
                        of instanceof JsonArray
                                ? taken
                                : ((JsonObject) of).copy().put("Keys", taken));
            }
            if (all.isEmpty()) {
                items.remove(table);
            }
        }
        return undone;
    }

    private void measure(String action, JsonObject answer) {
        Object consumed = answer.remove("ConsumedCapacity");
        double units = 0;
        if (consumed instanceof JsonObject one) {
            units = one.getDouble("CapacityUnits", 0.0);
        } else if (consumed instanceof JsonArray several) {
            for (Object each : several) {
                units += ((JsonObject) each).getDouble("CapacityUnits", 0.0);
            }
        }
        boolean isRead = List.of("BatchGetItem", "GetItem", "Query", "Scan").contains(action);
        capacity.merge(isRead ? "read" : "write", units, Double::sum);
    }
}
