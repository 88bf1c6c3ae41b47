package dev.mooring.session;

import dev.mooring.bus.Address;
import dev.mooring.bus.LocalBody;
import dev.mooring.bus.LocalCodec;
import dev.mooring.message.MessageId;
import dev.mooring.message.ReasonCode;
import io.vertx.core.eventbus.Message;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * CONNECTs of clients whose session this node does not have: all others are asked to give up what they have of it, then
 * it is adopted, and opened as one that was here all the time. Confined to a shard; only in a cluster.
 *
 * <p>When a client connects to two nodes at once, the later CONNECT wins, by the ids of the claims, which each node
 * compares with its own. Where they miss each other, since one node is not heard, the epoch of the session decides in
 * the store.
 */
final class Claims {
    private static final int ATTEMPTS_MAX = 3;
    private static final int WAITING_MAX = 8;

    private final Sessions sessions;
    private final RemoteSessions remotes;
    private final BiConsumer<Message<LocalBody>, ReasonCode> refuse;
    private final BiConsumer<Message<LocalBody>, MessageId> open;
    private final Map<String, Claiming> all = new HashMap<>();

    private static final class Claiming {
        MessageId id;
        int attempts;
        boolean isLost;
        boolean adopts;
        final List<Message<LocalBody>> waiting = new ArrayList<>(0);

        Claiming(MessageId id) {
            this.id = id;
        }
    }

    /**
     * @param refuse a CONNECT that gets no session
     * @param open opens the session of this shard for a CONNECT, or a new one when there is none; and whatever waited
     */
    Claims(
            Sessions sessions,
            RemoteSessions remotes,
            BiConsumer<Message<LocalBody>, ReasonCode> refuse,
            BiConsumer<Message<LocalBody>, MessageId> open) {
        this.sessions = sessions;
        this.remotes = remotes;
        this.refuse = refuse;
        this.open = open;
    }

    /** A CONNECT ({@link OpenSession}). */
    void begin(Message<LocalBody> m) {
        OpenSession asked = (OpenSession) m.body();
        Claiming claiming = all.get(asked.clientId());
        if (claiming == null) {
            claiming = new Claiming(nextId());
            all.put(asked.clientId(), claiming);
            ask(asked.clientId(), claiming, m);
        } else {
            if (claiming.waiting.size() >= WAITING_MAX) { // the newest is the one that counts in the end
                refuse.accept(claiming.waiting.remove(0), ReasonCode.SERVER_BUSY);
            }
            claiming.waiting.add(m);
        }
    }

    /**
     * Another node claims the session; whether this is the whole answer. False: this node has no CONNECT of the client
     * under way.
     */
    boolean isMet(Message<LocalBody> m) {
        Claim theirs = (Claim) m.body();
        sessions.ids().after(theirs.id().timeUs()); // a CONNECT that comes here after this one has a greater id
        Claiming mine = all.get(theirs.clientId());
        if (mine == null) {
            return false;
        }
        if (mine.adopts) {
            mine.waiting.add(m);
            return true;
        }
        boolean isLater = theirs.id().compareTo(mine.id) > 0;
        mine.isLost |= isLater;
        answer(m, isLater, false);
        return true;
    }

    /**
     * @param granted whether the other node's CONNECT is the one that counts
     * @param handedOver whether this node had the session until now
     */
    void answer(Message<LocalBody> m, boolean granted, boolean handedOver) {
        RemoteSessions.Remote known = remotes.get(((Claim) m.body()).clientId());
        m.reply(
                known == null
                        ? new Claim.Answer(granted, 0, 0, handedOver)
                        : new Claim.Answer(granted, known.subscriber.sessionId(), known.epoch, handedOver),
                LocalCodec.OPTIONS);
    }

    private MessageId nextId() {
        return sessions.ids().next(sessions.nowMs());
    }

    private void ask(String clientId, Claiming claiming, Message<LocalBody> m) {
        sessions.bus()
                .<LocalBody>request(Address.PEERS, new Claim(clientId, claiming.id), LocalCodec.OPTIONS)
                .onComplete(r -> {
                    boolean isAnswered = r.succeeded() && r.result().body() instanceof Claim.Answer;
                    Claim.Answer answer =
                            isAnswered ? (Claim.Answer) r.result().body() : new Claim.Answer(true, 0, 0, false);
                    if (claiming.isLost || !answer.granted()) {
                        refuse.accept(m, ReasonCode.SESSION_TAKEN_OVER);
                        done(clientId, claiming);
                    } else {
                        adopt(clientId, claiming, m, answer);
                    }
                });
    }

    private void adopt(String clientId, Claiming claiming, Message<LocalBody> m, Claim.Answer answer) {
        RemoteSessions.Remote remote = remotes.named(clientId, answer.sessionId(), answer.epoch(), sessions.nowMs());
        if (remote == null) {
            open(clientId, claiming, m);
            return;
        }
        claiming.adopts = true;
        remotes.adopt(remote, answer.handedOver(), what -> {
            claiming.adopts = false;
            if (what == RemoteSessions.Adopted.TAKEN && ++claiming.attempts < ATTEMPTS_MAX) {
                claiming.id = nextId();
                ask(clientId, claiming, m);
            } else if (what == RemoteSessions.Adopted.TAKEN || what == RemoteSessions.Adopted.FAILED) {
                boolean isTaken = what == RemoteSessions.Adopted.TAKEN;
                refuse.accept(m, isTaken ? ReasonCode.SERVER_BUSY : ReasonCode.SERVER_UNAVAILABLE);
                done(clientId, claiming);
            } else {
                open(clientId, claiming, m);
            }
        });
    }

    private void open(String clientId, Claiming claiming, Message<LocalBody> m) {
        all.remove(clientId);
        open.accept(m, claiming.id);
        claiming.waiting.forEach(waiting -> open.accept(waiting, MessageId.ZERO));
    }

    private void done(String clientId, Claiming claiming) {
        all.remove(clientId);
        claiming.waiting.forEach(waiting -> open.accept(waiting, MessageId.ZERO));
    }
}
