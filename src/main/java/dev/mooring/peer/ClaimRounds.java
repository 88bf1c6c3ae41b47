package dev.mooring.peer;

import dev.mooring.cluster.NodeId;
import dev.mooring.message.MessageId;
import dev.mooring.session.Claim;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Claims that peers have not all answered yet. Confined to the context of the links. */
final class ClaimRounds {
    private final long patienceMs;
    private final Map<MessageId, Round> all = new HashMap<>();
    private final ArrayDeque<Round> byTime = new ArrayDeque<>();

    private static final class Round {
        final MessageId id;
        final Set<NodeId> missing;
        final long untilMs;
        final Consumer<Claim.Answer> then;
        boolean granted = true;
        boolean isHeard = true;
        long sessionId;
        long epoch;

        Round(MessageId id, Set<NodeId> missing, long untilMs, Consumer<Claim.Answer> then) {
            this.id = id;
            this.missing = missing;
            this.untilMs = untilMs;
            this.then = then;
        }
    }

    /** @param patienceMs how long a peer is waited for, until the session is taken without its answer */
    ClaimRounds(long patienceMs) {
        this.patienceMs = patienceMs;
    }

    /** @param asked who was asked */
    void begin(MessageId id, Set<NodeId> asked, long nowMs, Consumer<Claim.Answer> then) {
        Round round = new Round(id, new HashSet<>(asked), nowMs + patienceMs, then);
        all.put(id, round);
        byTime.add(round);
        endIfDone(round);
    }

    void answered(NodeId peer, Bodies.ClaimAnswer answer) {
        Round round = all.get(answer.id());
        if (round == null || !round.missing.remove(peer)) {
            return;
        }
        round.granted &= answer.granted();
        if (answer.sessionId() > round.sessionId
                || (answer.sessionId() == round.sessionId && answer.epoch() > round.epoch)) {
            round.sessionId = answer.sessionId();
            round.epoch = answer.epoch();
        }
        endIfDone(round);
    }

    void left(NodeId peer) {
        for (Round round : byTime.toArray(new Round[0])) {
            if (round.missing.remove(peer)) {
                endIfDone(round);
            }
        }
    }

    void tick(long nowMs) {
        for (Round first = byTime.peek(); first != null && first.untilMs <= nowMs; first = byTime.peek()) {
            byTime.remove();
            first.missing.clear();
            first.isHeard = false;
            endIfDone(first);
        }
    }

    private void endIfDone(Round round) {
        if (round.missing.isEmpty() && all.remove(round.id, round)) {
            byTime.remove(round);
            round.then.accept(new Claim.Answer(round.granted, round.sessionId, round.epoch, round.isHeard));
        }
    }
}
