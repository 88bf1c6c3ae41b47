package dev.mooring.session;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.TopicFilter;
import dev.mooring.route.RetainedIndex;
import dev.mooring.store.StoreClient;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Reads the retained messages again, since what another node has told of them may have been missed. What the store does
 * not have, and was not put since, has been removed.
 */
public final class RetainedAgain {
    private static final int PAGE = 1_000;
    private static final int SCAN = 10_000;
    private static final TopicFilter ALL = TopicFilter.of("#");

    private final StoreClient store;
    private final Executor later;
    private final RetainedIndex retained;
    private final MessageId asOf;
    private final Set<String> stored = new HashSet<>();

    /**
     * @param store of the context that calls this
     * @param later runs things in another turn of that context
     * @param asOf later than all that may have been missed
     */
    public RetainedAgain(StoreClient store, Executor later, RetainedIndex retained, MessageId asOf) {
        this.store = store;
        this.later = later;
        this.retained = retained;
        this.asOf = asOf;
    }

    public Future<Void> run() {
        return page("").compose(v -> {
            Promise<Void> done = Promise.promise();
            removeOthers(null, done);
            return done.future();
        });
    }

    private Future<Void> page(String afterTopic) {
        Promise<StoreReply> answer = Promise.promise();
        store.submit(new StoreOp.RetainedScan(afterTopic, PAGE), answer::complete);
        store.flush();
        return answer.future().compose(reply -> {
            if (!(reply instanceof StoreReply.Messages page)) {
                return Future.failedFuture("retained messages can't be read: " + reply);
            }
            String last = afterTopic;
            for (Message message : page.messages()) {
                last = message.topic().text();
                stored.add(last);
                if (!message.isExpired(System.currentTimeMillis())) {
                    retained.put(message);
                }
            }
            return page.nextAfter() == null ? Future.succeededFuture() : page(last);
        });
    }

    /** Some in each turn: there may be a million, and clients of the same loop wait meanwhile. */
    private void removeOthers(@Nullable String after, Promise<Void> done) {
        RetainedIndex.Page page = retained.page(ALL, after, PAGE, SCAN, System.currentTimeMillis());
        for (Message message : page.messages()) {
            boolean isOld = message.id().compareTo(asOf) < 0;
            if (isOld && !stored.contains(message.topic().text())) {
                retained.remove(message.topic(), message.id());
            }
        }
        String next = page.next();
        if (next == null) {
            done.complete();
        } else {
            later.execute(() -> removeOthers(next, done));
        }
    }
}
