package dev.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** What ends over a restart, and the Wills of those who did not come back; for {@link RestartIT}. */
final class RestartEndScenarios {
    private static final int AT_ONCE = 0;
    private static final int WILL_DELAY_S = 3;

    private RestartEndScenarios() {}

    // ---- ends
    // ----------------------------------------------------------------------------------------------------------

    static RestartIT.Scenario sessionExpiry(int port) {
        PacketClient.online(port, Connect.v5("short").expiryS(1))
                .subscribe("expiry", 1)
                .disconnect();
        PacketClient.online(port, Connect.v5("long").expiryS(1000))
                .subscribe("expiry", 1)
                .disconnect();
        long goneAtMs = System.currentTimeMillis();
        return new RestartIT.Scenario("sessions expire over the restart, each at its time", () -> {
            await().until(() -> System.currentTimeMillis() > goneAtMs + 1100);
            PacketClient shortLived =
                    PacketClient.online(port, Connect.v5("short").expiryS(1));
            assertThat(shortLived.sessionPresent()).isFalse();
            shortLived.disconnect();
            PacketClient longLived =
                    PacketClient.online(port, Connect.v5("long").expiryS(1000));
            assertThat(longLived.sessionPresent()).isTrue();
            longLived.disconnect();
        });
    }

    static RestartIT.Scenario messageExpiry(int port) {
        PacketClient.online(port, Connect.v5("old")).subscribe("old", 1).disconnect();
        PacketClient publisher = PacketClient.online(port, Connect.clean("old-publisher"));
        publisher
                .sendPublish("old", "for a second", 1, 5, false, false, PacketClient.expiry(1))
                .complete(1, 5);
        publisher
                .sendPublish("old", "for an hour", 1, 6, false, false, PacketClient.expiry(3600))
                .complete(1, 6);
        publisher.disconnect();
        long sentAtMs = System.currentTimeMillis();
        return new RestartIT.Scenario("queued messages expire over the restart", () -> {
            await().until(() -> System.currentTimeMillis() > sentAtMs + 1100);
            PacketClient back = PacketClient.online(port, Connect.v5("old"));
            back.takePublish("old", "for an hour");
            assertThat(back.untilPingresp()).isEmpty();
            back.disconnect();
        });
    }

    static RestartIT.Scenario cleanSessionEnds(int port) {
        PacketClient clean = PacketClient.online(port, Connect.clean("clean"));
        clean.subscribe("clean", 2);
        return new RestartIT.Scenario("a session that ends with its connection is gone", () -> {
            PacketClient back = PacketClient.online(port, Connect.v5("clean"));
            assertThat(back.sessionPresent()).isFalse();
            back.disconnect();
            clean.close();
        });
    }

    // ---- Wills
    // ---------------------------------------------------------------------------------------------------------

    static RestartIT.Scenario willOfConnected(int port) {
        PacketClient.online(port, Connect.v5("live-watcher"))
                .subscribe("live", 2)
                .disconnect();
        PacketClient live = PacketClient.online(port, Connect.v5("live").will("live", "gone", 2, true, AT_ONCE));
        return new RestartIT.Scenario("the Will of a connected client is published, once", () -> {
            PacketClient watcher = PacketClient.online(port, Connect.v5("live-watcher"));
            watcher.takePublish("live", "gone");
            assertThat(watcher.untilPingresp()).isEmpty();
            watcher.disconnect();
            live.close();
        });
    }

    /** The first connection's Will is published and its end stored, while the second one's is being stored. */
    static RestartIT.Scenario willAfterTakeOver(int port) {
        PacketClient watcher = PacketClient.online(port, Connect.v5("over-watcher"));
        watcher.subscribe("over", 1);
        PacketClient first = PacketClient.online(port, Connect.v5("over").will("over", "first", 1, false, AT_ONCE));
        PacketClient second = PacketClient.online(port, Connect.v5("over").will("over", "second", 1, false, AT_ONCE));
        first.untilEnd();
        watcher.takePublish("over", "first");
        watcher.disconnect();
        return new RestartIT.Scenario("the Will of a connection that took over is published, once", () -> {
            PacketClient back = PacketClient.online(port, Connect.v5("over-watcher"));
            back.takePublish("over", "second");
            assertThat(back.untilPingresp()).isEmpty();
            back.disconnect();
            first.close();
            second.close();
        });
    }

    static RestartIT.Scenario delayedWill(int port) {
        PacketClient.online(port, Connect.v5("late-watcher"))
                .subscribe("late", 1)
                .disconnect();
        PacketClient.online(port, Connect.v5("late").will("late", "at last", 1, false, WILL_DELAY_S))
                .close();
        long goneAtMs = System.currentTimeMillis();
        return new RestartIT.Scenario("a Will that is delayed is published after its delay, once", () -> {
            PacketClient watcher = PacketClient.online(port, Connect.v5("late-watcher"));
            watcher.takePublish("late", "at last");
            assertThat(System.currentTimeMillis() - goneAtMs).isGreaterThan(1000 * WILL_DELAY_S - 100);
            PacketClient back = PacketClient.online(port, Connect.v5("late"));
            assertThat(back.sessionPresent()).isTrue();
            back.publish("late", "end", 1).disconnect();
            watcher.takePublish("late", "end");
            assertThat(watcher.untilPingresp()).isEmpty();
            watcher.disconnect();
        });
    }
}
