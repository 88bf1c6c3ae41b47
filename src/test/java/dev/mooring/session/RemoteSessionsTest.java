package dev.mooring.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.MessageId;
import dev.mooring.message.MessageIds;
import dev.mooring.message.PublishProperties;
import dev.mooring.message.TopicName;
import dev.mooring.message.Will;
import dev.mooring.route.SubscriptionIndex;
import dev.mooring.route.UnderWay;
import dev.mooring.store.OnReply;
import dev.mooring.store.SessionRecord;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Sessions that a node has left behind, on a clock that only the test moves. */
class RemoteSessionsTest {
    private static final long SESSION = 7;
    private static final int NODE = 1;
    private static final int DELAY_S = 20;
    private static final Will WILL =
            new Will(TopicName.of("w"), 1, false, new byte[0], PublishProperties.EMPTY, DELAY_S, -1);

    private final Vertx vertx = Vertx.vertx();
    private final Neighbours neighbours = new Neighbours(vertx.eventBus(), "here", 3);
    private long nowMs = 100_000;
    private final Sessions sessions = new Sessions(
            vertx.eventBus(),
            "pool",
            1,
            new SubscriptionIndex(),
            new MessageIds(1, 0),
            new UnderWay(1),
            () -> nowMs,
            neighbours);
    private final ArrayDeque<StoreOp> asked = new ArrayDeque<>();
    private final ArrayDeque<OnReply> answers = new ArrayDeque<>();
    private final List<SessionEntry> adopted = new ArrayList<>();
    private final RemoteSessions remotes = new RemoteSessions(
            sessions,
            neighbours,
            (op, onReply) -> {
                asked.add(op);
                answers.add(onReply);
            },
            adopted::add);

    @AfterEach
    void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private static RemoteChanges.Change said(Announce.Place place, long lostAtMs) {
        return new RemoteChanges.Change(NODE, new Announce("c", SESSION, 64, place, List.of()), lostAtMs);
    }

    private static StoreReply stored(long disconnectedAtMs) {
        SessionRecord record = new SessionRecord(SESSION, "c", "", 64, 3600, disconnectedAtMs, WILL);
        return new StoreReply.Sessions(
                List.of(new StoreReply.StoredSession(record, List.of(), 0, 0, MessageId.ZERO)), false);
    }

    /** The node is lost; its session is adopted. */
    private SessionEntry adopt(long lostAtMs, long disconnectedAtMs) {
        neighbours.present(List.of("here"), true);
        remotes.apply(said(Announce.Place.LIVE, 0), nowMs);
        nowMs += 10_000;
        remotes.apply(said(Announce.Place.GONE, lostAtMs), nowMs);
        nowMs += 3_000;
        remotes.tick(nowMs);
        assertThat(asked.remove()).isInstanceOf(StoreOp.SessionScan.class);
        answers.remove().reply(stored(disconnectedAtMs));
        StoreOp.Owned save = (StoreOp.Owned) asked.remove();
        answers.remove().reply(StoreReply.DONE);
        SessionEntry entry = adopted.get(0);
        assertThat(((StoreOp.SessionSave) save.op()).session().disconnectedAtMs())
                .isEqualTo(entry.disconnectedAtMs);
        return entry;
    }

    private static boolean isWillDue(SessionEntry entry, long atMs) {
        SessionDeadlines deadlines = new SessionDeadlines();
        deadlines.set(entry);
        return deadlines.poll(atMs, 100).stream().anyMatch(SessionDeadlines.Deadline::will);
    }

    @Test
    @DisplayName(
            "[MQTT-3.1.3-9] a Will's delay begins when its node was last heard of, not when that is noticed, or its"
                    + " session adopted")
    void willOfALostNode() {
        SessionEntry entry = adopt(101_000, 0);
        assertThat(entry.isLeftBehind).isTrue();
        assertThat(isWillDue(entry, 101_000 + 1_000 * DELAY_S - 1)).isFalse();
        assertThat(isWillDue(entry, 101_000 + 1_000 * DELAY_S)).isTrue();
    }

    @Test
    @DisplayName("a Will's delay goes on when a session without a connection changes hands")
    void willOfASessionOffLine() {
        SessionEntry entry = adopt(101_000, 95_000);
        assertThat(entry.isLeftBehind).isFalse();
        assertThat(isWillDue(entry, 95_000 + 1_000 * DELAY_S - 1)).isFalse();
        assertThat(isWillDue(entry, 95_000 + 1_000 * DELAY_S)).isTrue();
    }

    @Test
    @DisplayName(
            "of a node that was never heard the delay begins with the adoption, as after a restart of a single one")
    void willOfANodeUnheard() {
        SessionEntry entry = adopt(0, 0);
        assertThat(isWillDue(entry, nowMs + 1_000 * DELAY_S - 1)).isFalse();
        assertThat(isWillDue(entry, nowMs + 1_000 * DELAY_S)).isTrue();
    }
}
