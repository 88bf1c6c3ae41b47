package dev.mooring.hazard;

import static dev.mooring.hazard.LoginTest.login;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.password4j.BcryptFunction;
import dev.mooring.TestBroker;
import dev.mooring.redis.RedisProcess;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Users whom somebody else knows: an HTTP server, and a table in a real Redis. */
class AskedLoginTest {
    private static final int REDIS = 1;
    /** More than the buffers of both sockets hold. */
    private static final long FLOOD_BYTES = 64L << 20;

    private static final AtomicReference<String> ANSWER = new AtomicReference<>("");
    private static final AtomicReference<JsonObject> QUESTION = new AtomicReference<>();
    private static final AtomicInteger STATUS = new AtomicInteger(200);
    private static final AtomicInteger ASKED = new AtomicInteger();

    private static Vertx vertx;
    private static HttpServer server;
    private static RedisProcess redis;
    private static TestBroker broker;

    @BeforeAll
    static void start() {
        vertx = Vertx.vertx();
        server = vertx.createHttpServer()
                .requestHandler(r -> r.body().onSuccess(body -> {
                    ASKED.incrementAndGet();
                    QUESTION.set(body.toJsonObject().put("token", r.getHeader("Authorization")));
                    if (STATUS.get() != 0) { // 0: no answer at all
                        r.response().setStatusCode(STATUS.get()).end(ANSWER.get());
                    }
                }))
                .listen(0, "127.0.0.1")
                .await();
        redis = RedisProcess.start();
        broker = TestBroker.start("{\"auth\": {\"chain\": [{\"type\": \"http\", \"url\": \"http://127.0.0.1:"
                + server.actualPort() + "/login?a=b\", \"authorization\": \"Bearer x\", \"timeout_ms\": 3000,"
                + "\"cache_s\": 60, \"negative_cache_s\": 60}, {\"type\": \"redis\", \"pool\": \"users\"}]},"
                + "\"pools\": {\"users\": {\"backend\": \"redis\", \"server\": \"" + redis.server() + "\"}},"
                + "\"listeners\": [{\"type\": \"tcp\", \"host\": \"127.0.0.1\", \"port\": 0, \"auth\": [\"http\"]},"
                + "{\"type\": \"tcp\", \"host\": \"127.0.0.1\", \"port\": 0, \"auth\": [\"redis\"]}]}");
    }

    @AfterAll
    static void stop() {
        broker.close();
        redis.close();
        vertx.close().await();
    }

    private static int http(String username, String password, int status, String answer) {
        STATUS.set(status);
        ANSWER.set(answer);
        return login(broker.port(), 5, username, password);
    }

    private static int redis(String username, String password) {
        return login(broker.broker().ports().get(REDIS), 5, username, password);
    }

    @Test
    @DisplayName("HTTP: what is asked, and what each answer means; what is no answer lets nobody in")
    void httpAnswers() {
        assertThat(http("u1", "p1", 200, "{\"result\": \"allow\"}")).isZero();
        assertThat(QUESTION.get().getString("username")).isEqualTo("u1");
        assertThat(QUESTION.get().getString("password")).isEqualTo("p1");
        assertThat(QUESTION.get().getString("clientid")).isEqualTo("login");
        assertThat(QUESTION.get().getString("address")).isEqualTo("127.0.0.1");
        assertThat(QUESTION.get().getString("listener")).isEqualTo("tcp-0");
        assertThat(QUESTION.get().getString("token")).isEqualTo("Bearer x");
        assertThat(http("u2", "p", 204, "")).isZero();
        assertThat(http("u3", "p", 200, "{\"result\": \"deny\"}")).isEqualTo(0x86);
        assertThat(http("u4", "p", 200, "{\"result\": \"ignore\"}")).isEqualTo(0x86);
        assertThat(http("u5", "p", 401, "")).isEqualTo(0x86);
        assertThat(http("u6", "p", 200, "{}")).isEqualTo(0x88);
        assertThat(http("u7", "p", 200, "allow")).isEqualTo(0x88);
        assertThat(http("u8", "p", 500, "{\"result\": \"allow\"}")).isEqualTo(0x88);
        assertThat(http("u9", "p", 302, "{\"result\": \"allow\"}")).isEqualTo(0x88);
        assertThat(http("u10", "p", 200, "{\"result\": \"allow\", \"acl\": [{}]}"))
                .isEqualTo(0x88);
        assertThat(http("u11", "p", 200, "{\"result\": \"allow\", \"expire_at\": 1}"))
                .isEqualTo(0x87);
        assertThat(http("u12", "p", 200, "{\"result\": \"allow\", \"x\": \"" + "x".repeat(2_000_000) + "\"}"))
                .isEqualTo(0x88);
        assertThat(http("u13", "p", 0, "")).as("no answer in time").isEqualTo(0x88);
    }

    @Test
    @DisplayName("HTTP: answers are believed for all that was shown; that the server does not work is not")
    void httpCache() {
        assertThat(http("c1", "p", 200, "{\"result\": \"allow\"}")).isZero();
        int asked = ASKED.get();
        assertThat(http("c1", "p", 500, "")).isZero();
        assertThat(ASKED).hasValue(asked);
        assertThat(http("c1", "q", 401, "")).isEqualTo(0x86);
        assertThat(http("c1", "q", 204, "")).isEqualTo(0x86);
        assertThat(http("c2", "p", 500, "")).isEqualTo(0x88);
        assertThat(http("c2", "p", 204, "")).isZero();
    }

    @Test
    @DisplayName("HTTP: the answer's rules and user name count")
    void httpRules() {
        STATUS.set(200);
        ANSWER.set("{\"result\": \"allow\", \"username\": \"real\","
                + "\"acl\": [{\"permission\": \"allow\", \"topics\": [\"of/%u\"]}]}");
        try (Peer p = Peer.open(broker.port()).version(5)) {
            p.send(LoginTest.connect(5, "claimed", "p"));
            assertThat(p.expect(Frame.CONNACK).reason()).isZero();
            assertThat(p.subscribe(0, "of/real").granted(0)).isZero();
            assertThat(p.subscribe(0, "of/claimed").granted(0)).isEqualTo(0x87);
        }
    }

    @Test
    @DisplayName("Redis: mqtt_user with hashes of all kinds, and mqtt_acl, as other programs write them")
    void redisUsers() throws Exception {
        byte[] digest = MessageDigest.getInstance("SHA-256").digest("saltsecret".getBytes(StandardCharsets.UTF_8));
        redis.call("HSET", "mqtt_user:ann", "password_hash", HexFormat.of().formatHex(digest), "salt", "salt");
        redis.call(
                "HSET",
                "mqtt_user:bob",
                "password",
                BcryptFunction.getInstance(4).hash("secret").getResult());
        redis.call("HSET", "mqtt_user:bad", "password_hash", "zz", "salt", "x");
        redis.call(
                "HSET",
                "mqtt_user:root",
                "password_hash",
                HexFormat.of().formatHex(digest),
                "salt",
                "salt",
                "is_superuser",
                "1");
        redis.call("HSET", "mqtt_acl:ann", "a/%u", "subscribe", "b", "2", "c", "{\"action\": \"all\", \"qos\": 1}");
        redis.call("HSET", "mqtt_acl:bob", "a", "erase");
        assertThat(redis("ann", "secret")).isZero();
        assertThat(redis("ann", "wrong")).isEqualTo(0x86);
        assertThat(redis("nobody", "secret")).isEqualTo(0x86);
        assertThat(redis("bad", "secret")).isEqualTo(0x88);
        assertThat(redis("bob", "secret")).as("rules that can't be read").isEqualTo(0x88);
        assertThat(redis("*", "secret")).isEqualTo(0x86);
        try (Peer p = Peer.open(broker.broker().ports().get(REDIS)).version(5)) {
            p.send(LoginTest.connect(5, "ann", "secret"));
            assertThat(p.expect(Frame.CONNACK).reason()).isZero();
            assertThat(p.subscribe(0, "a/ann").granted(0)).isZero();
            assertThat(p.subscribe(0, "a/+").granted(0)).isEqualTo(0x87);
            assertThat(p.subscribe(0, "c").granted(0)).isEqualTo(0x87);
            assertThat(p.subscribe(1, "c").granted(0)).isEqualTo(1);
            p.publish("b", "x");
        }
        try (Peer p = Peer.open(broker.broker().ports().get(REDIS)).version(5)) {
            p.send(LoginTest.connect(5, "root", "secret"));
            assertThat(p.expect(Frame.CONNACK).reason()).isZero();
            assertThat(p.subscribe(0, "#", "$SYS/#").granted(1)).isZero();
        }
        redis.call("HSET", "mqtt_user:eve", "password_hash", HexFormat.of().formatHex(digest), "salt", "salt");
        redis.kill9();
        assertThat(redis("eve", "secret")).as("no table, no entry").isEqualTo(0x88);
        redis.restart();
        redis.call("HSET", "mqtt_user:eve", "password_hash", HexFormat.of().formatHex(digest), "salt", "salt");
        await().until(() -> redis("eve", "secret") == 0);
    }

    @Test
    @DisplayName("while a login is under way, what follows CONNECT is left to the socket, which soon takes no more")
    void floodDuringLogin() throws IOException {
        STATUS.set(0); // no answer, until the broker gives the server up
        int asked = ASKED.get();
        ByteBuffer pings = ByteBuffer.allocate(64 * 1024);
        while (pings.hasRemaining()) {
            pings.put(Bytes.PINGREQ);
        }
        long taken = 0;
        try (SocketChannel client = SocketChannel.open(new InetSocketAddress("127.0.0.1", broker.port()));
                Selector writable = Selector.open()) {
            client.write(ByteBuffer.wrap(LoginTest.connect(5, "flooder", "secret")));
            await().until(() -> ASKED.get() > asked);
            client.configureBlocking(false);
            client.register(writable, SelectionKey.OP_WRITE);
            while (taken < FLOOD_BYTES && writable.select(500) > 0) { // 0: nobody reads
                writable.selectedKeys().clear();
                taken += client.write(pings.rewind());
            }
        } catch (IOException e) { // refused meanwhile, which is as good
            assertThat(taken).isPositive();
        }
        assertThat(taken).isLessThan(FLOOD_BYTES);
    }
}
