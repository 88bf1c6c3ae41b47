package dev.mooring.store.redis;

import io.vertx.core.Completable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.impl.types.ErrorType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The commands of operations that run side by side, sent in rounds: all that is asked for before an answer arrives is
 * one round, what the receivers of its answers ask for is the next. So operations of one or several steps are written
 * down alike, and a batch of operations costs as many round trips as its longest one has steps. Confined to the store's
 * event loop; serves one {@link RedisStore#apply}.
 */
final class Pipeline {
    private final RedisLink link;
    private final boolean cluster;
    private List<Request> requests;
    private List<Completable<@Nullable Response>> receivers;
    private List<Next> next = new ArrayList<>(0);
    private final List<Future<?>> awaited = new ArrayList<>(0);
    private Set<Request> once = Set.of();

    /** @param unless when this has failed by then, it is not sent */
    private record Next(
            Request request,
            Completable<@Nullable Response> receiver,
            @Nullable Several unless) {}

    Pipeline(RedisLink link, boolean cluster, int expected) {
        this.link = link;
        this.cluster = cluster;
        this.requests = new ArrayList<>(expected);
        this.receivers = new ArrayList<>(expected);
    }

    /** Null: Redis answered nil. */
    Future<@Nullable Response> send(Request request) {
        Promise<@Nullable Response> promise = Promise.promise();
        send(request, promise);
        return promise.future();
    }

    /** As {@link #send(Request)}, of what leaves something else when it runs twice: no error of others repeats it. */
    Future<@Nullable Response> sendOnce(Request request) {
        if (once.isEmpty()) {
            once = Collections.newSetFromMap(new IdentityHashMap<>());
        }
        once.add(request);
        return send(request);
    }

    /** As {@link #send(Request)}, without a future. */
    void send(Request request, Completable<@Nullable Response> receiver) {
        requests.add(request);
        receivers.add(receiver);
    }

    /**
     * Takes effect after what was sent before. One server keeps the order by itself; in a cluster, where the commands
     * of a round go to several nodes side by side, it has to be a later round.
     */
    void sendAfter(Request request, Completable<@Nullable Response> receiver) {
        if (cluster) {
            sendNext(request, receiver);
        } else {
            send(request, receiver);
        }
    }

    /** As the other; but in a cluster not at all when what was sent before has failed. */
    void sendAfter(Several before, Request request, Completable<@Nullable Response> receiver) {
        if (cluster) {
            next.add(new Next(request, receiver, before));
        } else {
            send(request, receiver);
        }
    }

    /** Whether what is sent takes effect in its order, whatever its keys are. */
    boolean keepsOrder() {
        return !cluster;
    }

    /** As the other, with a future. */
    Future<@Nullable Response> sendAfter(Request request) {
        Promise<@Nullable Response> promise = Promise.promise();
        sendAfter(request, promise);
        return promise.future();
    }

    /** In the round after this one: what this round answers is known then. */
    void sendNext(Request request, Completable<@Nullable Response> receiver) {
        next.add(new Next(request, receiver, null));
    }

    /**
     * What follows something else, perhaps of this very pipeline: when that has come, and who waited for it has sent
     * what follows, there may be another round.
     */
    void waitFor(Future<?> other) {
        awaited.add(other);
    }

    /** Completes when a round brought no further commands, and nothing is waited for; fails never. */
    Future<Void> run() {
        if (requests.isEmpty()) {
            sendFirst(takeNext());
        }
        if (requests.isEmpty()) {
            awaited.removeIf(Future::isComplete);
            return awaited.isEmpty()
                    ? Future.succeededFuture()
                    : nextOfAwaited().transform(x -> run());
        }
        List<Request> round = requests;
        List<Completable<@Nullable Response>> waiting = receivers;
        List<Next> then = takeNext();
        requests = new ArrayList<>(then.size());
        receivers = new ArrayList<>(then.size());
        Set<Request> notAgain = once;
        once = Set.of();
        Promise<Void> done = Promise.promise();
        link.batch(round, notAgain).onComplete(result -> {
            for (int i = 0; i < waiting.size(); i++) {
                answer(
                        waiting.get(i),
                        round.get(i),
                        result.succeeded() ? result.result().get(i) : null,
                        result.cause());
            }
            sendFirst(then);
            run().onComplete(done);
        });
        return done.future();
    }

    /** Not all of them: what one leads to is sent first, for another may wait for that. */
    private Future<Void> nextOfAwaited() {
        Promise<Void> first = Promise.promise();
        awaited.forEach(each -> each.onComplete(x -> first.tryComplete()));
        return first.future();
    }

    private List<Next> takeNext() {
        List<Next> taken = next;
        next = new ArrayList<>(0);
        return taken;
    }

    /** Before what answers have asked for. */
    private void sendFirst(List<Next> all) {
        if (all.isEmpty()) {
            return;
        }
        List<Request> laterRequests = requests;
        List<Completable<@Nullable Response>> laterReceivers = receivers;
        requests = new ArrayList<>(all.size() + laterRequests.size());
        receivers = new ArrayList<>(all.size() + laterRequests.size());
        for (Next each : all) {
            Throwable failure = each.unless == null ? null : each.unless.failure();
            if (failure == null) {
                send(each.request, each.receiver);
            } else {
                each.receiver.fail(failure);
            }
        }
        requests.addAll(laterRequests);
        receivers.addAll(laterReceivers);
    }

    private static void answer(
            Completable<@Nullable Response> receiver,
            Request request,
            @Nullable Response response,
            @Nullable Throwable failure) {
        if (failure != null) {
            receiver.fail(failure);
        } else if (response instanceof ErrorType error) {
            receiver.fail(new CommandFailed(request, error));
        } else {
            receiver.succeed(response);
        }
    }
}
