package dev.mooring.sim;

import dev.mooring.store.Store;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * A store with one fsync per batch. What it has answered survives a crash; of the batches that it was at work on, a
 * beginning may survive. It may fail, from some operation on, with or without having done the rest of them.
 */
final class ModelStore implements Store {
    private final SimBroker broker;
    private final World world;
    private final Tables disk;
    private Tables memory;
    private final int trimmedBefore;
    /** Batches under way, oldest first. */
    private final ArrayDeque<List<StoreOp>> unsynced = new ArrayDeque<>();

    private long lastSyncUs;
    private Actor worker;
    private boolean failing = true;

    /** @param disk what the process before left, and what the next one will find */
    ModelStore(SimBroker broker, Tables disk) {
        this.broker = broker;
        this.world = broker.world;
        this.disk = disk;
        disk.newestRetained.clear();
        this.memory = disk.copy();
        this.trimmedBefore = disk.trimmed;
    }

    void runsOn(Actor actor) {
        worker = actor;
    }

    /** What has been made durable. */
    Tables disk() {
        return disk;
    }

    int trimmedSinceStart() {
        return memory.trimmed - trimmedBefore;
    }

    void neverFail() {
        failing = false;
    }

    @Override
    public Future<Void> open() {
        return Future.succeededFuture();
    }

    @Override
    public Future<Void> close() {
        return Future.succeededFuture();
    }

    @Override
    public boolean blocking() {
        return true;
    }

    @Override
    public int commitsAtOnce() {
        return broker.settings.commitsAtOnce();
    }

    @Override
    public Future<List<StoreReply>> apply(List<StoreOp> batch) {
        boolean fails = failing && broker.isOpen() && world.chance(broker.settings.storeFailures());
        int answered = fails ? world.between(0, batch.size() - 1) : batch.size();
        int done = fails ? world.between(answered, batch.size()) : batch.size();
        List<StoreReply> replies = new ArrayList<>(batch.size());
        for (int i = 0; i < batch.size(); i++) {
            StoreReply reply = i < done ? memory.apply(batch.get(i)) : StoreReply.DONE;
            replies.add(i < answered ? reply : new StoreReply.Failed(true, "simulated"));
        }
        unsynced.add(batch.subList(0, done));
        world.trace("store", () -> "writes " + Texts.of(batch) + (fails ? ", fails from " + answered : ""));
        Promise<List<StoreReply>> promise = Promise.promise();
        lastSyncUs = Math.max(lastSyncUs, world.nowUs() + world.delayUs(broker.settings.storeUs()));
        world.at(
                lastSyncUs,
                () -> worker.post(() -> {
                    broker.effect();
                    synced();
                    broker.effect();
                    promise.complete(replies);
                }));
        return promise.future();
    }

    private void synced() {
        unsynced.remove().forEach(disk::apply);
        world.trace("store", () -> "synced");
    }

    /** The process is gone: a beginning of what was being written is on the disk. */
    void crash() {
        List<StoreOp> all = new ArrayList<>();
        unsynced.forEach(all::addAll);
        unsynced.clear();
        int kept = world.chance(0.5) ? 0 : world.between(0, all.size());
        all.subList(0, kept).forEach(disk::apply);
        world.trace("store", () -> "keeps " + kept + " of " + all.size() + " unanswered operations");
    }
}
