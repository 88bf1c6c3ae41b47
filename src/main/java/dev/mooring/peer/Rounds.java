package dev.mooring.peer;

import dev.mooring.cluster.NodeId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Fences over all peers, ADR 16: who asks is answered when each peer has stored and sent what it had routed before. One
 * round at a time; who comes while it is under way is served by the next, so their number does not matter. Confined to
 * the context of the links.
 *
 * <p>A peer that does not answer in time is not waited for any longer. Until it has answered the last question that was
 * given up it is late: it may have stored things by an older state and forwarded nothing of them, so what it forwards
 * now may come behind those. So may what the same clients publish at other nodes. It is asked again from time to time,
 * though nobody waits: until it has answered, sessions on line take nothing from it, and find what it has stored at its
 * answer.
 */
final class Rounds {
    private final Asking asking;
    private final long patienceMs;
    private final Set<NodeId> missing = new HashSet<>();
    /** Of each late peer the last token that was given up: its answers come in the order of the questions. */
    private final Map<NodeId, Long> late = new HashMap<>();

    private List<Waiting> served = List.of();
    private List<Waiting> waiting = new ArrayList<>();
    private long token;
    private long untilMs;
    private boolean isUnderWay;

    private record Waiting(Runnable then, boolean forAll) {}

    /** How a round is asked for. */
    interface Asking {
        /** Asks everybody, and says whom. */
        Set<NodeId> ask(long token);

        /** A late peer has answered: what it had stored before the question can be found in the store. */
        void answeredLate();
    }

    /** @param patienceMs how long a peer is waited for */
    Rounds(Asking asking, long patienceMs) {
        this.asking = asking;
        this.patienceMs = patienceMs;
    }

    void add(Runnable then, long nowMs) {
        add(new Waiting(then, false), nowMs);
    }

    /**
     * For whom it is not enough that some peers are not waited for any longer: rounds go on until all have answered.
     */
    void addForAll(Runnable then, long nowMs) {
        add(new Waiting(then, true), nowMs);
    }

    private void add(Waiting one, long nowMs) {
        waiting.add(one);
        if (!isUnderWay) {
            begin(nowMs);
        }
    }

    /** It may have stored things before it knew of this node, and is late until it has answered the next question. */
    void joined(NodeId peer, long nowMs) {
        late.put(peer, token + 1);
        add(() -> {}, nowMs);
    }

    private void begin(long nowMs) {
        isUnderWay = true;
        served = waiting;
        waiting = new ArrayList<>();
        untilMs = nowMs + patienceMs;
        token++;
        missing.clear();
        missing.addAll(asking.ask(token));
        endIfDone(nowMs);
    }

    void answered(NodeId peer, long ofToken, long nowMs) {
        Long since = late.get(peer);
        if (since != null) {
            if (ofToken >= since) { // a later one if that question did not get there
                late.remove(peer);
            }
            asking.answeredLate();
        }
        if (ofToken == token && missing.remove(peer)) {
            endIfDone(nowMs);
        }
    }

    /** Whether what it forwards may come behind what it has only stored. */
    boolean isLate(NodeId peer) {
        return late.containsKey(peer);
    }

    /** Whether some peer is late. */
    boolean isAnyLate() {
        return !late.isEmpty();
    }

    void left(NodeId peer, long nowMs) {
        late.remove(peer);
        if (missing.remove(peer)) {
            endIfDone(nowMs);
        }
    }

    /** Ends a round that takes too long; and late peers are asked again, for a question or an answer may be lost. */
    void tick(long nowMs) {
        if (!isUnderWay && !late.isEmpty() && nowMs >= untilMs) {
            untilMs = nowMs + patienceMs;
            asking.ask(++token);
        }
        if (isUnderWay && nowMs >= untilMs) {
            missing.forEach(peer -> late.put(peer, token));
            missing.clear();
            served.stream().filter(Waiting::forAll).forEach(waiting::add);
            served.removeIf(Waiting::forAll);
            untilMs = nowMs + patienceMs;
            endIfDone(nowMs);
        }
    }

    private void endIfDone(long nowMs) {
        if (!isUnderWay || !missing.isEmpty()) {
            return;
        }
        isUnderWay = false;
        List<Waiting> done = served;
        served = List.of();
        done.forEach(one -> one.then.run());
        if (!isUnderWay && !waiting.isEmpty()) {
            begin(nowMs);
        }
    }
}
