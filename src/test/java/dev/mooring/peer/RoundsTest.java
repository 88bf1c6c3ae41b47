package dev.mooring.peer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.cluster.NodeId;
import dev.mooring.message.MessageId;
import dev.mooring.session.Claim;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Fences and claims: who is waited for, and for how long. */
class RoundsTest {
    private static final NodeId A = new NodeId("a", 1);
    private static final NodeId B = new NodeId("b", 1);
    private static final long PATIENCE_MS = 100;

    private final Set<NodeId> peers = new HashSet<>(Set.of(A, B));
    private final List<Long> asked = new ArrayList<>();
    private final List<String> done = new ArrayList<>();
    private int late;

    private final Rounds rounds = new Rounds(
            new Rounds.Asking() {
                @Override
                public Set<NodeId> ask(long token) {
                    asked.add(token);
                    return peers;
                }

                @Override
                public void answeredLate() {
                    late++;
                }
            },
            PATIENCE_MS);

    @Test
    @DisplayName("a fence is passed when all have answered; who comes meanwhile is served by the next round")
    void oneRoundAtATime() {
        rounds.add(() -> done.add("first"), 0);
        rounds.add(() -> done.add("second"), 1);
        rounds.add(() -> done.add("third"), 2);
        rounds.answered(A, 1, 3);
        assertThat(done).isEmpty();
        rounds.answered(B, 1, 4);
        assertThat(done).containsExactly("first");
        assertThat(asked).containsExactly(1L, 2L);
        rounds.answered(A, 2, 5);
        rounds.answered(B, 2, 6);
        assertThat(done).containsExactly("first", "second", "third");
        assertThat(late).isZero();
    }

    @Test
    @DisplayName("without other nodes a fence is passed at once")
    void alone() {
        peers.clear();
        rounds.add(() -> done.add("alone"), 0);
        assertThat(done).containsExactly("alone");
    }

    @Test
    @DisplayName(
            "who has left is not waited for; who does not answer in time only until then, and is noticed when it does")
    void patience() {
        rounds.add(() -> done.add("first"), 0);
        rounds.answered(A, 1, 1);
        rounds.left(B, 2);
        assertThat(done).containsExactly("first");
        rounds.add(() -> done.add("second"), 10);
        rounds.answered(A, 2, 11);
        rounds.tick(10 + PATIENCE_MS - 1);
        assertThat(done).hasSize(1);
        assertThat(rounds.isLate(B)).isFalse();
        rounds.tick(10 + PATIENCE_MS);
        assertThat(done).containsExactly("first", "second");
        assertThat(rounds.isLate(B)).isTrue();
        assertThat(rounds.isLate(A)).isFalse();
        rounds.answered(B, 2, 500);
        rounds.answered(B, 2, 501);
        assertThat(late).isEqualTo(1);
        assertThat(rounds.isLate(B)).isFalse();
    }

    @Test
    @DisplayName("who waits for all is not served by a round that gave up on one, but by the first that all answered")
    void forAll() {
        rounds.addForAll(() -> done.add("all"), 0);
        rounds.add(() -> done.add("some"), 1);
        rounds.answered(A, 1, 1);
        rounds.tick(PATIENCE_MS);
        assertThat(done).isEmpty();
        assertThat(asked).containsExactly(1L, 2L);
        rounds.answered(B, 1, PATIENCE_MS + 1);
        assertThat(done).isEmpty();
        rounds.answered(A, 2, PATIENCE_MS + 2);
        rounds.answered(B, 2, PATIENCE_MS + 3);
        assertThat(done).containsExactlyInAnyOrder("all", "some");
    }

    @Test
    @DisplayName("a peer that answers again, though not what it was asked first, is noticed as well, and once")
    void lostQuestion() {
        rounds.add(() -> done.add("first"), 0);
        rounds.answered(A, 1, 1);
        rounds.tick(PATIENCE_MS);
        rounds.add(() -> done.add("second"), PATIENCE_MS);
        rounds.answered(A, 2, PATIENCE_MS + 1);
        rounds.tick(2 * PATIENCE_MS);
        assertThat(done).containsExactly("first", "second");
        rounds.answered(B, 1, 2 * PATIENCE_MS + 1);
        assertThat(late).as("what it had stored before can be found").isEqualTo(1);
        assertThat(rounds.isLate(B)).as("there is another one to come").isTrue();
        rounds.add(() -> done.add("third"), 2 * PATIENCE_MS + 2);
        rounds.answered(A, 3, 2 * PATIENCE_MS + 3);
        rounds.answered(B, 3, 2 * PATIENCE_MS + 4);
        assertThat(done).containsExactly("first", "second", "third");
        assertThat(late).isEqualTo(2);
        assertThat(rounds.isLate(B)).isFalse();
    }

    @Test
    @DisplayName("who joins is late until it has answered; who is late is asked again, for a question may be lost")
    void joined() {
        peers.remove(B);
        rounds.add(() -> done.add("before"), 0);
        peers.add(B);
        rounds.joined(B, 1);
        assertThat(rounds.isLate(B)).isTrue();
        rounds.answered(A, 1, 2);
        rounds.answered(A, 2, 3);
        rounds.tick(2 + PATIENCE_MS);
        assertThat(asked).containsExactly(1L, 2L);
        assertThat(rounds.isAnyLate()).isTrue();
        rounds.tick(2 + 2 * PATIENCE_MS);
        assertThat(asked).containsExactly(1L, 2L, 3L);
        rounds.add(() -> done.add("after"), 3 + 2 * PATIENCE_MS);
        rounds.answered(B, 3, 4 + 2 * PATIENCE_MS);
        assertThat(rounds.isAnyLate()).isFalse();
        assertThat(late).isEqualTo(1);
        rounds.answered(A, 4, 5 + 2 * PATIENCE_MS);
        rounds.answered(B, 4, 6 + 2 * PATIENCE_MS);
        assertThat(done).containsExactly("before", "after");
    }

    @Test
    @DisplayName(
            "a peer whose answer was lost is asked again, though nobody waits: what it forwards is not taken till then")
    void lostAnswer() {
        rounds.add(() -> done.add("first"), 0);
        rounds.answered(A, 1, 1);
        rounds.tick(PATIENCE_MS);
        assertThat(rounds.isLate(B)).isTrue();
        rounds.tick(2 * PATIENCE_MS - 1);
        assertThat(asked).containsExactly(1L);
        rounds.tick(2 * PATIENCE_MS);
        assertThat(asked).containsExactly(1L, 2L);
        rounds.answered(A, 2, 2 * PATIENCE_MS + 1);
        rounds.answered(B, 2, 2 * PATIENCE_MS + 2);
        assertThat(late).isEqualTo(1);
        assertThat(rounds.isLate(B)).isFalse();
        rounds.tick(9 * PATIENCE_MS);
        assertThat(asked).as("all have answered").hasSize(2);
    }

    @Test
    @DisplayName("one refusal refuses a claim; of what the others know of the session the newest counts")
    void claims() {
        ClaimRounds claims = new ClaimRounds(PATIENCE_MS);
        List<Claim.Answer> answers = new ArrayList<>();
        MessageId id = new MessageId(1, 1);
        claims.begin(id, peers, 0, answers::add);
        claims.answered(A, new Bodies.ClaimAnswer("c", id, true, 7, 3, 0));
        claims.answered(A, new Bodies.ClaimAnswer("c", id, false, 9, 9, 0));
        assertThat(answers).isEmpty();
        claims.answered(B, new Bodies.ClaimAnswer("c", id, true, 8, 2, 0));
        assertThat(answers).containsExactly(new Claim.Answer(true, 8, 2, true));
        MessageId next = new MessageId(2, 1);
        claims.begin(next, peers, 0, answers::add);
        claims.answered(A, new Bodies.ClaimAnswer("c", next, false, 0, 0, 0));
        claims.tick(PATIENCE_MS);
        assertThat(answers.get(1).granted()).isFalse();
        claims.begin(new MessageId(3, 1), peers, 0, answers::add);
        claims.left(A);
        claims.left(B);
        assertThat(answers).hasSize(3);
        assertThat(answers.get(2).granted()).isTrue();
    }

    @Test
    @DisplayName("who asks for a look into the store within a second of another is served by the next one, all at once")
    void lookUps() {
        List<Runnable> begun = new ArrayList<>();
        LookUps lookUps = new LookUps(begun::add);
        lookUps.add(() -> done.add("first"), 0);
        lookUps.add(() -> done.add("second"), 1);
        assertThat(begun).hasSize(1);
        begun.get(0).run();
        lookUps.add(() -> done.add("third"), 2);
        lookUps.tick(LookUps.PAUSE_MS - 1);
        assertThat(begun).hasSize(1);
        lookUps.tick(LookUps.PAUSE_MS);
        assertThat(begun).hasSize(2);
        assertThat(done).containsExactly("first");
        begun.get(1).run();
        assertThat(done).containsExactly("first", "second", "third");
    }
}
