package dev.mooring.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class AskedTest {
    private final Peer peer = new Peer(0, null);
    /** Rounds that are under way. */
    private final ArrayDeque<Promise<Void>> rounds = new ArrayDeque<>();

    private final List<String> answered = new ArrayList<>();
    private final Asked asked = new Asked(this::settleStored, List.of(peer), new Receipts());

    private Future<Void> settleStored() {
        rounds.add(Promise.promise());
        return rounds.getLast().future();
    }

    @BeforeEach
    void complete() {
        peer.isComplete = true;
    }

    private void ask(String fence) {
        peer.fences.add(() -> answered.add(fence));
        asked.answer(true);
    }

    @Test
    @DisplayName("a fence that comes while a round is under way is answered by the next one")
    void nextRound() {
        ask("one");
        ask("two");
        rounds.remove().complete();
        assertThat(answered).containsExactly("one");
        rounds.remove().complete();
        assertThat(answered).containsExactly("one", "two");
        assertThat(rounds).isEmpty();
    }

    @Test
    @DisplayName("a fence is not answered before all is stored, however long the store is away")
    void storeIsAway() {
        ask("one");
        rounds.remove().fail("(TIMEOUT,-1) Timed out after waiting 30000(ms) for a reply");
        assertThat(answered).isEmpty();
        assertThat(rounds).as("tried at once, perhaps for ever").isEmpty();
        asked.answer(true);
        rounds.remove().complete();
        assertThat(answered).containsExactly("one");
    }

    @Test
    @DisplayName("a fence of a node whose copy is not complete waits for it")
    void incomplete() {
        peer.isComplete = false;
        ask("one");
        assertThat(rounds).isEmpty();
        peer.isComplete = true;
        asked.answer(true);
        rounds.remove().complete();
        assertThat(answered).containsExactly("one");
    }
}
