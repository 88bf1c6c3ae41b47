package dev.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.mooring.redis.RedisProcess;
import dev.mooring.redis.SlowProxy;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A broker is killed while Redis does not take what it sent, and that arrives when the next one is at work: it has no
 * effect any more.
 */
class LateCommandsIT {
    private static final int PACKET_ID = 7;
    /** More than what only asks whether the server is there. */
    private static final long SOME_BYTES = 100;

    @TempDir
    private Path folder;

    private final RedisProcess redis = RedisProcess.start();
    private final SlowProxy proxy = SlowProxy.before(redis.port());
    private MooringProcess broker;

    @BeforeEach
    void start() {
        String pool = "\"state\": {\"backend\": \"redis\", \"server\": \"" + proxy.server() + "\"}";
        broker = MooringProcess.in(folder, pool, """
                        "session": {"pool": "state"},
                        "hooks": {
                          "message.publish": [
                            {"topic": "r/#", "action": {"function": "on_message_publish"}, "pool": "state"},
                            {"topic": "r/#", "action": {"function": "on_message_retain"}, "pool": "state"}],
                          "message.acked": [
                            {"topic": "r/#", "action": {"function": "on_message_acked_for_queue"}, "pool": "state"}]}
                        """).start();
    }

    @AfterEach
    void stop() {
        broker.close();
        proxy.close();
        redis.close();
    }

    private PacketClient online(String id) {
        return PacketClient.online(broker.port(), Connect.v5(id));
    }

    /** From here on nothing that the broker sent reaches Redis until the next one has done its work. */
    private void killWhileHeld() {
        await().until(() -> proxy.bytesToServer() > SOME_BYTES);
        broker.kill9();
        broker.start();
    }

    private void letGo() {
        proxy.release();
        await().until(() -> proxy.held() == 0);
    }

    @Test
    @Timeout(180)
    @DisplayName("QoS 2: the message that the publisher repeats comes once, and its packet id is free for the next one")
    void exactlyOnce() {
        online("sub").subscribe("t", 2).close();
        PacketClient publisher = online("pub");
        proxy.hold();
        publisher.sendPublish("t", "once", 2, PACKET_ID, false, false);
        killWhileHeld();
        publisher = online("pub");
        publisher.sendPublish("t", "once", 2, PACKET_ID, true, false).complete(2, PACKET_ID);
        letGo();
        broker.kill9();
        broker.start(); // reads what Redis has now
        publisher = online("pub");
        publisher.sendPublish("t", "next", 2, PACKET_ID, false, false).complete(2, PACKET_ID);
        PacketClient subscriber = online("sub");
        subscriber.takePublish("t", "once");
        subscriber.takePublish("t", "next");
        assertThat(subscriber.untilPingresp()).isEmpty();
    }

    @Test
    @Timeout(180)
    @DisplayName("rules: the retained message that was acknowledged last stays, and nothing acknowledged comes back")
    void rules() {
        PacketClient publisher = online("pub");
        proxy.hold();
        publisher.sendPublish("r/t", "older", 1, PACKET_ID, false, true);
        killWhileHeld();
        online("other").publish("r/t", "newer", 1, true).close();
        List<?> ids = (List<?>) redis.call("ZRANGE", "mqtt:retain:r/t", "0", "-1");
        letGo();
        assertThat(redis.call("ZRANGE", "mqtt:retain:r/t", "0", "-1")).isEqualTo(ids);
        assertThat(redis.call("ZRANGE", "mqtt:msg:r/t", "0", "-1")).isEqualTo(ids);
        assertThat(redis.call("HGET", "mqtt:msg:" + ids.get(0), "payload")).isEqualTo("newer");
        PacketClient reader = PacketClient.online(broker.port(), Connect.clean("reader"));
        reader.subscribe("r/t", 1);
        reader.takePublish("r/t", "newer");
    }
}
